import { batchExclusions, batchLeftOut, batchRuleCodes, erasureDeclineReasons } from '@toeverlaat/contracts';
import type { CommandMeta, Decision } from '@toeverlaat/event-log';
import type { RetentionRuleId } from '@toeverlaat/legal';
import { InvariantBroken, uuidV5, type CommandId, type OrganisationId } from '@toeverlaat/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  declineReasons,
  storedExclusions,
  storedLeftOut,
  MAX_BATCH,
  MAX_LISTED,
  PREPARED_BY_RUN,
  type BatchReport,
} from '../erasure-vocabulary.js';
import { batchDecider, batchRules, type BatchCommand, type BatchEvent, type BatchState } from './index.js';

const uuid = (name: string): string => uuidV5('fixture', name);
type Bare = BatchCommand extends infer C ? (C extends BatchCommand ? Omit<C, 'meta'> : never) : never;

const meta: CommandMeta = {
  commandId: uuid('command') as CommandId,
  organisation: 'gentia' as OrganisationId,
  at: '2036-03-15T10:00:00.000Z',
  today: '2036-03-15',
  actor: { pseudonym: 'rik2036', capacity: 'records_manager' },
  lawVersion: '2026-1',
};
const fold = (given: readonly BatchEvent[]): BatchState =>
  given.reduce<BatchState>(batchDecider.evolve, batchDecider.initial);
const decide = (command: Bare, given: readonly BatchEvent[]): Decision<BatchEvent> =>
  batchDecider.decide({ ...command, meta } as BatchCommand, fold(given));
const events = (command: Bare, given: readonly BatchEvent[]): readonly BatchEvent[] => {
  const decision = decide(command, given);
  if (decision.kind === 'rejected') throw new Error(JSON.stringify(decision.rejection));
  return decision.events;
};
const history = (...commands: readonly Bare[]): readonly BatchEvent[] => {
  const given: BatchEvent[] = [];
  for (const command of commands) given.push(...events(command, given));
  return given;
};

const LIST_HASH = 'a'.repeat(64);
const listOf = (count: number, recordClass: RetentionRuleId = 'informal_case') =>
  Array.from({ length: count }, (_, at) => ({ keptId: uuid(`${recordClass} ${at}`), recordClass }));
const request = (list = listOf(3), requestedBy = 'rik2036'): Bare => ({
  type: 'RequestBatch',
  data: { asOf: '2036-03-15', counted: [], more: false, list, listHash: LIST_HASH, requestedBy },
});
const confirm = (confirmedBy = 'dora2036', ownPseudonyms: readonly string[] = [confirmedBy]): Bare => ({
  type: 'ConfirmBatch',
  data: { listHash: LIST_HASH, confirmedBy, ownPseudonyms },
});
const advance = (upTo: number): Bare => ({ type: 'AdvanceBatch', data: { upTo, leftOut: [] } });
const report: BatchReport = {
  v: 1,
  organisation: 'gentia',
  batchId: uuid('batch'),
  asOf: '2036-03-15',
  listHash: LIST_HASH,
  requestedBy: 'rik2036',
  confirmedBy: 'dora2036',
  lines: [],
  leftOut: [],
  certificates: 3,
  certificatesHash: 'b'.repeat(64),
};
const complete: Bare = {
  type: 'CompleteBatch',
  data: {
    report,
    reportHash: 'c'.repeat(64),
    signature: 'aaaa',
    signedWith: { alg: 'Ed25519', keyId: 'd'.repeat(32), publicKey: 'bbbb' },
  },
};
const whole: readonly Bare[] = [request(), confirm(), advance(2), advance(3), complete];

