import { isErased, type RecordedEvent, type Rejection } from '@toeverlaat/event-log';
import {
  caseReadersQuery,
  exclusionsOverQuery,
  holdersOverQuery,
  standingOverQuery,
  type RequestContext,
} from '@toeverlaat/contracts';
import {
  isService,
  momentsOf,
  NOTHING_REPLAYED,
  periodsIn,
  readersByRole,
  readersOver,
  rolesReadingOwn,
  serveQuery,
  serviceCaller,
  type Moment,
  type Replayed,
  type Served,
  type Standing,
  type StandingSource,
} from '@toeverlaat/service-kit';
import { err, ok, type OrganisationId, type Result } from '@toeverlaat/values';
import {
  caseCodec,
  caseSubject,
  evolve,
  initialCase,
  isExcluded,
  personOf,
  type CaseState,
} from '../domain/case/index.js';
import { thirdPartySubject } from '../domain/third-party-entry/index.js';
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

/** A case as it stood after each of its events; undefined for none, or what is left of an erased one. */
const momentsOfCase = async (
  core: CaseCore,
  organisation: OrganisationId,
  record: string,
): Promise<
  Result<{ readonly events: readonly RecordedEvent[]; readonly moments: readonly Moment[] } | undefined, Rejection>
> => {
  const loaded = await core.cases.load(organisation, record);
  if (loaded.kind === 'unavailable') return err(unavailable('key'));
  if (loaded.kind === 'erased') return err({ kind: 'Erased' });
  if (loaded.kind !== 'loaded' || loaded.state.status === 'absent') return ok(undefined);
  const { events } = loaded;
  const moments = await momentsOf(core.runtime, events, {
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
  return moments.ok ? ok({ events, moments: moments.value }) : moments;
};

/** An entry of the register of facts by third parties: whoever keeps it or employs could read it from when it was recorded (ADR 76). */
const readersOfEntry = async (
  core: CaseCore,
  context: RequestContext,
  record: string,
  period: { readonly from: string; readonly to: string },
): Promise<Result<Replayed, Rejection>> => {
  const { organisation } = context.caller;
  const loaded = await core.thirdParty.load(organisation, record);
  if (loaded.kind === 'unavailable') return err(unavailable('key'));
  if (loaded.kind === 'erased') return err({ kind: 'Erased' });
  if (loaded.kind !== 'loaded' || loaded.state.status === 'absent') return ok(NOTHING_REPLAYED);
  const { after: _, ...plain } = context;
  const holders = await core.runtime.rpc.query(
    holdersOverQuery,
    { ...plain, purpose: 'operate', caller: serviceCaller('case', organisation) },
    { roles: [...rolesReadingOwn('third_party_entry')], ...period },
  );
  if (!holders.ok) return err(holders.rejection);
  const keyRecipients = await core.runtime.sealing.recipients(organisation, thirdPartySubject(record));
  return ok(readersByRole(holders.value, 'third_party_entry', { events: loaded.events, keyRecipients }, period));
};

/** Replays who could read a case or an entry of the register, for the access history. */
export const createCaseReaders = (core: CaseCore): Served => {
  const standingOf: StandingSource = (context, asked) => core.runtime.rpc.query(standingOverQuery, context, asked);
  return serveQuery(caseReadersQuery, async (context, { record, from, to }) => {
    const { caller } = context;
    const forReferral = isService(caller, 'referral');
    if (!forReferral && !isService(caller, 'records')) return err({ kind: 'NotFound' });
    const found = await momentsOfCase(core, caller.organisation, record);
    if (!found.ok) return found;
    if (found.value === undefined) return readersOfEntry(core, context, record, { from, to });
    const keyRecipients = await core.runtime.sealing.recipients(caller.organisation, caseSubject(record));
    const replayed = await readersOver(standingOf, 'case', context, { ...found.value, keyRecipients }, { from, to });
    if (!replayed.ok || !forReferral) return replayed;
    // The evidence of a referral names no event of its case (ADR 74).
    const readers = replayed.value.readers.filter(({ relation }) => relation === 'handler');
    return ok({ ...NOTHING_REPLAYED, known: true, readers });
  });
};

/** Replays whom a case excluded and when, for those who keep its request or what was handed over from it (ADR 17). */
export const createCaseExclusions = (core: CaseCore): Served =>
  serveQuery(exclusionsOverQuery, async (context, { caseId, people, from, to }) => {
    const { caller } = context;
    if (!isService(caller, 'intake') && !isService(caller, 'referral')) return err({ kind: 'NotFound' });
    const found = await momentsOfCase(core, caller.organisation, caseId);
    // Without the case nobody is excluded by it: its copies are then all there is.
    if (!found.ok) return found.error.kind === 'Erased' ? ok({ spans: [] }) : found;
    const moments = found.value?.moments ?? [];
    const spans = people.flatMap(({ home, person }) =>
      periodsIn(moments, ({ excludes }) => excludes({ organisation: home, person }), { from, to }).map((span) => ({
        home,
        person,
        ...span,
      })),
    );
    return ok({ spans });
  });
