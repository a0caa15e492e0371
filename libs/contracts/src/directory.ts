import { roleSchema, sitesSchema } from '@toeverlaat/access';
import { designationFunctionSchema, explanationSchema } from '@toeverlaat/legal';
import { z } from 'zod';
import {
  languageSchema,
  localDateSchema,
  localIdSchema,
  organisationIdSchema,
  pageInputSchema,
  pageOf,
  personIdSchema,
} from './core.js';
import {
  body,
  email,
  grantedRole,
  instant,
  issuer,
  kind,
  languagesSchema,
  name,
  newOrganisationIdSchema,
  regimeSchema,
  site,
  siteList,
  siteScope,
  subject,
  successionKind,
} from './directory-fields.js';
import { defineCommand, defineQuery } from './rpc.js';

/** Every code the directory may refuse with. */
export const directoryRuleCodes = [
  'organisation_exists',
  'date_in_future',
  'site_exists',
  'site_closed',
  'related_to_itself',
  'person_exists',
  'person_left',
  'period_reversed',
  'capacity_exists',
  'capacity_ended',
  'role_by_designation_only',
  'role_of_platform_only',
  'own_capacity',
  'subject_linked_elsewhere',
  'designation_exists',
  'already_designated',
  'incompatible_function',
  'external_needs_mandate',
  'agreement_required',
  'agreement_not_unanimous',
  'agreement_after_start',
  'agreement_body_not_competent',
  'designation_not_started',
  'designation_started',
  'designation_ended',
  'before_start',
  'absence_overlaps',
  'removal_needs_agreement',
  'successor_is_self',
  'successor_not_active',
  'contract_exists',
  'contract_ended',
  'provider_not_external_service',
  'mandate_exists',
  'mandate_revoked',
  'mandate_without_contract',
  'role_not_mandatable',
] as const;
export type DirectoryRuleCode = (typeof directoryRuleCodes)[number];

// ── commands: organisation ──
/**
 * By the platform operator: the organisation, its first site and its first administrator. Repeated with the same command
 * id it completes what a crash left undone.
 */
export const registerOrganisation = defineCommand(
  'directory.registerOrganisation',
  z.strictObject({
    organisation: newOrganisationIdSchema,
    kind,
    legalName: name,
    regime: regimeSchema,
    site,
    issuer,
    administrator: z.strictObject({
      personId: personIdSchema.optional(),
      name,
      email: email.optional(),
      languages: languagesSchema,
      subject,
      /** Also runs the installation: grants the capacity of platform operator. */
      platformOperator: z.boolean().default(false),
    }),
  }),
);
export const renameOrganisation = defineCommand('directory.renameOrganisation', z.strictObject({ legalName: name }));
export const recordWorkers = defineCommand(
  'directory.recordWorkers',
  z.strictObject({ workers: z.number().int().min(0).max(1_000_000), countedOn: localDateSchema }),
);
export const openSite = defineCommand('directory.openSite', site);
export const changeSite = defineCommand('directory.changeSite', site);
export const closeSite = defineCommand(
  'directory.closeSite',
  z.strictObject({ siteId: localIdSchema, on: localDateSchema }),
);
const related = z.strictObject({ organisation: organisationIdSchema, kind: successionKind, on: localDateSchema });
export const recordPredecessor = defineCommand('directory.recordPredecessor', related);
export const recordSuccessor = defineCommand('directory.recordSuccessor', related);
export const recordConsultationBody = defineCommand(
  'directory.recordConsultationBody',
  z.strictObject({ body, from: localDateSchema }),
);
export const arrangePreventionAdviser = defineCommand(
  'directory.arrangePreventionAdviser',
  z.strictObject({ placement: z.enum(['internal', 'external']), service: organisationIdSchema.optional() }),
);
export const recordCounsellorAskedFor = defineCommand(
  'directory.recordCounsellorAskedFor',
  z.strictObject({ by: z.enum(['union_delegates', 'workers']), on: localDateSchema }),
);
export const changeSetting = defineCommand(
  'directory.changeSetting',
  z.strictObject({ setting: z.enum(['written_messages_count']), value: z.boolean() }),
);
/** How figures are released, within what the law data allows (refused as `too_small` or `too_big`). */
export const changeFiguresSetting = defineCommand(
  'directory.changeFiguresSetting',
  z.strictObject({ setting: z.enum(['small_cell_threshold', 'smallest_release_months']), value: z.number().int() }),
);
export const weekdaySchema = z.enum(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']);
const isZone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};
/**
 * When people are expected to work: whole hours of the clock in that zone. Hours that end before they begin end on the next day,
 * such as from 22 until 6, and are of the day on which they begin: none begin on a Belgian legal holiday.
 */
