import { caseHeldByQuery, referralHeldByQuery, requestHeldByQuery, type HoldMatchInput } from '@toeverlaat/contracts';
import { type CommandContext, type Rejection } from '@toeverlaat/event-log';
import { Deferred, type Reaction } from '@toeverlaat/messaging';
import { partOf, reactionContext, serviceRequest } from '@toeverlaat/service-kit';
import { err, ok, type OrganisationId, type Result } from '@toeverlaat/values';
import type { PlacedHold } from '../domain/legal-hold/index.js';
import { holdsOf } from '../views/retention.js';
import { everyKept, upToDate, versionsOf, type KeptRow, type RetentionCore } from './core.js';

type Active = { readonly holdId: string; readonly hold: PlacedHold };

/** Holds that have not been lifted. Few: each is loaded whole, because what it is about stands sealed. */
const activeHolds = async (
  core: RetentionCore,
  organisation: OrganisationId,
): Promise<Result<readonly Active[], Rejection>> => {
  const rows = core.kept.all<{ hold_id: string }>(
    'SELECT hold_id FROM holds WHERE organisation = ? AND lifted = 0 ORDER BY hold_id',
    [organisation],
  );
  const active: Active[] = [];
  for (const { hold_id: holdId } of rows) {
    const loaded = await core.holds.load(organisation, holdId);
    if (loaded.kind === 'unavailable') return err({ kind: 'Unavailable', detail: loaded.detail });
    // A hold whose key is gone can no longer say what it is on: it must not stop anything by accident, nor be passed by.
    if (loaded.kind === 'erased') return err({ kind: 'Erased' });
    if (loaded.kind === 'loaded' && loaded.state.status === 'placed') active.push({ holdId, hold: loaded.state.hold });
  }
  return ok(active);
};

const inPeriod = ({ begunFrom, begunTo }: PlacedHold, begunOn: string): boolean =>
  (begunFrom === undefined || begunFrom <= begunOn) && (begunTo === undefined || begunOn <= begunTo);

/** Asks the owner of a record which of the holds on people and sites are about it: the owner alone may open that. */
const ownersAnswer = async (
  core: RetentionCore,
  record: Pick<KeptRow, 'service' | 'record'>,
  holds: HoldMatchInput['holds'],
  context: CommandContext,
): Promise<Result<readonly string[], Rejection>> => {
  if (holds.length === 0) return ok([]);
  const { rpc } = core.runtime;
  const asked = { record: record.record, holds };
  const from = serviceRequest('records', context);
  const answerOf = async () => {
    switch (record.service) {
      case 'case':
        return rpc.query(caseHeldByQuery, from, asked);
      case 'intake':
        return rpc.query(requestHeldByQuery, from, asked);
      case 'referral':
        return rpc.query(referralHeldByQuery, from, asked);
      default:
        // Of what the others hold nothing is about a person or a site of a case.
        return undefined;
    }
  };
  const answer = await answerOf();
  if (answer === undefined) return ok([]);
  // Without an answer nothing is destroyed.
  return answer.ok ? ok(answer.value.holdIds) : err({ kind: 'Unavailable', detail: 'hold' });
};

/** The record that a part of one belongs to, while it is kept. */
const recordAround = (core: RetentionCore, { organisation, subject }: KeptRow): KeptRow | undefined => {
  const [record = subject] = subject.split('#');
  return record === subject
    ? undefined
    : core.kept.get<KeptRow>('SELECT * FROM kept WHERE organisation = ? AND subject = ? AND destroyed = 0', [
        organisation,
        record,
      ]);
};

/**
 * Every hold that lies on a record now, those that are only found by asking its owner too. What is on a record is on its parts: its
 * receipt, the notes of who wrote in it.
 */
export const holdsOn = async (
  core: RetentionCore,
  row: KeptRow,
  context: CommandContext,
): Promise<Result<readonly string[], Rejection>> => {
  const own = await ownHoldsOn(core, row, context);
  const around = own.ok ? recordAround(core, row) : undefined;
  if (!own.ok || around === undefined) return own;
  const outer = await ownHoldsOn(core, around, context);
  return outer.ok ? ok([...new Set([...own.value, ...outer.value])].toSorted()) : outer;
};

