import type { Caller } from '@toeverlaat/access';
import { z } from 'zod';
import { serviceNameSchema, type ServiceName } from './core.js';
import { allServices, checkErasureCommands, dropDerivedCommands, eraseSubjectCommands } from './erasure.js';

/**
 * Who takes part in a distributed deployment, as its certificate names it. `operator` is whoever runs the deployment: it
 * asks processes how they are and enters the first organisation, and is nobody's capacity.
 */
export const peerSchema = z.enum([...serviceNameSchema.options, 'gateway', 'operator']);
export type Peer = z.infer<typeof peerSchema>;

/** Before there is any administrator the installation itself registers the first organisation, under this capacity id. */
export const BOOTSTRAP_CAPACITY = 'bootstrap';

/** What every service asks the directory: is this caller still who they claim, and under which pseudonyms did they act. */
const authority = ['directory.capacitiesOf', 'directory.pseudonyms'] as const;

/**
 * Which patterns a peer may call: the arrows of the map, and no others (design §1). `*` stands for every pattern that is
 * not an operator's. A pattern that only a service may call also asks who claims to be it (`claimHolds`).
 */
export const peerPatterns: Readonly<Record<Peer, readonly string[] | '*'>> = {
  gateway: '*',
  directory: [],
  intake: [
    ...authority,
    'directory.standingOver',
    'directory.designation',
    'directory.preventionAdvisers',
    'case.isExcluded',
    'case.excludedRecords',
    'case.exclusionsOver',
    'case.takesPart',
    'records.receiptInclusion',
  ],
  case: [
    ...authority,
    'directory.standingOver',
    'directory.holdersOver',
    'directory.designation',
    'directory.designationsOf',
    'directory.organisationProfile',
    'directory.personNames',
    'intake.requestForCase',
    'intake.followHandler',
    'intake.noteHearing',
    'intake.noteCaseClosed',
    'reporting.recordFacts',
  ],
  referral: [
    ...authority,
    'directory.standingOver',
    'directory.preventionAdvisers',
    'case.applicantView',
    'case.takesPart',
    'case.recordsForReferral',
    'case.isAttached',
    'case.isExcluded',
    'case.exclusionsOver',
    'case.readersOver',
    'case.noteReferral',
    'case.heldBy',
  ],
  reporting: [...authority, 'directory.figuresSettings'],
  records: [
    ...authority,
    'case.excludedRecords',
    'intake.excludedRecords',
    'referral.excludedRecords',
    'directory.rolesEnded',
    'directory.entriesEnded',
    'directory.workingHours',
    'directory.standingOver',
    'case.takesPart',
    'case.readersOver',
    'intake.readersOver',
    'referral.readersOver',
    'case.heldBy',
    'intake.heldBy',
    'referral.heldBy',
    ...allServices.flatMap((service) => [
      checkErasureCommands[service].pattern,
      eraseSubjectCommands[service].pattern,
      dropDerivedCommands[service].pattern,
    ]),
  ],
  operator: [],
};

/** Patterns of the operator alone: `<service>.operate…`. */
const OPERATED = /^[a-z]+\.operate[A-Z]/;

/** Whether a peer may call a pattern at all. */
export const mayCall = (peer: Peer, pattern: string): boolean => {
  if (OPERATED.test(pattern)) return peer === 'operator';
  if (pattern.endsWith('.health')) return peer === 'gateway' || peer === 'operator';
  const patterns = peerPatterns[peer];
  return patterns === '*' || patterns.includes(pattern);
};

/** Peers that may hand attachments in, and take them out: who hands a case over takes what goes along (ADR 10). */
export const blobPeers: Readonly<Record<'put' | 'get', readonly Peer[]>> = {
  put: ['gateway'],
  get: ['gateway', 'referral'],
};

const claimant = (capacityId: string): Peer | undefined => {
  if (capacityId === BOOTSTRAP_CAPACITY) return 'operator';
  if (capacityId === 'gateway' || capacityId === 'operator') return capacityId;
  const service = serviceNameSchema.safeParse(capacityId.replace(/^service-/, ''));
  return capacityId.startsWith('service-') && service.success ? service.data : undefined;
};

/**
 * Whether a peer may say of a message's caller what it says: that a service, the gateway or the installation acts by itself
 * is believed only of a peer whose certificate bears that name. A person's capacity is not the transport's to judge: the
 * service that answers asks the directory (design rule 11).
 */
export const claimHolds = (peer: Peer, caller: Pick<Caller, 'role' | 'capacityId'>): boolean => {
  const named = claimant(caller.capacityId);
  if (named !== undefined) return named === peer;
  return caller.role !== 'service';
};

/** The service that answers a pattern. @returns undefined for what is no pattern */
export const serviceOfPattern = (pattern: string): ServiceName | undefined =>
  serviceNameSchema.safeParse(pattern.split('.')[0]).data;
