import {
  channel,
  documentDataSchemas,
  documentKind,
  documentTemplates,
  documentTemplateVersion,
  formatDate,
  informalType,
  labelOf,
  languageSchema,
  renderDocument,
  type DocumentData,
  type Labels,
  type Language,
  type RenderedDocument,
} from '@toeverlaat/legal';
import { canonicalBytes, canonicalJson } from '@toeverlaat/values';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ExistingCase, OpenedTexts } from '../application/core.js';

export type AccessLetterKind = 'access_answer' | 'access_refusal';

const modelSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('access_answer'),
    templateVersion: z.string(),
    language: languageSchema,
    data: documentDataSchemas.access_answer,
  }),
  z.strictObject({
    kind: z.literal('access_refusal'),
    templateVersion: z.string(),
    language: languageSchema,
    data: documentDataSchemas.access_refusal,
  }),
]);

/** The letter as values, canonical JSON: what is stored, given to the person beside the PDF, and hashed. */
export const letterOf = <K extends AccessLetterKind>(kind: K, language: Language, data: DocumentData[K]): string =>
  canonicalJson({
    kind,
    templateVersion: documentTemplateVersion,
    language,
    data: documentDataSchemas[kind].parse(data),
  });

/** SHA-256 of the canonical values, printed at the foot of every page. @throws z.ZodError when it is no letter */
export const letterHash = (content: string): string =>
  createHash('sha256')
    .update(canonicalBytes(modelSchema.parse(JSON.parse(content))))
    .digest('hex');

/** The letter in words. A template of another version than this build's is refused rather than reworded. */
export const renderLetter = (content: string): { readonly document: RenderedDocument; readonly madeOn: string } => {
  const model = modelSchema.parse(JSON.parse(content));
  if (documentTemplates[model.kind].version !== model.templateVersion)
    throw new RangeError(`document: template version ${model.templateVersion} is not in this build`);
  const { madeOn } = model.data;
  switch (model.kind) {
    case 'access_answer':
      return { document: renderDocument(model.kind, model.language, model.data), madeOn };
    case 'access_refusal':
      return { document: renderDocument(model.kind, model.language, model.data), madeOn };
  }
};

const w = (nl: string, fr: string, de: string, en: string): Labels => ({ nl, fr, de, en });

const says = {
  file: w(
    'Dossier {what}: eerste contact op {date}.',
    'Dossier {what} : premier contact le {date}.',
    'Akte {what}: Erstkontakt am {date}.',
    'File {what}: first contact on {date}.',
  ),
  name: w('Uw naam: {what}', 'Votre nom : {what}', 'Ihr Name: {what}', 'Your name: {what}'),
  message: w('Uw bericht: {what}', 'Votre message : {what}', 'Ihre Nachricht: {what}', 'Your message: {what}'),
  heard: w(
    'U werd gehoord op {date} ({what}).',
    'Vous avez été entendu le {date} ({what}).',
    'Sie wurden am {date} angehört ({what}).',
    'You were heard on {date} ({what}).',
  ),
  contact: w(
    'Contact op {date} ({what}).',
    'Contact le {date} ({what}).',
    'Kontakt am {date} ({what}).',
    'Contact on {date} ({what}).',
  ),
  chosen: w(
    'Op {date} koos u: {what}.',
    'Le {date}, vous avez choisi : {what}.',
    'Am {date} haben Sie gewählt: {what}.',
    'On {date} you chose: {what}.',
  ),
  document: w(
    'Document waarvan u een kopie kunt krijgen: {what}.',
    'Document dont vous pouvez obtenir une copie : {what}.',
    'Dokument, von dem Sie eine Kopie erhalten können: {what}.',
    'Document of which you can get a copy: {what}.',
  ),
  agreed: w(
    'Op {date} ging u akkoord dat dit wordt gezegd: {what}',
    'Le {date}, vous avez accepté que ceci soit dit : {what}',
    'Am {date} haben Sie zugestimmt, dass dies gesagt wird: {what}',
    'On {date} you agreed that this may be told: {what}',
  ),
  told: w(
    'Op {date} werd u gezegd: {what}',
    'Le {date}, il vous a été dit : {what}',
    'Am {date} wurde Ihnen gesagt: {what}',
    'On {date} you were told: {what}',
  ),
  reconciliation: w(
    'Op {date} stemde u in met een verzoening.{what}',
    'Le {date}, vous avez accepté une conciliation.{what}',
    'Am {date} haben Sie einer Schlichtung zugestimmt.{what}',
    'On {date} you agreed to a reconciliation.{what}',
  ),
  closed: w(
    'Het dossier {what} werd gesloten op {date}.',
    'Le dossier {what} a été clôturé le {date}.',
    'Die Akte {what} wurde am {date} geschlossen.',
    'File {what} was closed on {date}.',
  ),
} as const;