describe('a batch of what is due', () => {
  it('goes from the list to the report', () => {
    expect(history(...whole).map(({ type }) => type)).toEqual([
      'ErasureBatchRequested',
      'ErasureBatchListed',
      'ErasureBatchConfirmed',
      'ErasureBatchAdvanced',
      'ErasureBatchAdvanced',
      'ErasureBatchCompleted',
    ]);
    expect(fold(history(...whole))).toMatchObject({ status: 'completed', upTo: 3, reportHash: 'c'.repeat(64) });
  });

  it('keeps its list in order, whatever its length, in events that are not too large', () => {
    fc.assert(
      fc.property(fc.nat(1_200), fc.integer({ min: 1, max: 700 }), (cases, requests) => {
        const list = [...listOf(cases), ...listOf(requests, 'contact_request')];
        const given = history(request(list));
        expect(fold(given)).toMatchObject({ list });
        const lengths = given.flatMap(({ type, data }) => (type === 'ErasureBatchListed' ? [data.keptIds.length] : []));
        expect(Math.max(...lengths)).toBeLessThanOrEqual(MAX_LISTED);
      }),
      { numRuns: 20 },
    );
    expect(() => decide(request(listOf(MAX_BATCH + 1)), [])).toThrow(InvariantBroken);
  });

  it('is not asked for where nothing is due', () => {
    expect(decide(request([]), [])).toMatchObject({ rejection: { code: 'nothing_due' } });
  });

  it('needs a second person, also when a new year gave the first one another pseudonym', () => {
    const given = history(request());
    for (const same of [confirm('rik2036'), confirm('rik2037', ['rik2037', 'rik2036'])])
      expect(decide(same, given)).toMatchObject({ rejection: { code: 'batch_second_person' } });
    expect(events(confirm(), given)).toEqual([{ type: 'ErasureBatchConfirmed', data: { confirmedBy: 'dora2036' } }]);
  });

  it('needs two people where the daily run prepared it: the first who confirms is who asks', () => {
    const given = history(request(listOf(3), PREPARED_BY_RUN));
    expect(fold(given)).toMatchObject({ status: 'prepared' });
    const taken = [...given, ...events(confirm('rik2036'), given)];
    expect(fold(taken)).toMatchObject({ status: 'requested', requestedBy: 'rik2036' });
    expect(decide(confirm('rik2036'), taken)).toMatchObject({ rejection: { code: 'batch_second_person' } });
    expect(fold([...taken, ...events(confirm(), taken)])).toMatchObject({ status: 'confirmed', upTo: 0 });
  });

  it('is confirmed as it was seen, and not once it was declined', () => {
    const other: Bare = {
      type: 'ConfirmBatch',
      data: { listHash: 'f'.repeat(64), confirmedBy: 'dora2036', ownPseudonyms: [] },
    };
    for (const by of ['rik2036', PREPARED_BY_RUN])
      expect(decide(other, history(request(listOf(3), by)))).toMatchObject({ rejection: { code: 'batch_differs' } });
    const decline: Bare = { type: 'DeclineBatch', data: { reason: 'still_needed' } };
    const declined = history(request(), decline);
    expect(events(decline, declined)).toEqual([]);
    expect(decide(confirm(), declined)).toMatchObject({ rejection: { code: 'batch_declined' } });
    expect(decide(decline, history(request(), confirm()))).toMatchObject({ rejection: { code: 'batch_under_way' } });
    expect(decide(confirm(), [])).toEqual({ kind: 'rejected', rejection: { kind: 'NotFound' } });
  });

  it('takes no step twice, and reports nothing before all had their turn', () => {
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(whole.length - 1), (upTo, again) => {
        const given = history(...whole.slice(0, upTo + 1));
        const command = whole[Math.min(again, upTo)];
        if (command === undefined) throw new Error('no command');
        expect(events(command, given)).toEqual([]);
      }),
    );
    expect(() => decide(complete, history(request(), confirm(), advance(2)))).toThrow(InvariantBroken);
    expect(() => decide(advance(2), history(request()))).toThrow(InvariantBroken);
  });

  it('says what the contract says', () => {
    expect(batchRules).toEqual(batchRuleCodes);
    expect(storedExclusions).toEqual(batchExclusions);
    expect(storedLeftOut).toEqual(batchLeftOut);
    expect(declineReasons).toEqual(erasureDeclineReasons);
  });
});
