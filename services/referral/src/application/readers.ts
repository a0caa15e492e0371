import { caseReadersQuery, exclusionsOverQuery, referralReadersQuery, standingOverQuery } from '@toeverlaat/contracts';
import { isErased, metadataOf, type Rejection } from '@toeverlaat/event-log';
import {
  isService,
  momentsOf,
  NOTHING_REPLAYED,
  readersOver,
  readersThrough,
  serveQuery,
  serviceCaller,
  type ExclusionsSource,
  type Moment,
  type Replayed,
  type Served,
  type Standing,
  type StandingSource,
} from '@toeverlaat/service-kit';
import { err, ok, type Result } from '@toeverlaat/values';
import {
  evolveReceived,
  initialReceived,
  receivedCodec,
  receivedSubject,
  type ReceivedState,
} from '../domain/received/index.js';
import { evolveSent, initialSent, sentCodec, sentSubject, type SentState } from '../domain/sent/index.js';
import type { Core } from './core.js';

const NOBODY: Omit<Moment, 'at'> = { standings: [], excludes: () => false };

const senders = (state: SentState): Omit<Moment, 'at'> =>
  state.status === 'none'
    ? NOBODY
    : {
        standings: [
          ...(state.sender === undefined
            ? []
            : [
                {
                  roles: ['counsellor', 'prevention_adviser'] as const,
                  relation: 'sender' as const,
                  recordClass: 'referral_sent' as const,
                  pseudonym: state.sender,
                  person: isErased(state.senderPerson) ? undefined : state.senderPerson,
                },
              ]),
          {
            // By receipt or signed in: the case alone knows which; the id is the one of this record either way.
            roles: ['worker'] as const,
            relation: 'applicant' as const,
            recordClass: 'referral_sent' as const,
            pseudonym: state.applicantParticipantId,
          },
        ],
        excludes: () => false,
      };

/** Also once it was declined or has ended: whoever received it still reads what the sender wrote with it, as `receivedReferral` shows. */
const receivers = (state: ReceivedState): Omit<Moment, 'at'> =>
  state.status === 'none'
    ? NOBODY
    : {
        standings: [
          {
            roles: ['prevention_adviser'],
            relation: 'receiver',
            recordClass: 'referral_received',
            pseudonym: state.receiver,
            person: isErased(state.receiverPerson) ? undefined : state.receiverPerson,
          },
        ],
        excludes: () => false,
      };

/**
 * Replays who could read either side of a referral, for the access history. Whom the case behind it excluded could not, while it
 * did: an exclusion binds the copies (ADR 17). Without the sender's side there is no case to ask, here as in a live read.
 */
export const createReferralReaders = (core: Core): Served => {
  const standingOf: StandingSource = (context, asked) => core.runtime.rpc.query(standingOverQuery, context, asked);
  return serveQuery(
    referralReadersQuery,
    async (context, { record, from, to }): Promise<Result<Replayed, Rejection>> => {
      const { caller } = context;
      if (!isService(caller, 'records')) return err({ kind: 'NotFound' });
      const period = { from, to };
      const sides: Replayed[] = [];
      const sent = await core.sent.load(caller.organisation, record);
      if (sent.kind === 'unavailable') return err({ kind: 'Unavailable', detail: sent.detail });
      const caseId = sent.kind === 'loaded' && sent.state.status !== 'none' ? sent.state.caseId : undefined;
      const { after: _, ...plain } = context;
      const asking = { ...plain, purpose: 'operate', caller: serviceCaller('referral', caller.organisation) };
      const exclusions: ExclusionsSource = async (people, over) => {
        if (caseId === undefined) return ok([]);
        const answer = await core.runtime.rpc.query(exclusionsOverQuery, asking, {
          caseId,
          people: people.map(({ organisation, person }) => ({ home: organisation, person })),
          ...over,
        });
        return answer.ok ? ok(answer.value.spans) : err(answer.rejection);
      };
      /** Every member of staff: the sender reads as handler of the case, the receiver as far as the case lets them. */
      const behind = { binds: ({ person }: Standing) => person !== undefined, exclusions };
      if (sent.kind === 'loaded') {
        const moments = await momentsOf(core.runtime, sent.events, {
          codec: sentCodec,
          initial: initialSent,
          evolve: evolveSent,
          momentOf: (state: SentState) => Promise.resolve(ok(senders(state))),
        });
        if (!moments.ok) return moments;
        const side = await readersOver(
          standingOf,
          'referral',
          context,
          {
            events: sent.events,
            moments: moments.value,
            keyRecipients: await core.runtime.sealing.recipients(caller.organisation, sentSubject(record)),
            behind,
          },
          period,
        );
        if (!side.ok) return side;
        sides.push(side.value);
        // Whoever handles the case now reads what went out of it, whoever sent it (`relationsToCase`); of an erased one nobody.
        const handlers =
          caseId === undefined
            ? undefined
            : await core.runtime.rpc.query(caseReadersQuery, asking, { record: caseId, ...period });
        if (handlers?.ok === false && handlers.rejection.kind !== 'Erased') return err(handlers.rejection);
        const [first] = sent.events;
        if (handlers?.ok === true && first !== undefined) {
          const since = metadataOf(first).recordedAt;
          const readers = readersThrough(handlers.value.readers, 'handler', 'referral_sent', since, period);
          sides.push({ ...side.value, readers: [...readers] });
        }
      }
      const received = await core.received.load(caller.organisation, record);
      if (received.kind === 'unavailable') return err({ kind: 'Unavailable', detail: received.detail });
      if (received.kind === 'loaded') {
        const moments = await momentsOf(core.runtime, received.events, {
          codec: receivedCodec,
          initial: initialReceived,
          evolve: evolveReceived,
          momentOf: (state: ReceivedState) => Promise.resolve(ok(receivers(state))),
        });
        if (!moments.ok) return moments;
        const side = await readersOver(
          standingOf,
          'referral',
          context,
          {
            events: received.events,
            moments: moments.value,
            keyRecipients: await core.runtime.sealing.recipients(caller.organisation, receivedSubject(record)),
            behind,
          },
          period,
        );
        if (!side.ok) return side;
        sides.push(side.value);
      }
      if (sides.length === 0)
        return sent.kind === 'erased' || received.kind === 'erased' ? err({ kind: 'Erased' }) : ok(NOTHING_REPLAYED);
      return ok({
        known: true,
        readers: sides.flatMap(({ readers }) => readers),
        events: [...new Set(sides.flatMap(({ events }) => events))],
        policyVersions: [...new Set(sides.flatMap(({ policyVersions }) => policyVersions))].toSorted(),
        keyRecipients: [...new Set(sides.flatMap(({ keyRecipients }) => keyRecipients))].toSorted(),
      });
    },
  );
};
