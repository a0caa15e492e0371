import type { GraphQLSchema } from 'graphql';
import { baseFields } from './base.js';
import { createBuilder } from './builder.js';
import { caseFields } from './case.js';
import { directoryFields } from './directory.js';
import { evidenceFields } from './evidence.js';
import { createFrame, type SchemaPart } from './fields.js';
import { departureFields } from './departure.js';
import { erasureFields } from './erasure.js';
import { intakeFields } from './intake.js';
import { nameShared } from './names.js';
import { recordsFields } from './records.js';
import { referralFields } from './referral.js';
import { reportingFields } from './reporting.js';
import { subjectAccessFields } from './subject-access.js';
import { thirdPartyFields } from './third-party.js';

/** Each service's part of the schema; a service is added by its line here and its lines in `permissions.ts`. */
export const schemaParts: readonly SchemaPart[] = [
  baseFields,
  directoryFields,
  intakeFields,
  caseFields,
  referralFields,
  reportingFields,
  recordsFields,
  evidenceFields,
  erasureFields,
  departureFields,
  subjectAccessFields,
  thirdPartyFields,
];

/** Builds the one full schema that every capacity's schema is pruned from. */
export const buildFullSchema = (parts: readonly SchemaPart[] = schemaParts): GraphQLSchema => {
  const builder = createBuilder();
  const frame = createFrame(builder);
  nameShared(frame);
  for (const part of parts) part(frame);
  const schema = builder.toSchema();
  frame.zod.finish();
  return schema;
};
