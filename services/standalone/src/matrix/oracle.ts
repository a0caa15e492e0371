import type { Role } from '@toeverlaat/access';
import type { SchemaRole } from '@toeverlaat/gateway';
import type { OrganisationId } from '@toeverlaat/values';
import { excludedInGentia, type CanaryKind, type RecordName } from './world.js';

/*
 * Who may see and do what, written down by hand from `domain.md` §1 and §4, so that the policy,
 * the permission table and the services are held against something that none of them made. Nothing here calls them.
 */

/** One letter for each capacity; N is nobody yet: signed in or not, no capacity chosen. */
export const capacityOf = {
  N: 'base',
  W: 'worker',
  A: 'anonymous_worker',
  C: 'counsellor',
  P: 'prevention_adviser',
  T: 'participant',
  H: 'head_internal_service',
  E: 'employer',
  M: 'committee_member',
  D: 'administrator',
  R: 'records_manager',
  G: 'data_protection_officer',
  U: 'auditor',
  O: 'platform_operator',
} as const satisfies Readonly<Record<string, SchemaRole>>;
const letterOf = new Map<SchemaRole, string>(Object.entries(capacityOf).map(([letter, role]) => [role, letter]));
/** Whether a list of letters names this capacity. */
export const names = (letters: string, role: SchemaRole): boolean => letters.includes(letterOf.get(role) ?? '?');

const ALL = 'WACPTHEMDRGUO';
const WITH_ENTRY = 'WCPTHEMDRGUO';
const OF_ORGANISATION = 'WCPTHEMDRGU';
const OVERSEERS = 'RGU';
const DESIGNATION = 'EMDRGUC';
/** Whom the rules of retention concern: those who check them, those whose files they end, and who is informed. */
const RULED = 'RGUCPDM';

/** What somebody is to a record. Who is excluded, a stranger, or of another organisation is nothing to it. */
export type Being =
  | 'handler'
  | 'applicant'
  | 'participant'
  | 'receiver'
  /** The law gives the register to whoever keeps it and to the employer, whoever wrote in it. */
  | 'reader'
  /** Told, as the worker wished, that time runs short: the term, and no word of the request. */
  | 'backup';

/** Everybody who is something to a record, by capacity and person (or receipt); the same in both organisations. */
const parts: Readonly<Record<string, Readonly<Partial<Record<RecordName, Being>>>>> = {
  'counsellor lies': {
    R1: 'handler',
    R2: 'handler',
    C1: 'handler',
    C2: 'handler',
    F1: 'handler',
    F2: 'handler',
    A1: 'handler',
  },
  'counsellor marc': { R3: 'handler', C3: 'handler' },
  'counsellor greta': { R4: 'handler', C4: 'handler' },
  'counsellor sophie': { R4: 'backup' },
  'worker nora': { R4: 'applicant', C4: 'applicant' },
  'worker pieter': { R1: 'applicant', C1: 'applicant', F1: 'applicant', F2: 'applicant' },
  'anonymous_worker R2': { R2: 'applicant', C2: 'applicant' },
  'anonymous_worker R3': { R3: 'applicant' },
  'participant bert': { C1: 'participant' },
  'prevention_adviser eva': { F1: 'receiver' },
};

/** Who is excluded from a record is nothing to it, whatever they were. */
const excluded: Readonly<Record<string, readonly RecordName[]>> = {
  'gentia sophie': ['C1', 'R4', 'C4'],
};

/** The history of what one is excluded from is not there either: of the case, its request and what was handed over from it. */
const ofC1: ReadonlySet<RecordName> = new Set(['R1', 'C1', 'F1', 'F2']);
export const historyIsHidden = ({ person, organisation, mandated }: Subject, record: RecordName): boolean =>
  !mandated &&
  ((organisation === 'gentia' && (excludedInGentia as readonly string[]).includes(person) && ofC1.has(record)) ||
    (person === 'sophie' && excluded[`${organisation} ${person}`]?.includes(record) === true));

/** Who asks, as the oracle needs to know them. `person`: who signs in, or whose receipt it is. */
export type Subject = {
  readonly role: SchemaRole;
  readonly person: string;
  /** The organisation acted in. */
  readonly organisation: OrganisationId | undefined;
  /** Acts under a mandate: the person is an entry of another directory. */
  readonly mandated: boolean;
};

