import { actorKindSchema, roleSchema } from '@toeverlaat/access';
import * as contracts from '@toeverlaat/contracts';
import * as legal from '@toeverlaat/legal';
import type { core } from 'zod';
import type { SchemaPart } from './fields.js';
import { pascal } from './from-zod.js';

type CodeList = { readonly name: string; readonly schema: core.$ZodType };
const isCodeList = (value: unknown): value is CodeList =>
  typeof value === 'object' &&
  value !== null &&
  'name' in value &&
  'values' in value &&
  'labels' in value &&
  'schema' in value;

/**
 * GraphQL names of contract schemas that occur in more than one place. One that is missing here is named by where it
 * stands first, and building the schema fails at its second place.
 */
const shared: readonly (readonly [core.$ZodType, string])[] = [
  [roleSchema, 'Role'],
  [actorKindSchema, 'ActorKind'],
  [contracts.languageSchema, 'Language'],
  [contracts.serviceNameSchema, 'ServiceName'],
  [contracts.weekdaySchema, 'Weekday'],
  [contracts.setHoursSchema, 'WorkingHours'],
  [contracts.pageInputSchema, 'Page'],
  [legal.explanationSchema, 'DateExplanation'],
  [legal.designationFunctionSchema, 'DesignationFunction'],
  [contracts.accessRowSchema, 'AccessRow'],
  [contracts.accessRowSchema.shape.accessor, 'Accessor'],
  [contracts.deniedRowSchema, 'DeniedAttempt'],
  [contracts.auditMandateSchema, 'AuditMandate'],
  [contracts.silentReaderSchema, 'SilentReader'],
  [contracts.accessAlarmSchema, 'AccessAlarm'],
  [contracts.inclusionSchema, 'EvidenceInclusion'],
  [contracts.evidenceStopSchema, 'EvidenceStop'],
  [contracts.keptUntilSchema, 'KeptUntil'],
  [contracts.erasureRowSchema, 'Erasure'],
  [contracts.batchRowSchema, 'ErasureBatch'],
  [contracts.batchRowSchema.shape.status, 'ErasureBatchStatus'],
  [contracts.dueLineSchema, 'DueLine'],
  [contracts.departureSchema, 'Departure'],
  [contracts.departureSchema.shape.receivers.element, 'DepartureReceiver'],
  [contracts.departureSchema.shape.register.unwrap(), 'DepartureRegister'],
  [contracts.receivingCapacitySchema, 'ReceivingCapacity'],
  [contracts.askedErasureGroundSchema, 'ErasureGround'],
  [contracts.erasureRowSchema.shape.ground, 'RecordedErasureGround'],
  [contracts.erasureRowSchema.shape.status, 'ErasureStatus'],
  // directory
  [contracts.capacitySchema, 'HeldCapacity'],
  [contracts.counsellorCardSchema, 'CounsellorCard'],
  [contracts.personRowSchema, 'PersonRow'],
  [contracts.organisationProfileSchema.shape.predecessors.element, 'RelatedOrganisation'],
  [contracts.designationFileSchema, 'Designation'],
  // intake
  [contracts.requestWaySchema, 'RequestWay'],
  [contracts.escalationSchema, 'Escalation'],
  [contracts.requestStatusSchema, 'RequestStatus'],
  [contracts.hearingStateSchema, 'HearingState'],
  [contracts.messageSchema, 'Message'],
  [contracts.requestRowSchema, 'ContactRequestRow'],
  [contracts.ownRequestSchema.shape.proposals.element, 'AppointmentProposal'],
  [contracts.receiptSchema, 'ReceiptRegistration'],
  [contracts.promiseSchema, 'SignedPromise'],
  // case
  [contracts.applicantIdentitySchema, 'ApplicantIdentity'],
  [contracts.spokenLanguageSchema, 'SpokenLanguage'],
  [contracts.paperHolderSchema, 'PaperHolder'],
  [contracts.copyWaySchema, 'CopyWay'],
  [contracts.participantRoleSchema, 'ParticipantRole'],
  [contracts.caseLinkKindSchema, 'CaseLinkKind'],
  [contracts.recusalReasonSchema, 'RecusalReason'],
  [contracts.exclusionReasonSchema, 'ExclusionReason'],
  [contracts.attachmentKindSchema, 'AttachmentKind'],
  [contracts.handoverDecisionSchema, 'HandoverDecision'],
  [contracts.caseDocumentKindSchema, 'CaseDocumentKind'],
  [contracts.caseStatusSchema, 'CaseStatus'],
  [contracts.caseHearingSchema, 'CaseHearing'],
  [contracts.caseFlagSchema, 'CaseFlag'],
  [contracts.deskQueueSchema, 'DeskQueue'],
  [contracts.caseDocumentSchema, 'CaseDocument'],
  [contracts.deskRowSchema, 'DeskRow'],
  [contracts.timelineEntrySchema, 'TimelineEntry'],
  [contracts.participantViewQuery.output.shape.told.element, 'Telling'],
  [contracts.accessWaySchema, 'SubjectAccessWay'],
  [contracts.accessPartSchema, 'SubjectAccessPart'],
  [contracts.accessExtensionGroundSchema, 'SubjectAccessExtensionGround'],
  [contracts.accessStatusSchema, 'SubjectAccessStatus'],
  [contracts.ownAccessStatusSchema, 'OwnSubjectAccessStatus'],
  [contracts.subjectAccessRowSchema, 'SubjectAccessRequestRow'],
  [contracts.subjectAccessFoundSchema, 'SubjectAccessFound'],
  // referral
  [contracts.referredRecordKindSchema, 'ReferredRecordKind'],
  [contracts.referralConsentMethodSchema, 'ReferralConsentMethod'],
  [contracts.referralStatusSchema, 'ReferralStatus'],
  [contracts.receivedStatusSchema, 'ReceivedReferralStatus'],
  [contracts.declineReasonSchema, 'ReferralDeclineReason'],
  [contracts.sentReferralRowSchema, 'SentReferralRow'],
  [contracts.receivedReferralRowSchema, 'ReceivedReferralRow'],
  // reporting
  [contracts.statutoryLineSchema.shape.section, 'AnnualReportSection'],
  [contracts.annualReportEditionSchema, 'AnnualReportEdition'],
  [contracts.lineageSchema, 'FiguresLineage'],
  [contracts.releasedFiguresSchema, 'ReleasedFigures'],
  [contracts.releasedTableSchema, 'ReleasedTable'],
  [contracts.releasedTableSchema.shape.table, 'ReleasedTableName'],
  // retention
  [contracts.retentionRuleInputSchema, 'RetentionRuleToSet'],
  [contracts.retentionRuleSchema, 'RetentionTerms'],
  [contracts.retentionChangeSchema, 'RetentionChange'],
  [contracts.keptRecordSchema, 'KeptRecord'],
  [contracts.legalHoldSchema, 'LegalHold'],
];