export const workingHoursSchema = z.strictObject({
  /** IANA name of the zone, as of a place: `Europe/Brussels`. */
  zone: z
    .string()
    .max(60)
    .regex(/^[A-Z][A-Za-z]+(?:\/[A-Z][A-Za-z_-]+){1,2}$/)
    .refine(isZone, { error: 'no such zone' }),
  from: z.number().int().min(0).max(23),
  /** 24 is the midnight at which the day ends. */
  until: z.number().int().min(1).max(24),
  /** On which they begin. */
  days: z.array(weekdaySchema).min(1).max(7),
});
export type WorkingHours = z.infer<typeof workingHoursSchema>;
/** Those that were set: of the organisation where there is no site. */
export const setHoursSchema = workingHoursSchema.extend({
  siteId: localIdSchema.nullable(),
  endsNextDay: z.boolean(),
});
/**
 * Of the organisation, or of one of its sites. Reading outside them is looked at (ADR 75): so they are at most sixteen hours in
 * a row (`until: too_many_hours`), past midnight or not, and never none or all (`until: no_hours`).
 */
export const setWorkingHours = defineCommand(
  'directory.setWorkingHours',
  workingHoursSchema.extend({ siteId: localIdSchema.optional() }),
);
export const acceptIssuer = defineCommand('directory.acceptIssuer', z.strictObject({ issuer }));
export const dropIssuer = defineCommand('directory.dropIssuer', z.strictObject({ issuer }));

// ── commands: people ──
export const registerPerson = defineCommand(
  'directory.registerPerson',
  z.strictObject({
    personId: personIdSchema.optional(),
    siteId: localIdSchema,
    name,
    email: email.optional(),
    languages: languagesSchema,
    /** Grants the capacity of worker at the site, from today. */
    worker: z.boolean().default(true),
  }),
);
const ofPerson = { personId: personIdSchema };
export const renamePerson = defineCommand('directory.renamePerson', z.strictObject({ ...ofPerson, name }));
export const changeEmail = defineCommand('directory.changeEmail', z.strictObject({ ...ofPerson, email }));
export const changeLanguages = defineCommand(
  'directory.changeLanguages',
  z.strictObject({ ...ofPerson, languages: languagesSchema }),
);
/** Moves the entry and the capacity of worker that goes with the site; cases stay where they are. */
export const movePerson = defineCommand(
  'directory.movePerson',
  z.strictObject({ ...ofPerson, siteId: localIdSchema, on: localDateSchema }),
);
export const takeFunction = defineCommand(
  'directory.takeFunction',
  z.strictObject({ ...ofPerson, function: designationFunctionSchema, from: localDateSchema }),
);
export const layDownFunction = defineCommand(
  'directory.layDownFunction',
  z.strictObject({ ...ofPerson, function: designationFunctionSchema, on: localDateSchema }),
);
export const linkSubject = defineCommand('directory.linkSubject', z.strictObject({ ...ofPerson, issuer, subject }));
export const unlinkSubject = defineCommand('directory.unlinkSubject', z.strictObject({ ...ofPerson, issuer, subject }));
export const grantCapacity = defineCommand(
  'directory.grantCapacity',
  z.strictObject({
    ...ofPerson,
    role: grantedRole,
    sites: siteScope,
    from: localDateSchema,
    /** First day on which it no longer holds. */
    to: localDateSchema.optional(),
  }),
);
export const endCapacity = defineCommand(
  'directory.endCapacity',
  z.strictObject({ ...ofPerson, capacityId: localIdSchema, on: localDateSchema }),
);
export const recordLeaving = defineCommand(
  'directory.recordLeaving',
  z.strictObject({ ...ofPerson, on: localDateSchema }),
);

