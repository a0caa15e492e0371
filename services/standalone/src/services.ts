import { casePublicEvents, caseViews, createCaseService } from '@toeverlaat/case';
import type { BlobGateway, ServiceName } from '@toeverlaat/contracts';
import { createDirectory, directoryPublicEvents, directorySealingClasses, directoryViews } from '@toeverlaat/directory';
import { createIntakeService, intakePublicEvents, intakeViews } from '@toeverlaat/intake';
import type { PublicEventSource } from '@toeverlaat/messaging';
import { createRecordsService, recordsPublicEvents, recordsViews, type RecordsChoices } from '@toeverlaat/records';
import {
  createReferralService,
  receivedSideEvents,
  referralKeyClasses,
  referralPublicEvents,
  referralViews,
} from '@toeverlaat/referral';
import { createFactSink, createReportingService, createSettingsSource, reportingViews } from '@toeverlaat/reporting';
import type { ServiceHandle, ServiceRuntime } from '@toeverlaat/service-kit';
import type { ViewDefinition } from '@toeverlaat/views';

/** One service as the composition root knows it. */
export type ServiceEntry = {
  readonly name: ServiceName;
  /**
   * Record classes whose keys it may use: its vault credentials (design §2). Every service needs `actors`, for the
   * pseudonyms of its access records; one whose commands carry content needs `fingerprints` (design rule 8).
   */
  readonly keys: readonly string[];
  readonly views: readonly ViewDefinition[];
  /** It keeps attachments, or copies of them that were handed over: it is given the store for them. */
  readonly keepsBlobs?: true;
  /** What it tells the others (design §6). */
  readonly publishes: readonly PublicEventSource[];
  readonly create: (runtime: ServiceRuntime, publicEvents: PublicEventsOf, choices: Choices) => ServiceHandle;
};

/** What the root chooses for one service alone. */
export type Choices = RecordsChoices & {
  /** Where the bytes of attachments come from, for who hands them over: the service that keeps them. */
  readonly attachments: Pick<BlobGateway, 'get'>;
};

/** The public events of a service; services do not import each other, so the root hands them over. */
export type PublicEventsOf = (service: ServiceName) => readonly PublicEventSource[];

/** Every service of the product, in the order in which they start: who is asked starts before who asks. */
export const serviceTable: readonly ServiceEntry[] = [
  {
    name: 'directory',
    keys: directorySealingClasses,
    views: directoryViews,
    publishes: directoryPublicEvents,
    create: (runtime) => createDirectory(runtime),
  },
  {
    name: 'intake',
    // `person`: the key of the look-up tags of a person's own requests; nothing is sealed under it here.
    keys: ['request', 'person', 'actors', 'fingerprints'],
    views: intakeViews,
    publishes: intakePublicEvents,
    create: (runtime, publicEvents) =>
      createIntakeService(runtime, { directory: publicEvents('directory'), records: publicEvents('records') }),
  },
  {
    name: 'case',
    keys: ['case', 'advice', 'subject_access', 'third_party_entry', 'actors', 'fingerprints'],
    views: caseViews,
    keepsBlobs: true,
    publishes: casePublicEvents,
    create: (runtime, publicEvents) =>
      createCaseService(runtime, {
        intake: publicEvents('intake'),
        directory: publicEvents('directory'),
        records: publicEvents('records'),
        deliverFacts: createFactSink(runtime.rpc),
      }),
  },
  {
    name: 'referral',
    keys: [...referralKeyClasses, 'actors'],
    views: referralViews,
    // The receiver's side and the sender's tell each other as any two services do.
    publishes: [...referralPublicEvents, ...receivedSideEvents],
    keepsBlobs: true,
    create: (runtime, publicEvents, { attachments }) =>
      createReferralService(runtime, {
        sources: [...publicEvents('case'), ...publicEvents('records')],
        attachments,
      }),
  },
  {
    name: 'reporting',
    // It counts and opens nothing: no class under which anything is sealed.
    keys: ['actors'],
    views: reportingViews,
    publishes: [],
    create: (runtime) => createReportingService(runtime, createSettingsSource(runtime.rpc)),
  },
  {
    name: 'records',
    // `evidence`: the keys that sign checkpoints; nothing is sealed under them. Rules and holds seal their motives.
    keys: [
      'actors',
      'evidence',
      'fingerprints',
      'retention_rule',
      'legal_hold',
      'audit_mandate',
      'access_alarm',
      'erasure',
      'departure',
    ],
    views: recordsViews,
    publishes: recordsPublicEvents,
    create: (runtime, publicEvents, choices) =>
      createRecordsService(runtime, choices, {
        case: publicEvents('case'),
        intake: publicEvents('intake'),
        referral: publicEvents('referral'),
      }),
  },
];
