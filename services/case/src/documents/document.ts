import {
  documentDataSchemas,
  documentTemplates,
  documentTemplateVersion,
  renderDocument,
  type BindingLanguage,
  type DocumentData,
  type RenderedDocument,
} from '@toeverlaat/legal';
import { canonicalBytes, canonicalJson } from '@toeverlaat/values';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { DocumentKind } from '../domain/vocabulary.js';

/** A document as values: template, version, language and what the blanks are filled with. */
export type DocumentModel = {
  readonly [K in DocumentKind]: {
    readonly kind: K;
    readonly templateVersion: string;
    readonly language: BindingLanguage;
    readonly data: DocumentData[K];
  };
}[DocumentKind];

const modelSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('interview_confirmation'),
    templateVersion: z.string(),
    language: z.enum(['nl', 'fr', 'de']),
    data: documentDataSchemas.interview_confirmation,
  }),
  z.strictObject({
    kind: z.literal('informal_choice'),
    templateVersion: z.string(),
    language: z.enum(['nl', 'fr', 'de']),
    data: documentDataSchemas.informal_choice,
  }),
]);

export const modelOf = <K extends DocumentKind>(kind: K, language: BindingLanguage, data: DocumentData[K]): string =>
  canonicalJson({
    kind,
    templateVersion: documentTemplateVersion,
    language,
    data: documentDataSchemas[kind].parse(data),
  });

/** @throws z.ZodError when the stored content is no document */
export const parseModel = (content: string): DocumentModel => modelSchema.parse(JSON.parse(content));

/**
 * What a signature stands under: SHA-256 of the canonical document model, printed at the foot of every page. Not of the
 * PDF's bytes: those change with the library that lays them out, and a signature must be checkable for twenty years from
 * the stored values alone.
 */
export const documentHash = (content: string): string =>
  createHash('sha256')
    .update(canonicalBytes(parseModel(content)))
    .digest('hex');

/** The document in words. A template of another version than this build's is refused rather than reworded. */
export const renderModel = (model: DocumentModel): RenderedDocument => {
  if (documentTemplates[model.kind].version !== model.templateVersion)
    throw new RangeError(`document: template version ${model.templateVersion} is not in this build`);
  switch (model.kind) {
    case 'interview_confirmation':
      return renderDocument(model.kind, model.language, model.data);
    case 'informal_choice':
      return renderDocument(model.kind, model.language, model.data);
  }
};