// ── commands: designations ──
const ofDesignation = { designationId: localIdSchema };
export const proposeDesignation = defineCommand(
  'directory.proposeDesignation',
  z.strictObject({
    personId: personIdSchema,
    /** The external service whose directory the person is in; then a mandate as counsellor is needed. */
    home: organisationIdSchema.optional(),
    sites: siteList,
    languages: languagesSchema,
  }),
);
export const recordPriorAgreement = defineCommand(
  'directory.recordPriorAgreement',
  z.strictObject({ ...ofDesignation, body, on: localDateSchema, unanimous: z.boolean() }),
);
export const startDesignation = defineCommand(
  'directory.startDesignation',
  z.strictObject({ ...ofDesignation, from: localDateSchema }),
);
export const withdrawProposal = defineCommand('directory.withdrawProposal', z.strictObject(ofDesignation));
export const changeDesignationScope = defineCommand(
  'directory.changeDesignationScope',
  z.strictObject({
    ...ofDesignation,
    sites: siteList,
    languages: languagesSchema,
    body,
    agreedOn: localDateSchema,
    unanimous: z.boolean(),
  }),
);
export const recordTraining = defineCommand(
  'directory.recordTraining',
  z.strictObject({ ...ofDesignation, hours: z.number().int().min(1).max(200), on: localDateSchema }),
);
export const recordSupervision = defineCommand(
  'directory.recordSupervision',
  z.strictObject({ ...ofDesignation, on: localDateSchema }),
);
export const enterAbsence = defineCommand(
  'directory.enterAbsence',
  z.strictObject({
    ...ofDesignation,
    from: localDateSchema,
    /** First day present again. */
    backOn: localDateSchema.optional(),
  }),
);
export const endAbsence = defineCommand(
  'directory.endAbsence',
  z.strictObject({ ...ofDesignation, absenceId: localIdSchema, backOn: localDateSchema }),
);
export const resignDesignation = defineCommand(
  'directory.resignDesignation',
  z.strictObject({ ...ofDesignation, on: localDateSchema }),
);
export const removeCounsellor = defineCommand(
  'directory.removeCounsellor',
  z.strictObject({ ...ofDesignation, on: localDateSchema, body, agreedOn: localDateSchema, unanimous: z.boolean() }),
);
export const nameSuccessor = defineCommand(
  'directory.nameSuccessor',
  z.strictObject({ ...ofDesignation, successor: localIdSchema }),
);

// ── commands: contracts and mandates, under the client ──
export const concludeContract = defineCommand(
  'directory.concludeContract',
  z.strictObject({ provider: organisationIdSchema, from: localDateSchema, to: localDateSchema.optional() }),
);
export const endContract = defineCommand(
  'directory.endContract',
  z.strictObject({ contractId: localIdSchema, on: localDateSchema }),
);
export const giveMandate = defineCommand(
  'directory.giveMandate',
  z.strictObject({
    personId: personIdSchema,
    home: organisationIdSchema,
    role: roleSchema,
    sites: siteScope,
    from: localDateSchema,
    to: localDateSchema.optional(),
  }),
);
export const revokeMandate = defineCommand(
  'directory.revokeMandate',
  z.strictObject({ mandateId: localIdSchema, on: localDateSchema }),
);

// ── answers ──
const mandateOfCapacity = z.strictObject({
  id: localIdSchema,
  home: organisationIdSchema,
  from: localDateSchema,
  to: localDateSchema.exactOptional(),
});
/** The `Capacity` of `libs/access`, half-open periods. */
export const capacitySchema = z.strictObject({
  id: localIdSchema,
  role: roleSchema,
  organisation: organisationIdSchema,
  person: personIdSchema,
  sites: sitesSchema,
  mandate: mandateOfCapacity.exactOptional(),
  from: localDateSchema,
  to: localDateSchema.exactOptional(),
});
const siteOut = site.extend({ closedOn: localDateSchema.exactOptional() });
export const organisationProfileSchema = z.strictObject({
  organisation: organisationIdSchema,
  kind,
  legalName: z.string(),
  regime: regimeSchema,
  sites: z.array(siteOut),
  workers: z.strictObject({ workers: z.number().int(), countedOn: localDateSchema }).nullable(),
  consultationBody: body.nullable(),
  preventionAdviser: z
    .strictObject({ placement: z.enum(['internal', 'external']), service: organisationIdSchema.nullable() })
    .nullable(),
  /** In force: the organisation's own, else the value of the law data. */
  settings: z.strictObject({
    writtenMessagesCount: z.boolean(),
    smallCellThreshold: z.number().int(),
    smallestReleaseMonths: z.number().int(),
  }),
  /** What was set; a site without its own has those of the organisation, and that those of the access thresholds. */
  workingHours: z.array(setHoursSchema),
  predecessors: z.array(related),
  successors: z.array(related),
});
export type OrganisationProfile = z.infer<typeof organisationProfileSchema>;