export const beingTo = (
  { role, person, organisation, mandated }: Subject,
  record: RecordName,
  of: OrganisationId,
): Being | undefined =>
  record === 'T1'
    ? organisation === of && ['counsellor', 'prevention_adviser', 'employer'].includes(role)
      ? 'reader'
      : undefined
    : mandated || organisation !== of || excluded[`${of} ${person}`]?.includes(record) === true
      ? undefined
      : parts[`${role} ${person}`]?.[record];

/** Which text of a record reaches whom. */
export const readers: Readonly<Record<Exclude<CanaryKind, 'name' | 'email' | 'id'>, readonly Being[]>> = {
  request: ['handler'],
  conversation: ['handler', 'applicant'],
  case: ['handler'],
  'personal note': ['handler'],
  // Stands in the document of the informal choice, and that goes along to the adviser (domain.md §2 [9]).
  'agreed point': ['handler', 'receiver'],
  told: ['handler', 'participant'],
  referral: ['handler', 'applicant', 'receiver'],
  'referral out': ['handler', 'applicant'],
  advice: ['handler'],
  register: ['reader'],
  // The worker picked it for the adviser; an applicant puts in and does not look through (domain.md §1 [5]).
  attachment: ['handler', 'receiver'],
  'document id': ['handler', 'applicant'],
  'participant id': ['handler'],
};

/** A name of the directory: who may name people, and the person. An address: who keeps the directory, and the person. */
export const directoryReaders = { name: 'CPD', email: 'D' } as const;

/**
 * Ids of records are pseudonymous: they stand in the access history, as they were asked for, which overseers read. So do
 * the participant ids under which applicants and participants enter it.
 */
export const idReaders = OVERSEERS;

// ── questions ──

/** What a question or a command is about, and what one must be to that to be answered. */
export type About =
  /** Nothing in particular: a list of one's own, a form, figures. */
  | { readonly of: 'nothing' }
  | {
      readonly of: 'request' | 'case' | 'referral' | 'document' | 'attachment' | 'copy' | 'entry';
      readonly beings: readonly Being[];
      /** Knows of the record, and is told that this is not for them. */
      readonly known?: Being;
    }
  /** The one who keeps or checks designations sees those of the organisation; a counsellor their own. */
  | { readonly of: 'designation'; readonly any: string; readonly own: string }
  /** An entry of the organisation's directory: whoever may find people, and everybody their own. */
  | { readonly of: 'person'; readonly any: string }
  /** The access history: whatever id is asked for, it answers with what the organisation recorded. */
  | { readonly of: 'history' };
export type Entry = { readonly for: string } & About;

const nothing = (letters: string): Entry => ({ for: letters, of: 'nothing' });
const about = (
  letters: string,
  of: 'request' | 'case' | 'referral' | 'document' | 'attachment' | 'copy' | 'entry',
  ...beings: readonly Being[]
): Entry => ({
  for: letters,
  of,
  beings,
});

/** Of changes, holds, replays and access requests by id: none of those asked for is there, and what is not there answers the same everywhere. */
const notThere = (letters: string): Entry => about(letters, 'case');

