import { decide, relations, roles, type RecordClass, type Role, type Verb } from '@toeverlaat/access';
import { describe, expect, it } from 'vitest';
import { fieldsOf } from '../prune.js';
import { buildFullSchema } from '../schema/index.js';
import { permissions } from './index.js';

type Asked = readonly [verb: Verb, recordClass: RecordClass, fields: string];

/** What each field of Query and Mutation asks of the policy of `libs/access`. */
const asked: readonly Asked[] = [
  // directory
  ['create', 'organisation', 'registerOrganisation'],
  [
    'act',
    'organisation',
    'renameOrganisation recordWorkers recordPredecessor recordSuccessor recordConsultationBody arrangePreventionAdviser recordCounsellorAskedFor changeLegalSetting changeFiguresSetting setWorkingHours acceptIssuer dropIssuer',
  ],
  ['act', 'site', 'openSite changeSite closeSite'],
  ['create', 'person', 'registerPerson'],
  [
    'act',
    'person',
    'renamePerson changeEmail changeLanguages movePerson takeFunction layDownFunction linkSubject unlinkSubject recordLeaving',
  ],
  ['create', 'capacity', 'grantCapacity'],
  ['act', 'capacity', 'endCapacity'],
  ['create', 'service_contract', 'concludeContract'],
  ['act', 'service_contract', 'endContract'],
  ['create', 'mandate', 'giveMandate'],
  ['act', 'mandate', 'revokeMandate'],
  ['create', 'designation', 'proposeDesignation'],
  [
    'act',
    'designation',
    'recordPriorAgreement startDesignation withdrawDesignationProposal changeDesignationScope recordTraining recordSupervision resignDesignation removeCounsellor nameSuccessorCounsellor',
  ],
  ['act', 'absence', 'enterAbsence endAbsence'],
  ['list', 'designation_card', 'counsellorCards secondCounsellors'],
  ['open', 'organisation', 'organisation'],
  ['open', 'designation', 'designation'],
  ['list', 'designation', 'designations counsellorDuties designationRequirements'],
  ['list', 'person', 'people'],
  ['open', 'person', 'person'],
  ['list', 'service_contract', 'serviceContracts'],
  ['list', 'mandate', 'mandates'],
  ['open', 'permissions', 'permissionsAsOf'],
  // intake
  ['create', 'request', 'sendContactRequest beforeSending'],
  [
    'act',
    'request',
    'withdrawContactRequest chooseCounsellor claimEarlierRequest linkEarlierRequest replaceReceipt acceptContactRequest stepBackFromRequest proposeAppointments pickAppointment declineAppointments',
  ],
  ['act', 'conversation', 'sendMessage markConversationSeen'],
  ['ask', 'request', 'askContact'],
  ['open', 'request', 'ownContactRequest ownReceipt contactRequest'],
  ['list', 'request', 'ownContactRequests contactRequests'],
  // case
  ['create', 'case', 'openCase'],
  ['create', 'advice_contact', 'recordAdvice'],
  [
    'act',
    'case',
    'offerHearing recordHearing recordContact writeCaseNote chooseInformalType makeNameKnown addParticipant agreeTelling withdrawTelling tellParticipant agreeToReconciliation recordReconciliationMeeting withdrawFromReconciliation carryOutIntervention recordOutcome closeCase reopenCase linkCases recuse addExclusion markForFormal',
  ],
  ['create', 'case_document', 'prepareInformalDocument issueInterviewConfirmation'],
  ['act', 'case_document', 'requestInterviewConfirmation signDocument giveDocumentCopy'],
  ['create', 'personal_note', 'writePersonalNote'],
  ['create', 'disclosure', 'makeDisclosure'],
  ['create', 'attachment', 'addAttachment'],
  ['ask', 'case', 'askContinuation'],
  ['act', 'handover', 'decideContinuation'],
  ['list', 'case', 'desk'],
  ['open', 'case', 'case caseTimeline whoMayReadCase ownCase'],
  ['open', 'case_document', 'caseDocumentFile'],
  ['open', 'personal_note', 'personalNotes'],
  ['open', 'told_item', 'toldToMe'],
  ['list', 'advice_contact', 'adviceContacts'],
  ['create', 'subject_access', 'askSubjectAccess registerSubjectAccess'],
  ['act', 'subject_access', 'searchForSubject extendSubjectAccessTerm answerSubjectAccess refuseSubjectAccess'],
  ['list', 'subject_access', 'subjectAccessRequests'],
  ['open', 'subject_access', 'subjectAccessRequest ownSubjectAccess subjectAccessLetter'],
  ['create', 'third_party_entry', 'recordThirdPartyEntry'],
  ['act', 'third_party_entry', 'noteThirdPartyFollowUp withdrawThirdPartyName'],
  ['list', 'third_party_entry', 'thirdPartyRegister'],
  ['open', 'third_party_entry', 'thirdPartyEntry'],
  // referral
  ['create', 'referral_sent', 'prepareReferral'],
  [
    'act',
    'referral_sent',
    'changeReferralRecords recordReferralConsent giveReferralConsent sendReferral deliverReferral noteReferralAnswer withdrawReferral',
  ],
  ['act', 'referral_received', 'acceptReferral declineReferral'],
  ['list', 'referral_sent', 'sentReferrals referralsOfCase'],
  ['open', 'referral_sent', 'sentReferral'],
  ['list', 'referral_received', 'receivedReferrals'],
  ['open', 'referral_received', 'receivedReferral'],
  // reporting
  ['create', 'statutory_figures', 'releaseFigures freezeAnnualReport'],
  ['open', 'statutory_figures', 'statutoryFigures'],
  ['list', 'released_figures', 'releasedFigures'],
  // records
  ['open', 'proof', 'evidenceCheckpoint evidenceStatus evidenceProof evidenceOfRecord evidenceExport'],
  ['create', 'retention_rule', 'proposeRetentionRules'],
  ['act', 'retention_rule', 'simulateRetentionChange activateRetentionRules withdrawRetentionProposal'],
  ['list', 'retention_rule', 'retentionRules retentionChanges'],
  ['open', 'retention_rule', 'retentionReport'],
  ['create', 'legal_hold', 'placeLegalHold'],
  ['act', 'legal_hold', 'reviewLegalHold liftLegalHold'],
  ['list', 'legal_hold', 'legalHolds'],
  ['create', 'kept_record', 'replayYear'],
  ['list', 'kept_record', 'keptRecords retentionChecks'],
  ['open', 'kept_record', 'keptRecord yearReplay'],
  [
    'list',
    'access_history',
    'accessHistoryOfRecord accessHistoryOfHandler accessHistoryOfPeriod deniedAttempts couldHaveRead',
  ],
  ['list', 'access_alarm', 'accessAlarms accessAlarmsAboutMe'],
  ['act', 'access_alarm', 'dismissAccessAlarm'],
  ['ask', 'access_history', 'accessLack accessEvidence'],
  ['create', 'audit_mandate', 'giveAuditMandate'],
  ['act', 'audit_mandate', 'endAuditMandate'],
  ['list', 'audit_mandate', 'auditMandates auditMandatesOnMe'],
  ['create', 'erasure', 'requestErasure requestDueErasures'],
  ['act', 'erasure', 'approveErasures declineErasure confirmErasureBatch declineErasureBatch'],
  ['list', 'erasure', 'erasures dueErasures erasureBatches erasureBatchRecords'],
  ['open', 'erasure', 'erasureCertificate erasureBatch erasureBatchReport'],
  ['create', 'departure', 'requestDeparture'],
  ['act', 'departure', 'approveDeparture withdrawDeparture resumeWork'],
  ['ask', 'departure', 'withholdKeys releaseKeys'],
  ['open', 'departure', 'departure'],
];