/** The same for every worker of the site, whatever case there is. */
export const counsellorCardSchema = z.strictObject({
  designationId: localIdSchema,
  person: personIdSchema,
  home: organisationIdSchema,
  name: z.string().nullable(),
  languages: z.array(languageSchema),
  sites: z.array(localIdSchema),
  placement: z.enum(['internal', 'external']),
  /** Takes no new requests until back. */
  absent: z.boolean(),
  backOn: localDateSchema.nullable(),
});
export type CounsellorCard = z.infer<typeof counsellorCardSchema>;

/** What other services need of a designation; opens no name. */
export const designationSchema = z.strictObject({
  designationId: localIdSchema,
  organisation: organisationIdSchema,
  person: personIdSchema,
  home: organisationIdSchema,
  placement: z.enum(['internal', 'external']),
  sites: z.array(localIdSchema),
  languages: z.array(languageSchema),
  status: z.enum(['proposed', 'active', 'ended']),
  /** In effect today: active, begun, not over. */
  inEffect: z.boolean(),
  from: localDateSchema.nullable(),
  endedOn: localDateSchema.nullable(),
  absent: z.boolean(),
  backOn: localDateSchema.nullable(),
  /** The counsellor's pseudonyms in the designation's organisation, this year's first: what `handler` is compared with. */
  pseudonyms: z.array(z.string()).min(1),
  successors: z.array(localIdSchema),
});
export type Designation = z.infer<typeof designationSchema>;

/** The same with what only those who designate may know. */
export const designationFileSchema = designationSchema.extend({
  name: z.string().nullable(),
  agreement: z.strictObject({ body, on: localDateSchema }).nullable(),
  withheld: z.strictObject({ body, on: localDateSchema }).nullable(),
  endReason: z
    .enum([
      'resigned',
      'incompatible_function',
      'removed_with_agreement',
      'left_organisation',
      'mandate_ended',
      'not_agreed',
    ])
    .nullable(),
  endSource: z.string().nullable(),
  warnings: z.array(designationFunctionSchema),
  absences: z.array(
    z.strictObject({ absenceId: localIdSchema, from: localDateSchema, backOn: localDateSchema.nullable() }),
  ),
});

export const dutySchema = z.strictObject({
  designationId: localIdSchema,
  duty: z.enum(['training', 'supervision']),
  due: localDateSchema,
  met: z.boolean(),
  overdue: z.boolean(),
  hours: z.number().int().nullable(),
  hoursNeeded: z.number().int().nullable(),
  explanation: explanationSchema,
  /** Why this date, in the language of the request. */
  why: z.string(),
});
export type DesignationDuty = z.infer<typeof dutySchema>;

export const requirementSchema = z.strictObject({
  code: z.enum(['counsellor_required', 'internal_counsellor_required']),
  met: z.boolean(),
  source: z.string(),
});

export const personRowSchema = z.strictObject({
  person: personIdSchema,
  name: z.string().nullable(),
  left: z.boolean(),
});
export const personFileSchema = z.strictObject({
  person: personIdSchema,
  name: z.string().nullable(),
  email: z.string().nullable(),
  siteId: localIdSchema,
  languages: z.array(languageSchema),
  functions: z.array(
    z.strictObject({
      function: designationFunctionSchema,
      from: localDateSchema,
      to: localDateSchema.exactOptional(),
    }),
  ),
  left: z.boolean(),
  capacities: z.array(capacitySchema),
});

const personRef = z.strictObject({ home: organisationIdSchema.optional(), person: personIdSchema });
export const handlerSchema = z.strictObject({
  home: organisationIdSchema,
  person: personIdSchema,
  capacityId: localIdSchema,
  /** This year's first. */
  pseudonyms: z.array(z.string()).min(1),
});

