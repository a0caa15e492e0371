import { plainText, type CommandMeta } from '@toeverlaat/event-log';
import { lawVersion } from '@toeverlaat/legal';
import { uuidV5, type CommandId, type LocalDate, type OrganisationId, type PersonId } from '@toeverlaat/values';
import type { PersonRef } from '../vocabulary.js';
import type { CaseCommand } from './decide.js';

/** Made-up ids and commands of the tests of this folder: two organisations share every id. */
export const gentia = 'gentia' as OrganisationId;
export const zorgnet = 'zorgnet' as OrganisationId;
export const uuid = (name: string): string => uuidV5('fixture', name);
export const person = (name: string, organisation: OrganisationId = gentia): PersonRef => ({
  organisation,
  person: name as PersonId,
});
export const hash = (digit: string): string => digit.repeat(64).slice(0, 64);

type Bare<C> = C extends { readonly type: infer T; readonly data: infer D }
  ? { readonly type: T; readonly data: D }
  : never;
export type BareCommand = Bare<CaseCommand>;

/** `command(...)` as given on a date, in an organisation. */
export const on = (today: LocalDate, command: BareCommand, organisation: OrganisationId = gentia): CaseCommand => {
  const meta: CommandMeta = {
    commandId: uuid(JSON.stringify([today, command])) as CommandId,
    organisation,
    at: `${today}T10:00:00.000Z`,
    today,
    actor: { pseudonym: 'abc', capacity: 'counsellor' },
    lawVersion,
  };
  // Pairing a member of a union with its meta is beyond what the compiler follows.
  return { ...command, meta } as CaseCommand;
};

export const lies = person('lies');
export const handlerId = uuid('handler');
export const applicantId = uuid('applicant');
export const bossId = uuid('boss');

type Open = Extract<BareCommand, { type: 'OpenCase' }>['data'];
export const openCase = (over: Partial<Open> = {}): BareCommand => ({
  type: 'OpenCase',
  data: {
    handler: { pseudonym: 'p-lies', participantId: handlerId, person: lies },
    applicant: { participantId: applicantId, identity: 'named', name: plainText('Pieter Maes') },
    origin: 'counsellor',
    site: 'ghent',
    firstContactOn: '2026-03-02',
    language: 'nl',
    writtenCounts: false,
    ...over,
  },
});

export const choose = (
  informalType: 'advice' | 'intervention_with_another_person' | 'reconciliation',
  name = 'choice',
): BareCommand => ({
  type: 'ChooseInformalType',
  data: { by: lies, choiceId: uuid(name), informalType, chosenOn: '2026-03-05' },
});

export const prepare = (name = 'document'): BareCommand => ({
  type: 'PrepareInformalDocument',
  data: {
    by: lies,
    documentId: uuid(name),
    documentHash: hash('a'),
    templateVersion: '2026.1',
    language: 'nl',
    content: plainText('{}'),
  },
});

type Sign = Extract<BareCommand, { type: 'SignDocument' }>['data'];
export const sign = (as: 'counsellor' | 'applicant', over: Partial<Sign> = {}): BareCommand => ({
  type: 'SignDocument',
  data: {
    signer: as === 'counsellor' ? { as, by: lies } : { as },
    documentId: uuid('document'),
    documentHash: hash('a'),
    signedOn: '2026-03-06',
    method: 'paper',
    holder: 'counsellor',
    evidenceBlob: hash('b'),
    evidenceKnown: true,
    ...over,
  },
});

export const addBoss = (role: 'directly_involved' | 'reconciliation_partner' = 'directly_involved'): BareCommand => ({
  type: 'AddParticipant',
  data: { by: lies, participantId: bossId, role, capacity: 'line_manager', person: person('boss') },
});

export const agreePoint = (name = 'point', participantId = bossId): BareCommand => ({
  type: 'AgreeTelling',
  data: {
    by: lies,
    pointId: uuid(name),
    participantId,
    agreedOn: '2026-03-06',
    words: plainText('The workload doubled in January.'),
  },
});

export const tell = (pointIds: readonly string[], toldOn = '2026-03-09'): BareCommand => ({
  type: 'TellParticipant',
  data: {
    by: lies,
    tellingId: uuid('telling'),
    participantId: bossId,
    pointIds,
    toldOn,
    channel: 'in_person',
    words: plainText('The workload doubled in January.'),
  },
});

export const contact = (over: Partial<Extract<BareCommand, { type: 'RecordContact' }>['data']> = {}): BareCommand => ({
  type: 'RecordContact',
  data: {
    by: lies,
    contactId: uuid('contact'),
    heldOn: '2026-03-04',
    channel: 'in_person',
    durationMinutes: 45,
    riskSources: ['relations'],
    optionsExplained: ['informal_advice'],
    language: 'nl',
    topic: plainText('How the meetings go'),
    isHearing: false,
    ...over,
  },
});