export const questions: Readonly<Record<string, Entry>> = {
  me: nothing(`N${ALL}`),
  health: nothing(`N${ALL}`),
  // ── directory ──
  counsellorCards: nothing(ALL),
  secondCounsellors: nothing('WA'),
  organisation: nothing(OF_ORGANISATION),
  designation: { for: DESIGNATION, of: 'designation', any: 'EMDRGU', own: 'C' },
  // A counsellor sees their own designation, and not a list.
  designations: { for: DESIGNATION, of: 'designation', any: 'EMDRGU', own: '' },
  counsellorDuties: { for: DESIGNATION, of: 'designation', any: 'EMDRGU', own: 'C' },
  designationRequirements: nothing('EMDRGU'),
  people: nothing('CPD'),
  person: { for: WITH_ENTRY, of: 'person', any: 'CPD' },
  serviceContracts: nothing(`D${OVERSEERS}`),
  mandates: nothing(`D${OVERSEERS}`),
  permissionsAsOf: { for: OVERSEERS, of: 'history' },
  // ── intake ──
  beforeSending: nothing('WA'),
  ownContactRequest: about('WA', 'request', 'applicant'),
  ownReceipt: about('WA', 'request', 'applicant'),
  ownContactRequests: nothing('W'),
  contactRequests: nothing('CP'),
  contactRequest: { for: 'CP', of: 'request', beings: ['handler'], known: 'backup' },
  // ── case ──
  desk: nothing('CP'),
  case: about('CP', 'case', 'handler'),
  caseTimeline: about('CP', 'case', 'handler'),
  whoMayReadCase: about('CP', 'case', 'handler'),
  caseDocumentFile: about('WACP', 'document', 'handler', 'applicant'),
  personalNotes: about('CP', 'case', 'handler'),
  toldToMe: about('T', 'case', 'participant'),
  ownCase: about('WA', 'case', 'applicant'),
  adviceContacts: nothing('CP'),
  thirdPartyRegister: nothing('CPE'),
  thirdPartyEntry: about('CPE', 'entry', 'reader'),
  subjectAccessRequests: nothing('CP'),
  subjectAccessRequest: notThere('CP'),
  ownSubjectAccess: notThere('W'),
  subjectAccessLetter: notThere('WCP'),
  // ── referral ──
  sentReferrals: nothing('CP'),
  referralsOfCase: about('WACP', 'case', 'handler', 'applicant'),
  sentReferral: about('WACP', 'referral', 'handler', 'applicant'),
  receivedReferrals: nothing('P'),
  receivedReferral: about('P', 'referral', 'receiver'),
  // ── figures ──
  statutoryFigures: nothing('H'),
  releasedFigures: nothing('HEM'),
  // ── history ──
  accessHistoryOfRecord: { for: OVERSEERS, of: 'history' },
  accessHistoryOfHandler: { for: OVERSEERS, of: 'history' },
  accessHistoryOfPeriod: nothing(OVERSEERS),
  deniedAttempts: nothing(OVERSEERS),
  couldHaveRead: { for: OVERSEERS, of: 'history' },
  auditMandates: nothing(OVERSEERS),
  auditMandatesOnMe: nothing('CP'),
  accessAlarms: nothing('GU'),
  // For who handles the case, too; of what they do not handle there is nothing.
  accessLack: { for: `CP${OVERSEERS}`, of: 'history' },
  accessEvidence: { for: `CP${OVERSEERS}`, of: 'history' },
  accessAlarmsAboutMe: nothing('CP'),
  // ── evidence ──
  evidenceCheckpoint: nothing(OVERSEERS),
  evidenceStatus: nothing(OVERSEERS),
  evidenceProof: { for: OVERSEERS, of: 'history' },
  evidenceOfRecord: { for: OVERSEERS, of: 'history' },
  evidenceExport: nothing(OVERSEERS),
  // ── retention ──
  retentionRules: nothing(RULED),
  retentionChanges: nothing(RULED),
  retentionReport: notThere('RGUCP'),
  keptRecords: nothing(OVERSEERS),
  keptRecord: { for: OVERSEERS, of: 'history' },
  retentionChecks: nothing(OVERSEERS),
  legalHolds: nothing(OVERSEERS),
  yearReplay: notThere(OVERSEERS),
  // ── erasure ──
  erasures: nothing(OVERSEERS),
  erasureCertificate: notThere(OVERSEERS),
  dueErasures: nothing(OVERSEERS),
  erasureBatches: nothing(OVERSEERS),
  erasureBatch: notThere(OVERSEERS),
  erasureBatchReport: notThere(OVERSEERS),
  erasureBatchRecords: notThere(OVERSEERS),
  // ── departure ──
  departure: nothing('RGCP'),
};

/** Files beside GraphQL: the way is there for everybody, so that only what one is to the record decides. */
export const files = {
  'GET /documents/case': about(`N${ALL}`, 'document', 'handler', 'applicant'),
  'GET /blobs/case': about(`N${ALL}`, 'attachment', 'handler'),
  'POST /blobs/case': about(`N${ALL}`, 'case', 'handler', 'applicant'),
  'GET /blobs/referral': about(`N${ALL}`, 'copy', 'receiver'),
} as const satisfies Readonly<Record<string, Entry>>;
export type FileRoute = keyof typeof files;

/** Lists without an argument, and the records that stand in them for whom. */
export const lists: Readonly<
  Record<string, { readonly records: readonly RecordName[]; readonly beings: readonly Being[] }>
