import type { Datum } from '../datum.js';
import { source } from '../sources.js';
import { MANDATORY_2023, REFORM_2014, THIS_VERSION } from './dates.js';

/** What the law, or our reading of it, sets; an organisation may be given another value where `settable` says so. */
export type LawSettings = {
  /** Does an exchange of written messages meet the hearing term? */
  readonly writtenMessagesCountAsHearing: boolean;
  /** Does a telephone call meet the hearing term? */
  readonly telephoneCountsAsHearing: boolean;
  /** Does silence after a formal request mean acceptance? */
  readonly silenceIsAcceptance: boolean;
  /** Heads (not full-time equivalents) of the legal entity from which a counsellor is mandatory. */
  readonly mandatoryFromWorkers: number;
  /** Heads from which one counsellor must be staff. */
  readonly internalFromWorkers: number;
  /** The same, when the prevention adviser for psychosocial aspects is external. */
  readonly internalFromWorkersWithExternalAdviser: number;
  /** Hours of the basic training. */
  readonly trainingHours: number;
  /** A count below this is not shown to employer and committee. */
  readonly smallCellThreshold: number;
  /** Smallest period of released figures, months. */
  readonly smallestReleaseMonths: number;
  /** May the informal type be acted on before the document is signed by both? */
  readonly actBeforeSignature: boolean;
  /** Months during which the burden of proof lies with the employer after a protected act. */
  readonly burdenOfProofMonths: number;
};
export type LawSettingId = keyof LawSettings;
export type LawSettingDatum = {
  readonly [K in LawSettingId]: Datum<K, LawSettings[K]> & { readonly settable: boolean };
};

export const settings: LawSettingDatum = {
  writtenMessagesCountAsHearing: {
    id: 'writtenMessagesCountAsHearing',
    value: false,
    source: source('own reading: the pages name an interview or a call, no messages', 's6', 's18'),
    status: 'own-analysis',
    effectiveFrom: THIS_VERSION,
    settable: true,
  },
  telephoneCountsAsHearing: {
    id: 'telephoneCountsAsHearing',
    value: true,
    source: source('FPS Employment: telephone is allowed', 's6', 's18'),
    status: 'sourced',
    effectiveFrom: REFORM_2014,
    settable: false,
  },
  silenceIsAcceptance: {
    id: 'silenceIsAcceptance',
    value: true,
    source: source('Public brochure on the formal request', 's22'),
    status: 'sourced',
    effectiveFrom: REFORM_2014,
    settable: false,
  },
  mandatoryFromWorkers: {
    id: 'mandatoryFromWorkers',
    value: 50,
    source: source('FPS Employment; heads, legal entity', 's1', 's2', 's34'),
    status: 'sourced',
    effectiveFrom: MANDATORY_2023,
    settable: false,
  },
  internalFromWorkers: {
    id: 'internalFromWorkers',
    value: 50,
    source: source('FPS Employment: at least one internal counsellor', 's1'),
    status: 'sourced',
    effectiveFrom: MANDATORY_2023,
    settable: false,
  },
  internalFromWorkersWithExternalAdviser: {
    id: 'internalFromWorkersWithExternalAdviser',
    value: 20,
    source: source('FPS Employment: at least one internal counsellor', 's1'),
    status: 'sourced',
    effectiveFrom: MANDATORY_2023,
    settable: false,
  },
  trainingHours: {
    id: 'trainingHours',
    value: 30,
    source: source('Public guidance: at least 30 hours (5 days)', 's40'),
    status: 'sourced',
    effectiveFrom: MANDATORY_2023,
    settable: false,
  },
  smallCellThreshold: {
    id: 'smallCellThreshold',
    value: 5,
    source: source('A public specification written for an external service uses five', 's33'),
    status: 'own-analysis',
    effectiveFrom: THIS_VERSION,
    settable: true,
  },
  smallestReleaseMonths: {
    id: 'smallestReleaseMonths',
    value: 3,
    source: source('own choice: closed quarters at the least'),
    status: 'own-analysis',
    effectiveFrom: THIS_VERSION,
    settable: true,
  },
  actBeforeSignature: {
    id: 'actBeforeSignature',
    value: false,
    source: source('own reading of the document dated and signed by both', 's5'),
    status: 'own-analysis',
    effectiveFrom: THIS_VERSION,
    settable: false,
  },
  burdenOfProofMonths: {
    id: 'burdenOfProofMonths',
    value: 12,
    source: source('from memory: twelve months, six months of pay'),
    status: 'from-memory',
    effectiveFrom: REFORM_2014,
    settable: false,
  },
};