/** Enums that contracts do not export, by their values. */
const byValues: readonly (readonly [readonly string[], string])[] = [
  [['nl', 'fr', 'de'], 'BindingLanguage'],
  [['employer', 'external_service'], 'OrganisationKind'],
  [['merger', 'split', 'transfer'], 'SuccessionKind'],
  [['internal', 'external'], 'Placement'],
  [['in_person', 'phone', 'video'], 'AppointmentChannel'],
  [['message', 'contact_asked'], 'MessageKind'],
  [['worker', 'counsellor'], 'MessageFrom'],
  [['proposed', 'active', 'ended'], 'DesignationStatus'],
  [legal.dataStatuses, 'DataStatus'],
  [legal.retentionRuleIds, 'RetentionClass'],
  [legal.retentionStarts, 'RetentionTrigger'],
  [legal.retentionActions, 'RetentionAction'],
  [legal.retentionControllers, 'RetentionController'],
  [legal.neverMotives, 'NeverMotive'],
  [contracts.auditScopes, 'AuditScope'],
  [contracts.auditMandateStates, 'AuditMandateState'],
  [contracts.accessAlarmKinds, 'AccessAlarmKind'],
  [contracts.accessEvidenceKinds, 'AccessEvidenceKind'],
  [contracts.accessAlarmStates, 'AccessAlarmState'],
  [contracts.ruleScopes, 'RetentionScope'],
  [contracts.holdScopes, 'HoldScope'],
  [contracts.keptStates, 'KeptState'],
  [contracts.replayOutcomes, 'ReplayOutcome'],
];

/** Names before anything is built from them. */
export const nameShared: SchemaPart = ({ zod }) => {
  for (const list of Object.values(legal)) if (isCodeList(list)) zod.name(list.schema, pascal(list.name));
  for (const [values, name] of byValues) zod.nameEnum(values, name);
  for (const [schema, name] of shared) zod.name(schema, name);
};