> = {
  desk: { records: ['C1', 'C2', 'C3', 'C4'], beings: ['handler'] },
  contactRequests: { records: ['R1', 'R2', 'R3', 'R4'], beings: ['handler', 'backup'] },
  ownContactRequests: { records: ['R1', 'R2', 'R3', 'R4'], beings: ['applicant'] },
  adviceContacts: { records: ['A1'], beings: ['handler'] },
  thirdPartyRegister: { records: ['T1'], beings: ['reader'] },
  sentReferrals: { records: ['F1', 'F2'], beings: ['handler'] },
  receivedReferrals: { records: ['F1', 'F2'], beings: ['receiver'] },
};

// ── commands ──

const each = (list: string, entry: Entry): Readonly<Record<string, Entry>> =>
  Object.fromEntries(list.split(/\s+/u).map((name) => [name, entry]));

export const commands: Readonly<Record<string, Entry>> = {
  ...each('sendContactRequest', nothing('WA')),
  ...each(
    'withdrawContactRequest chooseCounsellor claimEarlierRequest replaceReceipt pickAppointment declineAppointments',
    about('WA', 'request', 'applicant'),
  ),
  ...each(
    'linkEarlierRequest acceptContactRequest stepBackFromRequest proposeAppointments',
    about('CP', 'request', 'handler'),
  ),
  ...each('sendMessage markConversationSeen', about('WACP', 'request', 'handler', 'applicant')),
  // For a successor after somebody stepped back or left: nobody did here.
  askContact: about('CP', 'request'),
  askContinuation: about('CP', 'case'),

  ...each('openCase recordAdvice recordThirdPartyEntry registerSubjectAccess', nothing('CP')),
  ...each('noteThirdPartyFollowUp withdrawThirdPartyName', about('CP', 'entry', 'reader')),
  askSubjectAccess: nothing('W'),
  ...each('searchForSubject extendSubjectAccessTerm answerSubjectAccess refuseSubjectAccess', notThere('CP')),
  ...each(
    `offerHearing recordHearing issueInterviewConfirmation recordContact writeCaseNote writePersonalNote chooseInformalType
     prepareInformalDocument giveDocumentCopy makeNameKnown addParticipant agreeTelling withdrawTelling tellParticipant
     agreeToReconciliation recordReconciliationMeeting withdrawFromReconciliation carryOutIntervention recordOutcome
     closeCase reopenCase linkCases recuse addExclusion makeDisclosure markForFormal addAttachment prepareReferral`,
    about('CP', 'case', 'handler'),
  ),
  ...each(
    'requestInterviewConfirmation signDocument decideContinuation',
    about('WACP', 'case', 'handler', 'applicant'),
  ),

  ...each(
    'changeReferralRecords recordReferralConsent sendReferral deliverReferral noteReferralAnswer',
    about('CP', 'referral', 'handler'),
  ),
  giveReferralConsent: about('WA', 'referral', 'applicant'),
  withdrawReferral: about('WACP', 'referral', 'handler', 'applicant'),
  ...each('acceptReferral declineReferral', about('P', 'referral', 'receiver')),

  ...each('releaseFigures freezeAnnualReport', nothing('H')),

  proposeRetentionRules: nothing('RCPD'),
  ...each('simulateRetentionChange activateRetentionRules withdrawRetentionProposal', notThere('RCPD')),
  ...each('placeLegalHold replayYear', nothing('R')),
  ...each('reviewLegalHold liftLegalHold', notThere('R')),
  dismissAccessAlarm: notThere('GU'),
  giveAuditMandate: nothing('G'),
  endAuditMandate: notThere('G'),
  requestErasure: nothing('RG'),
  requestDueErasures: nothing('RG'),
  ...each('approveErasures declineErasure confirmErasureBatch declineErasureBatch', notThere('RG')),
  // Two people, a counsellor among them; never the employer.
  requestDeparture: nothing('RC'),
  ...each('approveDeparture withdrawDeparture resumeWork', notThere('RC')),
  ...each('withholdKeys releaseKeys', notThere('CP')),

  registerOrganisation: nothing('O'),
  ...each(
    `renameOrganisation recordWorkers openSite changeSite closeSite recordPredecessor recordSuccessor recordConsultationBody
     arrangePreventionAdviser recordCounsellorAskedFor changeLegalSetting changeFiguresSetting setWorkingHours acceptIssuer dropIssuer registerPerson renamePerson
     changeEmail changeLanguages movePerson takeFunction layDownFunction linkSubject unlinkSubject grantCapacity endCapacity
     recordLeaving concludeContract endContract giveMandate revokeMandate`,
    nothing('D'),
  ),
  proposeDesignation: nothing('DE'),
  ...each(
    `startDesignation withdrawDesignationProposal changeDesignationScope recordTraining recordSupervision resignDesignation
     removeCounsellor nameSuccessorCounsellor`,
    { for: 'DE', of: 'designation', any: 'DE', own: '' },
  ),
  recordPriorAgreement: { for: 'DM', of: 'designation', any: 'DM', own: '' },
  ...each('enterAbsence endAbsence', { for: 'DC', of: 'designation', any: 'D', own: 'C' }),
};