/** Nothing longer goes on one line of the letter; what is longer is cut with a mark. */
const LONGEST = 4400;

const line = (says_: Labels, language: Language, date: string, what: string): string => {
  const text = says_[language].replaceAll(/\{(date|what)\}/g, (_, blank: string) =>
    blank === 'date' ? formatDate(date, language) : what,
  );
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)} […]`;
};

/** What one knows of a file that one stands in. */
export const knowsOfIt = (state: ExistingCase, participantId: string): boolean =>
  participantId === state.applicant.participantId ||
  Object.values(state.tellings).some((telling) => telling.participantId === participantId) ||
  state.participants[participantId]?.reconciliation.status === 'agreed';

/**
 * What one file may show to the person who stands in it, as lines of the letter: no more than they may see or were told
 * already (domain §1). Notes, names and words of others, and what the counsellor made of it are in none of them.
 */
export const shownOf = (
  fileNumber: string,
  state: ExistingCase,
  participantId: string,
  texts: OpenedTexts,
  language: Language,
): readonly string[] => {
  const say = (label: Labels, date: string, what: string): string => line(label, language, date, what);
  if (participantId !== state.applicant.participantId) {
    const { reconciliation } = state.participants[participantId] ?? {};
    return [
      ...Object.values(state.tellings)
        .filter((telling) => telling.participantId === participantId)
        .map(({ toldOn, words }) => say(says.told, toldOn, texts.of(words) ?? '—')),
      ...(reconciliation?.status === 'agreed' ? [say(says.reconciliation, reconciliation.on, '')] : []),
    ];
  }
  const { applicant, informal, hearing } = state;
  const held = hearing.status === 'due' ? undefined : hearing.held;
  const name = texts.of(applicant.name);
  // Of a request that was accepted, the summary is what the applicant wrote; else the counsellor's own words.
  const message = state.origin === 'accepted_request' ? texts.of(state.summary) : null;
  return [
    say(says.file, state.firstContactOn, fileNumber),
    ...(name === null ? [] : [say(says.name, state.firstContactOn, name)]),
    ...(message === null ? [] : [say(says.message, state.firstContactOn, message)]),
    ...(held === undefined ? [] : [say(says.heard, held.heldOn, labelOf(channel, held.channel, language))]),
    ...Object.values(state.contacts).map((each) =>
      say(says.contact, each.heldOn, labelOf(channel, each.channel, language)),
    ),
    ...(informal.status === 'none'
      ? []
      : [say(says.chosen, informal.chosenOn, labelOf(informalType, informal.informalType, language))]),
    ...Object.values(state.documents).map((each) =>
      say(says.document, state.firstContactOn, labelOf(documentKind, each.kind, language)),
    ),
    ...Object.values(state.points).map(({ agreedOn, words }) => say(says.agreed, agreedOn, texts.of(words) ?? '—')),
    ...(state.status === 'closed' ? [say(says.closed, state.closedOn, fileNumber)] : []),
  ];
};

/** The texts that `shownOf` opens, and no other. */
export const shownTexts = (state: ExistingCase, participantId: string) =>
  participantId === state.applicant.participantId
    ? [
        state.applicant.name,
        ...(state.origin === 'accepted_request' ? [state.summary] : []),
        ...Object.values(state.points).map(({ words }) => words),
      ]
    : Object.values(state.tellings)
        .filter((telling) => telling.participantId === participantId)
        .map(({ words }) => words);