/** Decided by something else than the policy: what everybody sees. */
const outside = new Set(['me', 'health']);

const allowedAtAll = (role: Role, verb: Verb, recordClass: RecordClass): boolean =>
  relations.some((relation) => decide({ role, verb, recordClass, relation }).allowed);

const byField = new Map(
  asked.flatMap(([verb, recordClass, fields]) =>
    fields
      .split(' ')
      .filter((field) => field !== '')
      .map((field) => [field, { verb, recordClass }] as const),
  ),
);
const entries = fieldsOf(buildFullSchema())
  .filter((field) => /^(?:Query|Mutation)\./.test(field))
  .map((field) => [field, field.slice(field.indexOf('.') + 1)] as const);

describe('the permission table and the policy', () => {
  it('say of every question and command what it asks', () => {
    expect(entries.map(([, name]) => name).filter((name) => !byField.has(name) && !outside.has(name))).toEqual([]);
    expect([...byField.keys()].filter((name) => !entries.some(([, field]) => field === name))).toEqual([]);
  });

  it.each(entries.filter(([, name]) => byField.has(name)))(
    '%s exists for nobody whom the policy always refuses',
    (field, name) => {
      const wanted = byField.get(name);
      if (wanted === undefined) throw new Error(name);
      const shown = permissions[field] ?? [];
      expect(shown.filter((role) => role === 'base' || !allowedAtAll(role, wanted.verb, wanted.recordClass))).toEqual(
        [],
      );
      expect(roles.some((role) => shown.includes(role))).toBe(true);
    },
  );
});

describe('exact figures', () => {
  it('exist for the head of the internal service alone; who follows figures sees what was released', () => {
    const leading = ['Query.statutoryFigures', 'Mutation.freezeAnnualReport', 'Mutation.releaseFigures'];
    const inside = Object.keys(permissions).filter((field) =>
      /^(?:StatutoryFigures|AnnualReport|FiguresLineage)/u.test(field),
    );
    expect(inside.length).toBeGreaterThan(10);
    for (const field of [...leading, ...inside])
      expect(permissions[field], `${field}`).toEqual(['head_internal_service']);
    const released = Object.keys(permissions).filter((field) => /^(?:Query\.r|R)eleased/u.test(field));
    expect(released.length).toBeGreaterThan(10);
    for (const field of released)
      expect(permissions[field]?.toSorted(), `${field}`).toEqual([
        'committee_member',
        'employer',
        'head_internal_service',
      ]);
    // What a release was counted from would be an exact total.
    expect(released.filter((field) => /facts/iu.test(field))).toEqual([]);
  });
});