// ── kinds of things: for whom a type exists at all ──

const kindsFor = (letters: string, list: string): readonly (readonly [string, string])[] =>
  list
    .trim()
    .split(/\s+/u)
    .map((type) => [type, letters] as const);
const COMMANDING = 'WACPHEMDRGUO';

/** Every type of an answer, once. A type that does not stand here fails the test. */
export const types: ReadonlyMap<string, string> = new Map([
  ...kindsFor(`N${ALL}`, 'Query Me Capacity CapacityMandate Health'),
  ...kindsFor(COMMANDING, 'Mutation CommandAccepted StaleVersion CommandIdReused'),
  ...kindsFor(
    ALL,
    'Refused NotFound NotAllowed InvalidInput RuleRefused Erased TryLater CounsellorCard CounsellorCardList',
  ),
  ...kindsFor('WA', 'SecondCounsellorList BeforeSending BeforeSendingText'),
  ...kindsFor(
    OF_ORGANISATION,
    'Organisation OrganisationSite OrganisationWorkers OrganisationPreventionAdviser OrganisationSettings RelatedOrganisation WorkingHours',
  ),
  ...kindsFor(
    DESIGNATION,
    'Designation DesignationList DesignationAgreement DesignationWithheld DesignationAbsence CounsellorDuty CounsellorDutyList',
  ),
  // Why a date of the law is what it is: wherever one is shown.
  ...kindsFor(`P${DESIGNATION}`, 'DateExplanation DateExplanationSkipped DateExplanationSource'),
  ...kindsFor('EMDRGU', 'DesignationRequirements DesignationRequirementsRequirement'),
  ...kindsFor('CPD', 'PersonPage PersonRow'),
  ...kindsFor(WITH_ENTRY, 'Person PersonFunction HeldCapacity HeldCapacityMandate'),
  ...kindsFor(`D${OVERSEERS}`, 'ServiceContract ServiceContractList Mandate MandateList'),
  ...kindsFor(OVERSEERS, 'PermissionAsOfList'),

  ...kindsFor('W', 'OwnContactRequests OwnContactRequestsRow'),
  ...kindsFor(
    'WA',
    `OwnContactRequest OwnContactRequestReleased OwnContactRequestWarning OwnContactRequestMessage
     OwnContactRequestReplyKey OwnContactRequestReplyKeyKey SignedPromise SignedPromisePromise OwnReceipt OwnCase`,
  ),
  ...kindsFor('WACP', 'AppointmentProposal AppointmentProposalOption'),
  ...kindsFor('WACPE', 'KeptUntil'),
  ...kindsFor('CP', 'Message'),
  ...kindsFor('CP', 'ContactRequest ContactRequestPage ContactRequestRow'),

  ...kindsFor(
    'CP',
    `DeskPage DeskRow Case CaseHearingAttempt CaseContact CaseNote CaseParticipant CaseParticipantPoint CaseMeeting
     CaseIntervention CaseLink CaseExclusion CaseDisclosure CaseReferral CaseAttachment TimelineEntry TimelineEntryList
     CaseReader CaseReaderList PersonalNote PersonalNoteList AdvicePage AdvicePageRow`,
  ),
  ...kindsFor('CP', 'SubjectAccessRequestPage SubjectAccessRequestRow SubjectAccessRequest SubjectAccessFound'),
  ...kindsFor('CPE', 'ThirdPartyRegisterPage ThirdPartyRegisterPageRow ThirdPartyEntry ThirdPartyEntryFollowUp'),
  ...kindsFor('W', 'OwnSubjectAccess'),
  ...kindsFor('WCP', 'SubjectAccessLetter'),
  ...kindsFor('WACP', 'CaseDocument CaseDocumentSignature CaseDocumentCopy CaseDocumentFile'),
  ...kindsFor('T', 'ParticipantView'),
  ...kindsFor('TCP', 'Telling'),

  ...kindsFor('CP', 'SentReferralPage'),
  ...kindsFor(
    'WACP',
    `ReferralOfCaseList SentReferralRow SentReferral SentReferralReceiverPerson SentReferralRecord SentReferralWording
     SentReferralConsent`,
  ),
  ...kindsFor(
    'P',
    'ReceivedReferralPage ReceivedReferralRow ReceivedReferral ReceivedReferralSender ReceivedReferralCopy ReceivedReferralCopyFile',
  ),

  ...kindsFor('H', 'StatutoryFigures StatutoryFiguresLine AnnualReportEdition AnnualReportEditionLine FiguresLineage'),
  ...kindsFor('HEM', 'ReleasedFiguresPage ReleasedFigures ReleasedTable ReleasedTableCell'),

  ...kindsFor(
    OVERSEERS,
    `KeptRecordPage KeptRecord KeptRecordInFull RetentionCheckList RetentionCheck LegalHoldPage LegalHold YearReplay
     YearReplayDifference`,
  ),
  ...kindsFor(RULED, 'RetentionRules RetentionRulesRule RetentionTerms RetentionChangeList RetentionChange'),
  ...kindsFor('RGUCP', 'RetentionReport RetentionReportLine'),
  ...kindsFor(
    OVERSEERS,
    'AccessOfRecordPage AccessOfHandlerPage AccessOfPeriodPage AccessRow Accessor DeniedAttempt DeniedAttemptPage' +
      ' EvidenceCheckpoint EvidenceCheckpointInstallation EvidenceCheckpointSeal EvidenceStatus EvidenceStatusAnchor' +
      ' EvidenceOfRecordPage EvidenceOfRecordPageRow EvidenceExportPage EvidenceExportPageRow' +
      ' DueErasures DueLine DueLineExcluded ErasureBatch ErasureBatchPage ErasureBatchInFull ErasureBatchRecordPage' +
      ' ErasureBatchRecordPageRow ErasureBatchReportFile' +
      ' Erasure ErasurePage ErasureCertificateFile AuditMandatePage CouldHaveReadPage SilentReader',
  ),
  ...kindsFor('RGCP', 'DepartureFile Departure DepartureReceiver DepartureRegister'),
  ...kindsFor('CP', 'AuditMandateOnMePage AccessAlarmAboutMePage'),
  ...kindsFor('GU', 'AccessAlarmPage'),
  ...kindsFor(`CP${OVERSEERS}`, 'AccessLack AccessLackSpan AccessEvidencePage AccessEvidencePageRow'),
  ...kindsFor('CPGU', 'AccessAlarm'),
  ...kindsFor(`CP${OVERSEERS}`, 'AuditMandate'),
  ...kindsFor(`WA${OVERSEERS}`, 'EvidenceInclusion'),
]);

