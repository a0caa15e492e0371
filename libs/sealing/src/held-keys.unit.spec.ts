import {
  accept,
  clear,
  code,
  createCodec,
  createMemoryEventLog,
  createRunner,
  ERASED,
  eventType,
  participantCode,
  type Command,
  type Decider,
  type Erasable,
  type EventOf,
} from '@toeverlaat/event-log';
import { newCommandId, organisationId, settableClock, type OrganisationId } from '@toeverlaat/values';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createKeyring } from './keyring.js';
import { createMemoryKeyringStore } from './keyring-memory.js';
import { createMemoryRootKey } from './root-key.js';
import { createSealer } from './sealer.js';
import { createMemoryVault } from './vault-memory.js';

const GENTIA = organisationId('gentia');
const ZORGNET = organisationId('zorgnet');
const clock = settableClock('2026-11-02T10:00:00.000Z');
const request = { by: 'p-1', reason: 'retention.informal v1', at: '2026-11-02T10:00:00.000Z' };

const Noted = eventType('sample', 'Noted', 1, {
  about: clear(z.string()),
  site: code(z.string()),
  part: participantCode(z.string(), 'about'),
});
const codec = createCodec({ events: [Noted], recordSubject: (id) => `case/${id}` });
type Note = Command<'Note', { readonly about: string; readonly site: string; readonly part: string }>;
type State = { readonly notes: readonly { readonly site: string; readonly part: Erasable<string> }[] };
const decider: Decider<Note, EventOf<readonly [typeof Noted]>, State> = {
  initial: { notes: [] },
  decide: ({ data }) => accept({ type: 'Noted', data }),
  evolve: ({ notes }, { data: { site, part } }) => ({ notes: [...notes, { site, part }] }),
};

/** Two processes over one log and one vault, each with a memory of its own. */
const bench = () => {
  const vault = createMemoryVault();
  const keyring = createKeyring(createMemoryKeyringStore(), createMemoryRootKey(), clock);
  const log = createMemoryEventLog();
  let now = 0;
  const monotonic = () => now;
  const process = () => {
    const sealing = createSealer({ vault, keyring, monotonic });
    const runner = createRunner({
      log,
      sealer: sealing.forService({ classes: ['case'] }),
      clock,
      monotonic,
      category: 'sample.note',
      codec,
      decider,
      fingerprintKey: async () => Buffer.from('key'),
    });
    const note = (organisation: OrganisationId, site: string) =>
      runner.execute(
        'n1',
        { type: 'Note', data: { about: 'a', site, part: 'accused' } },
        {
          organisation,
          commandId: newCommandId(),
          actor: { pseudonym: 'staff1', capacity: 'counsellor' },
          purpose: 'test',
          correlationId: newCommandId(),
          causationId: newCommandId(),
          policyVersion: '1',
          lawVersion: '1',
        },
      );
    const states = async (organisation: OrganisationId) => {
      const loaded = await runner.load(organisation, 'n1');
      return loaded.kind === 'loaded' ? loaded.state.notes : loaded.kind;
    };
    return { sealing, note, states };
  };
  return {
    here: process(),
    there: process(),
    pass: (ms: number): void => {
      now += ms;
    },
  };
};

describe('what a runner keeps of opened codes', () => {
  it('goes at once here, and within 60 seconds in another process, when the key of the record is destroyed', async () => {
    const { here, there, pass } = bench();
    await here.note(GENTIA, 'ghent');
    await here.note(ZORGNET, 'liege');
    for (const { states } of [here, there]) {
      expect(await states(GENTIA)).toEqual([{ site: 'ghent', part: 'accused' }]);
      expect(await states(ZORGNET)).toEqual([{ site: 'liege', part: 'accused' }]);
    }
    await here.sealing.destroy(GENTIA, 'case/n1', request);
    expect(await here.states(GENTIA)).toBe('erased');
    pass(60_000);
    expect(await there.states(GENTIA)).toBe('erased');
    expect(await here.states(ZORGNET)).toEqual([{ site: 'liege', part: 'accused' }]);
  });

  it('loses what concerned a participant whose key is destroyed, and keeps the rest', async () => {
    const { here, there, pass } = bench();
    await here.note(GENTIA, 'ghent');
    await here.states(GENTIA);
    await there.states(GENTIA);
    await here.sealing.destroy(GENTIA, 'case/n1#a', request);
    expect(await here.states(GENTIA)).toEqual([{ site: 'ghent', part: ERASED }]);
    pass(60_000);
    expect(await there.states(GENTIA)).toEqual([{ site: 'ghent', part: ERASED }]);
    expect(await here.note(GENTIA, 'brussels')).toMatchObject({ ok: false, rejection: { kind: 'Erased' } });
  });
});