const ownHoldsOn = async (
  core: RetentionCore,
  row: KeptRow,
  context: CommandContext,
): Promise<Result<readonly string[], Rejection>> => {
  const active = await activeHolds(core, row.organisation);
  if (!active.ok) return active;
  const marked = holdsOf(row.holds).flatMap(([holdId, , to]) => (to === null ? [holdId] : []));
  const found = new Set(marked);
  const toAsk: HoldMatchInput['holds'] = [];
  for (const { holdId, hold } of active.value) {
    switch (hold.scope) {
      case 'records':
        if (hold.kept?.includes(row.kept_id) === true) found.add(holdId);
        break;
      case 'period':
        if (inPeriod(hold, row.begun_on)) found.add(holdId);
        break;
      case 'site':
        if (hold.site !== undefined && inPeriod(hold, row.begun_on)) toAsk.push({ holdId, site: hold.site });
        break;
      case 'person':
        // An entry of the directory is about the person it is of, and nobody has to be asked.
        if (
          row.service === 'directory' &&
          hold.person?.organisation === row.organisation &&
          row.subject === `person/${hold.person.person}`
        )
          found.add(holdId);
        else if (hold.person !== undefined)
          toAsk.push({ holdId, home: hold.person.organisation, person: hold.person.person });
        break;
    }
  }
  const asked = await ownersAnswer(core, row, toAsk, context);
  if (!asked.ok) return asked;
  for (const holdId of asked.value) found.add(holdId);
  return ok([...found].toSorted());
};

/** Marks records with a hold, or frees them of it. Each is one command of its own, and a repeat does nothing. */
export const markHold = async (
  core: RetentionCore,
  holdId: string,
  type: 'Hold' | 'EndHold',
  keptIds: Iterable<string>,
  context: CommandContext,
): Promise<Result<undefined, Rejection>> => {
  const versions = await versionsOf(core, context.organisation);
  if (!versions.ok) return versions;
  for (const keptId of keptIds) {
    core.at('mark_hold');
    const outcome = await core.records.execute(
      keptId,
      { type, data: { keptId, holdId, versions: versions.value } },
      partOf({ ...context, body: { type, holdId, keptId } }, `${type} ${keptId}`),
    );
    if (!outcome.ok && outcome.rejection.kind === 'Unavailable') return err(outcome.rejection);
  }
  return ok(undefined);
};

function* begunIn(core: RetentionCore, organisation: OrganisationId, hold: PlacedHold): Generator<string> {
  for (const row of everyKept<Pick<KeptRow, 'kept_id' | 'begun_on'>>(core, organisation, 'kept_id, begun_on'))
    if (inPeriod(hold, row.begun_on)) yield row.kept_id;
}

/**
 * What follows a hold: the records it names, or that began in its days, are marked, so that it shows on them. Those of a person
 * or a site are found only when one is about to be destroyed.
 */
export const createHoldReactions = (core: RetentionCore): Readonly<Record<string, Reaction>> => ({
  'records.LegalHoldPlaced': async (event) => {
    const loaded = await core.holds.load(event.organisation, event.streamId);
    if (loaded.kind === 'unavailable') throw new Deferred(loaded.detail);
    if (loaded.kind !== 'loaded' || loaded.state.status !== 'placed') return;
    const { hold } = loaded.state;
    if (hold.scope !== 'records' && hold.scope !== 'period') return;
    if (hold.scope === 'period' && !(await upToDate(core)).ok) throw new Deferred('what is kept');
    const keptIds = hold.scope === 'records' ? (hold.kept ?? []) : [...begunIn(core, event.organisation, hold)];
    const marked = await markHold(core, event.streamId, 'Hold', keptIds, reactionContext('hold placed', event));
    if (!marked.ok) throw new Deferred(marked.error.kind);
  },
  'records.LegalHoldLifted': async (event) => {
    if (!(await upToDate(core)).ok) throw new Deferred('what is kept');
    const held = core.kept.all<{ kept_id: string; holds: string }>(
      'SELECT kept_id, holds FROM kept WHERE organisation = ? AND held = 1 ORDER BY kept_id',
      [event.organisation],
    );
    const keptIds = held
      .filter(({ holds }) => holdsOf(holds).some(([holdId, , to]) => holdId === event.streamId && to === null))
      .map(({ kept_id }) => kept_id);
    const freed = await markHold(core, event.streamId, 'EndHold', keptIds, reactionContext('hold lifted', event));
    if (!freed.ok) throw new Deferred(freed.error.kind);
  },
});