// ── queries between services ──
/** The authority of one directory entry, from the log and not from a view. `at`: only what was recorded by then. */
export const capacitiesOfQuery = defineQuery(
  'directory.capacitiesOf',
  z.strictObject({ home: organisationIdSchema, person: personIdSchema, at: instant.optional() }),
  z.array(capacitySchema),
);
export const designationQuery = defineQuery(
  'directory.designation',
  z.strictObject({ designationId: localIdSchema }),
  designationSchema,
);
export const designationsOfQuery = defineQuery('directory.designationsOf', personRef, z.array(designationSchema));
export const successorsQuery = defineQuery(
  'directory.successors',
  z.strictObject({ designationId: localIdSchema }),
  z.array(designationSchema),
);
/** Prevention advisers of the caller's organisation at a site, own or under a mandate. */
export const preventionAdvisersQuery = defineQuery(
  'directory.preventionAdvisers',
  z.strictObject({ siteId: localIdSchema.optional() }),
  z.array(handlerSchema),
);
/** The caller's own pseudonyms in the organisation acted in, one per year since the entry was made, this year's first. */
export const pseudonymsQuery = defineQuery('directory.pseudonyms', z.strictObject({}), z.array(z.string()));
/** Names to print on a document. Recorded, but for those published on a card. */
export const personNamesQuery = defineQuery(
  'directory.personNames',
  z.strictObject({ people: z.array(personRef).min(1).max(20) }),
  z.array(z.strictObject({ home: organisationIdSchema, person: personIdSchema, name: z.string().nullable() })),
);
export const organisationProfileQuery = defineQuery(
  'directory.organisationProfile',
  z.strictObject({}),
  organisationProfileSchema,
);

/**
 * For `records` alone: the working hours that were set, and where those who work cases do so now, by pseudonym. Of nobody when no
 * site has hours of its own.
 */
export const workingHoursQuery = defineQuery(
  'directory.workingHours',
  z.strictObject({}),
  z.strictObject({
    organisation: workingHoursSchema.nullable(),
    sites: z.array(workingHoursSchema.extend({ siteId: localIdSchema })),
    people: z.array(
      z.strictObject({
        pseudonyms: z.array(z.string()),
        sites: z.union([z.literal('all'), z.array(localIdSchema)]),
      }),
    ),
  }),
);

/** For `reporting` alone: what the organisation set of its figures, and nothing else of it; null where it set nothing. */
export const figuresSettingsQuery = defineQuery(
  'directory.figuresSettings',
  z.strictObject({}),
  z.strictObject({
    smallCellThreshold: z.number().int().nullable(),
    smallestReleaseMonths: z.number().int().nullable(),
  }),
);

// ── queries for people ──
const cardFilter = z.strictObject({ siteId: localIdSchema.optional(), language: languageSchema.optional() });
export const counsellorCardsQuery = defineQuery('directory.counsellorCards', cardFilter, z.array(counsellorCardSchema));
/** Who may be told when time runs short, beside the chosen counsellor (absent ones left out). */
export const secondCounsellorsQuery = defineQuery(
  'directory.secondCounsellors',
  cardFilter.extend({ chosen: localIdSchema }),
  z.array(counsellorCardSchema),
);
export const designationFileQuery = defineQuery(
  'directory.designationFile',
  z.strictObject({ designationId: localIdSchema }),
  designationFileSchema,
);
export const designationListQuery = defineQuery(
  'directory.designationList',
  z.strictObject({ status: z.enum(['proposed', 'active', 'ended']).optional() }),
  z.array(designationFileSchema),
);
export const dutiesQuery = defineQuery(
  'directory.duties',
  z.strictObject({ designationId: localIdSchema.optional() }),
  z.array(dutySchema),
);
export const requirementsQuery = defineQuery(
  'directory.requirements',
  z.strictObject({}),
  z.strictObject({
    workers: z.number().int().nullable(),
    counsellors: z.number().int(),
    internalCounsellors: z.number().int(),
    requirements: z.array(requirementSchema),
  }),
);
export const peopleQuery = defineQuery('directory.people', pageInputSchema, pageOf(personRowSchema));
export const personQuery = defineQuery(
  'directory.person',
  z.strictObject({ person: personIdSchema }),
  personFileSchema,
);
export const contractsQuery = defineQuery(
  'directory.contracts',
  z.strictObject({}),
  z.array(
    z.strictObject({
      contractId: localIdSchema,
      provider: organisationIdSchema,
      from: localDateSchema,
      to: localDateSchema.nullable(),
    }),
  ),
);
export const mandatesQuery = defineQuery(
  'directory.mandates',
  z.strictObject({}),
  z.array(
    z.strictObject({
      mandateId: localIdSchema,
      home: organisationIdSchema,
      person: personIdSchema,
      role: roleSchema,
      sites: sitesSchema,
      from: localDateSchema,
      to: localDateSchema.nullable(),
    }),
  ),
);
/** Permissions as of a moment, for the auditor: only what was recorded by then counts. */
export const permissionsQuery = defineQuery(
  'directory.permissions',
  z.strictObject({ person: personIdSchema, home: organisationIdSchema.optional(), at: instant }),
  z.array(capacitySchema),
);