describe('keys that are held', () => {
  it('are those in memory: of this organisation, not destroyed, not older than 60 seconds', async () => {
    const { here, there, pass } = bench();
    const sealed = await here.sealing.seal([
      {
        organisation: GENTIA,
        subjects: ['case/1'],
        context: { organisation: GENTIA, stream: 'sample.note-gentia_1', eventId: 'e', type: 't', path: 'p' },
        value: 'x',
      },
    ]);
    const keys = sealed.ok ? (sealed.value[0]?.keys ?? []) : [];
    expect(keys).toHaveLength(1);
    expect(here.sealing.holds?.(GENTIA, keys)).toBe(true);
    expect(here.sealing.holds?.(GENTIA, [])).toBe(true);
    expect(here.sealing.holds?.(ZORGNET, keys)).toBe(false);
    expect(there.sealing.holds?.(GENTIA, keys)).toBe(false);
    pass(60_000);
    expect(here.sealing.holds?.(GENTIA, keys)).toBe(false);
    await here.sealing.close();
    expect(here.sealing.holds?.(GENTIA, [])).toBe(false);
  });
});

describe('keys that another process destroyed', () => {
  /** A process whose vault answers when it is let. */
  const slow = () => {
    const vault = createMemoryVault();
    const keyring = createKeyring(createMemoryKeyringStore(), createMemoryRootKey(), clock);
    let answers = Promise.resolve();
    const sealing = createSealer({
      vault: {
        ...vault,
        findById: async (organisation, keyIds) => {
          const states = await vault.findById(organisation, keyIds);
          await answers;
          return states;
        },
        findBySubject: async (organisation, subjects) => {
          const states = await vault.findBySubject(organisation, subjects);
          await answers;
          return states;
        },
      },
      keyring,
      monotonic: () => 0,
    });
    const there = createSealer({ vault, keyring, monotonic: () => 0 });
    const hold = (): (() => void) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      answers = promise;
      return resolve;
    };
    return { sealing, there, hold };
  };
  const itemOf = (subjects: readonly string[]) => ({
    organisation: GENTIA,
    subjects,
    context: { organisation: GENTIA, stream: 'sample.note-gentia_1', eventId: 'e', type: 't', path: 'p' },
    value: 'x',
  });
  const sealOne = async (sealing: ReturnType<typeof createSealer>, subjects: readonly string[]) => {
    const sealed = await sealing.seal([itemOf(subjects)]);
    const [value] = sealed.ok ? sealed.value : [];
    if (value === undefined) throw new Error('nothing was sealed');
    return value;
  };

  it('are forgotten while the vault still answers for others, whatever was in memory when that began', async () => {
    const { sealing, there, hold } = slow();
    const known = await sealOne(sealing, ['case/1']);
    const both = await sealOne(there, ['case/1', 'case/2']);
    const let_ = hold();
    const opening = sealing.open(GENTIA, [known, both]);
    const adding = sealing.seal([itemOf(['case/1', 'case/3'])]);
    sealing.forget(GENTIA, 'case/1', known.keys);
    let_();
    expect(await opening).toEqual([{ kind: 'erased' }, { kind: 'erased' }]);
    expect(await adding).toEqual({ ok: false, error: { kind: 'KeyDestroyed', subject: 'case/1' } });
  });

  it('are not put back by an answer of the vault that is older than their end', async () => {
    const { sealing, there, hold } = slow();
    const value = await sealOne(there, ['case/1']);
    const let_ = hold();
    const opening = sealing.open(GENTIA, [value]);
    sealing.forget(GENTIA, 'case/1', value.keys);
    let_();
    expect(await opening).toEqual([{ kind: 'erased' }]);
    expect(sealing.holds?.(GENTIA, value.keys)).toBe(false);
  });

  it('are told to whoever kept what they opened, and are those of a service’s own record classes', async () => {
    const { sealing } = slow();
    const value = await sealOne(sealing, ['case/1']);
    const told: string[] = [];
    sealing.onForgotten?.((organisation, keyIds) => told.push(organisation, ...keyIds));
    sealing.forService({ classes: ['request'] }).forget(GENTIA, 'case/1', value.keys);
    sealing.forget(ZORGNET, 'case/1', value.keys);
    expect(sealing.holds?.(GENTIA, value.keys)).toBe(true);
    expect(told).toEqual([ZORGNET, ...value.keys]);
    await sealing.destroy(GENTIA, 'case/1', request);
    expect(told.slice(2)).toEqual([GENTIA, ...value.keys]);
  });
});

describe('nonces', () => {
  it('are never given twice, though many are drawn at once', async () => {
    const { here, there } = bench();
    const seen = new Set<string>();
    for (let round = 0; round < 30; round += 1)
      for (const { sealing } of [here, there]) {
        const sealed = await sealing.seal(
          Array.from({ length: 77 }, (_, index) => ({
            organisation: GENTIA,
            subjects: ['case/1'],
            context: { organisation: GENTIA, stream: 'sample.note-gentia_1', eventId: 'e', type: 't', path: 'p' },
            value: index,
          })),
        );
        for (const { iv } of sealed.ok ? sealed.value : []) seen.add(iv);
      }
    expect(seen.size).toBe(30 * 2 * 77);
  });
});
