import { isErased } from '@toeverlaat/event-log';
import { caseReadersQuery, standingOverQuery } from '@toeverlaat/contracts';
import {
  isService,
  momentsOf,
  NOTHING_REPLAYED,
  readersOver,
  serveQuery,
  type Served,
  type Standing,
  type StandingSource,
} from '@toeverlaat/service-kit';
import { err, ok } from '@toeverlaat/values';
import {
  caseCodec,
  caseSubject,
  evolve,
  initialCase,
  isExcluded,
  personOf,
  type CaseState,
} from '../domain/case/index.js';
import { unavailable, type CaseCore, type ExistingCase } from './core.js';

const INTERVENERS = ['counsellor', 'prevention_adviser'] as const;

/** What everybody is to a case, as the gate would judge it: see `relationsOf`. */
const standingsIn = (state: ExistingCase): readonly Standing[] => {
  const { handler, handover, applicant, participants, tellings } = state;
  const staff = (
    relation: 'handler' | 'successor',
    who: { readonly pseudonym: string; readonly person: typeof handler.person },
  ): Standing => ({
    roles: INTERVENERS,
    relation,
    recordClass: 'case',
    pseudonym: who.pseudonym,
    person: isErased(who.person) ? undefined : personOf(who.person),
  });
  return [
    staff('handler', handler),
    ...(handover.status !== 'none' && handover.successor !== undefined ? [staff('successor', handover.successor)] : []),
    {
      roles: [applicant.identity === 'account' ? 'worker' : 'anonymous_worker'],
      relation: 'applicant',
      recordClass: 'case',
      pseudonym: applicant.participantId,
    },
    ...Object.keys(participants)
      .filter((id) => Object.values(tellings).some(({ participantId }) => participantId === id))
      .map((id): Standing => ({
        roles: ['participant'],
        relation: 'participant',
        recordClass: 'told_item',
        pseudonym: id,
      })),
  ];
};

/** Replays who could read a case, for the access history. */
export const createCaseReaders = (core: CaseCore): Served => {
  const standingOf: StandingSource = (context, asked) => core.runtime.rpc.query(standingOverQuery, context, asked);
  return serveQuery(caseReadersQuery, async (context, { record, from, to }) => {
    const { caller } = context;
    if (!isService(caller, 'records')) return err({ kind: 'NotFound' });
    const loaded = await core.cases.load(caller.organisation, record);
    if (loaded.kind === 'unavailable') return err(unavailable('key'));
    if (loaded.kind === 'erased') return err({ kind: 'Erased' });
    if (loaded.kind !== 'loaded' || loaded.state.status === 'absent') return ok(NOTHING_REPLAYED);
    const moments = await momentsOf(core.runtime, loaded.events, {
      codec: caseCodec,
      initial: initialCase,
      evolve,
      momentOf: (state: CaseState) =>
        Promise.resolve(
          ok(
            state.status === 'absent'
              ? { standings: [], excludes: () => false }
              : { standings: standingsIn(state), excludes: (person) => isExcluded(state, person) },
          ),
        ),
    });
    if (!moments.ok) return moments;
    const keyRecipients = await core.runtime.sealing.recipients(caller.organisation, caseSubject(record));
    const replayed = { events: loaded.events, moments: moments.value, keyRecipients };
    return readersOver(standingOf, 'case', context, replayed, { from, to });
  });
};