/** Fields that fewer may see than their type. */
export const narrower: Readonly<Record<string, string>> = {
  // Under these the counsellor stands in the access history: for who checks it, not for who designates.
  'Designation.pseudonyms': OVERSEERS,
  // Who asked for help hears of no hold.
  'KeptUntil.held': 'CP',
  // Why a hold was placed may name somebody.
  'LegalHold.reason': 'RG',
  // Ids of records, for who may look at one.
  'RetentionChange.selected': 'RGUCP',
};

/** Who may see `Type.field`; undefined where nothing is written here. */
export const mayContain = (field: string): string | undefined => {
  const [type = '', name = ''] = field.split('.');
  if (type === 'Query') return questions[name]?.for;
  if (type === 'Mutation') return commands[name]?.for;
  return narrower[field] ?? types.get(type);
};

/** The register of facts by third parties is the one content that the law gives to the employer. */
export const isOpenRegister = ({ role }: Pick<Subject, 'role'>, { kind }: { readonly kind: CanaryKind }): boolean =>
  role === 'employer' && kind === 'register';

/** Capacities that never see confidential content, whoever holds them; see `isOpenRegister`. */
export const contentFree: readonly Role[] = [
  'head_internal_service',
  'employer',
  'committee_member',
  'administrator',
  'records_manager',
  'data_protection_officer',
  'auditor',
  'platform_operator',
];
