import { keptIdOf, keptUntilCauses, type KeptUntilAnswer, type Language } from '@toeverlaat/contracts';
import { createRunner, metadataOf, streamName } from '@toeverlaat/event-log';
import { explainKeptNotice } from '@toeverlaat/legal';
import { Deferred, type PublicEvent, type Reaction } from '@toeverlaat/messaging';
import type { OrganisationId } from '@toeverlaat/values';
import { z } from 'zod';
import { reactionContext } from '../context.js';
import { nothingSealed } from '../nothing-sealed.js';
import type { ServiceRuntime } from '../runtime.js';
import { keptNoticeDecider } from './decide.js';
import type { KeptNoticeData } from './events.js';
import { keptNoticeCategory, keptNoticeCodec } from './index.js';

/** Which side of a record asks: that of its controller is told of holds, the other is not (ADR 42). */
export type KeptSide = 'controller' | 'other';

export type KeptNotices = {
  /** What moves the day until which a record of this service is kept, recorded here as a fact of this service. */
  readonly reactions: Readonly<Record<string, Reaction>>;
  /**
   * Until when a record is kept and why, as one side of it is told. The answer to `other` is the same with and without a hold.
   * @param asked `part`: what of the record is kept by a rule of its own; `asOf`: as it had been told by then
   * @returns null where nothing was told yet
   */
  readonly of: (
    organisation: OrganisationId,
    record: string,
    asked: {
      readonly side: KeptSide;
      readonly language: Language;
      readonly part?: string;
      readonly asOf?: string | undefined;
    },
  ) => Promise<KeptUntilAnswer | null>;
};

/** What records publishes and a service that keeps records has nothing to do with. */
export const ignoredOfRecords: readonly string[] = ['records.LegalHoldPlaced', 'records.LegalHoldLifted'];

const moved = z.object({
  service: z.string(),
  record: z.string(),
  recordClass: z.string(),
  because: z.enum(keptUntilCauses),
  keptUntil: z.string().nullable(),
  held: z.boolean(),
  // An older build said the day alone.
  ruleVersion: z.number().default(0),
  start: z.string().nullish(),
  period: z.string().nullish(),
  lawVersion: z.string().nullish(),
});

/** The codec of the event checks each value; what does not fit is parked, as any event that cannot be read. */
const dataOf = (event: PublicEvent): KeptNoticeData & { readonly service: string } => {
  const { keptUntil, start, period, lawVersion, recordClass, ...rest } = moved.parse(event.data);
  return {
    ...rest,
    recordClass: recordClass as KeptNoticeData['recordClass'],
    keptUntil: keptUntil ?? undefined,
    start: start ?? undefined,
    period: period ?? undefined,
    lawVersion: lawVersion ?? undefined,
    movedAt: event.recordedAt,
    moved: event.revision,
  };
};

const isOfHold = ({ because }: KeptNoticeData): boolean => because === 'hold_placed' || because === 'hold_lifted';

/** What a service that keeps records is told of how long, and tells the two sides of each. */
export const createKeptNotices = ({
  service,
  log,
  clock,
}: Pick<ServiceRuntime, 'service' | 'log' | 'clock'>): KeptNotices => {
  const category = keptNoticeCategory(service);
  const codec = keptNoticeCodec(service);
  const notices = createRunner({ log, clock, category, codec, decider: keptNoticeDecider, ...nothingSealed });

  return {
    reactions: {
      'records.KeptUntilMoved': async (event) => {
        const { service: owner, ...data } = dataOf(event);
        if (owner !== service) return;
        const outcome = await notices.execute(
          event.streamId,
          { type: 'TellKeptUntil', data },
          reactionContext('kept until told', event),
        );
        if (!outcome.ok && outcome.rejection.kind === 'Unavailable') throw new Deferred(outcome.rejection.detail);
      },
    },
    of: async (organisation, record, { side, language, part, asOf }) => {
      const recorded = await log.readStream(
        streamName(category, organisation, keptIdOf(organisation, service, record, part)),
      );
      const told = recorded
        .filter((event) => asOf === undefined || metadataOf(event).recordedAt <= asOf)
        .flatMap((event) => codec.decodeStored(event)?.data ?? []);
      const last = told.findLast((notice) => side === 'controller' || !isOfHold(notice));
      if (last === undefined) return null;
      const held = side === 'controller' ? last.held : null;
      return {
        keptUntil: last.keptUntil ?? null,
        held,
        because: last.because,
        movedAt: last.movedAt,
        explanation: explainKeptNotice(last, held === null ? undefined : { held }, language),
      };
    },
  };
};
