import { eraseSubjectCommands } from '@toeverlaat/contracts';
import {
  createRunner,
  ERASED,
  streamName,
  type CommandContext,
  type EventLog,
  type Position,
} from '@toeverlaat/event-log';
import type { SealingService } from '@toeverlaat/sealing';
import {
  createErasurePart,
  erasurePartCategory,
  erasurePartCodec,
  serviceRequest,
  watchDestroyedKeys,
} from '@toeverlaat/service-kit';
import { silentLogger } from '@toeverlaat/telemetry';
import {
  newCommandId,
  ok,
  organisationId,
  randomId,
  settableClock,
  uuidV5,
  type OrganisationId,
} from '@toeverlaat/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noteCodec, noteDecider } from './destroyed-keys-sample.js';

/** A process over a log and keys that it shares with others. Its keys never grow old: what goes, goes because it was destroyed. */
export type Replica = { readonly log: EventLog; readonly sealing: SealingService };
export type ReplicasUnderTest = {
  readonly replica: () => Promise<Replica>;
  readonly dispose: () => Promise<void>;
};

const clock = settableClock('2026-11-02T10:00:00.000Z');
/** Milliseconds that a busy machine may take. */
const PATIENCE_MS = 120_000;
const RECORD = '11111111-2222-4333-8444-555555555555';
const CASE = `case/${RECORD}`;

const contextOf = (organisation: OrganisationId): CommandContext => ({
  organisation,
  commandId: newCommandId(),
  actor: { pseudonym: 'staff1', capacity: 'counsellor' },
  purpose: 'test',
  correlationId: newCommandId(),
  causationId: newCommandId(),
  policyVersion: '1',
  lawVersion: '1',
});

/** What a service does in one of its processes: it folds, opens, and erases when records orders it. */
const processOver = ({ log, sealing }: Replica) => {
  const runner = createRunner({
    log,
    sealer: sealing,
    clock,
    monotonic: () => 0,
    category: 'sample.note',
    codec: noteCodec,
    decider: noteDecider,
    fingerprintKey: () => Promise.resolve(Buffer.from('key')),
  });
  const part = createErasurePart(
    { service: 'case', log, clock, sealing },
    { whenProcessed: () => Promise.resolve('processed') },
    { check: () => Promise.resolve(ok(undefined)) },
  );
  const served = part.served.find(({ pattern }) => pattern === eraseSubjectCommands.case.pattern);
  return {
    note: (organisation: OrganisationId) =>
      runner.execute(
        RECORD,
        { type: 'Note', data: { about: 'a', site: 'ghent', part: 'accused' } },
        contextOf(organisation),
      ),
    folded: async (organisation: OrganisationId) => {
      const loaded = await runner.load(organisation, RECORD);
      return loaded.kind === 'loaded' ? loaded.state.notes : loaded.kind;
    },
    /** Gives the position of the event in which the key is said to be destroyed. */
    erase: async (organisation: OrganisationId, subject: string): Promise<Position> => {
      const erasureId = uuidV5('test erasure', organisation, subject);
      const reply = await served?.handle({
        context: serviceRequest('records', contextOf(organisation)),
        commandId: newCommandId(),
        data: { erasureId, subject, reason: 'data_subject_request' },
      });
      expect(reply).toMatchObject({ ok: true });
      const said = await log.readStream(streamName(erasurePartCategory('case'), organisation, erasureId));
      const destroyed = said.find((event) => erasurePartCodec('case').decodeStored(event)?.type === 'KeyDestroyed');
      if (destroyed === undefined) throw new Error('no key was destroyed');
      return destroyed.position;
    },
  };
};

/** Two processes over one log and one vault: what one destroys, the other holds no more once it has read so (ADR 81). */
export const destroyedKeysContract = (name: string, open: () => Promise<ReplicasUnderTest>): void => {
  describe(`keys that another process destroyed: ${name}`, () => {
    let replicas: ReplicasUnderTest;
    let here: Replica;
    let there: Replica;
    let watch: Awaited<ReturnType<typeof watchDestroyedKeys>>;
    const forgotten: string[] = [];
    const fresh = () => {
      const suffix = randomId().replaceAll('-', '').slice(0, 20);
      return [organisationId(`gentia${suffix}`), organisationId(`zorgnet${suffix}`)] as const;
    };
    beforeAll(async () => {
      replicas = await open();
      here = await replicas.replica();
      there = await replicas.replica();
      there.sealing.onForgotten?.((_, keyIds) => forgotten.push(...keyIds));
      watch = await watchDestroyedKeys(there.log, there.sealing, silentLogger());
    }, PATIENCE_MS);
    afterAll(async () => {
      await watch.stop();
      for (const { log, sealing } of [here, there]) {
        await log.close();
        await sealing.close();
      }
      await replicas.dispose();
    }, PATIENCE_MS);

    const sealAt = async ({ sealing }: Replica, organisation: OrganisationId, subjects: readonly string[]) => {
      const context = { organisation, stream: `sample.note-${organisation}_1`, eventId: 'e', type: 't', path: 'p' };
      const sealed = await sealing.seal([{ organisation, subjects, context, value: 'woorden' }]);
      const [value] = sealed.ok ? sealed.value : [];
      if (value === undefined) throw new Error('nothing was sealed');
      return value;
    };
    const openedAt = async ({ sealing }: Replica, organisation: OrganisationId, values: readonly Sealed[]) =>
      (await sealing.open(organisation, values)).map(({ kind }) => kind);
    type Sealed = Awaited<ReturnType<typeof sealAt>>;

    it(
      'of a record: nothing sealed for it alone or with others opens, nothing is sealed for it, no fold of it stays',
      async () => {
        const [gentia, zorgnet] = fresh();
        const [mine, other] = [processOver(here), processOver(there)];
        const values = new Map<OrganisationId, readonly Sealed[]>();
        for (const organisation of [gentia, zorgnet]) {
          expect(await mine.note(organisation)).toMatchObject({ ok: true });
          values.set(organisation, [
            await sealAt(here, organisation, [CASE]),
            await sealAt(here, organisation, [CASE, 'advice/author']),
            await sealAt(here, organisation, [`${CASE}#b`]),
            await sealAt(here, organisation, ['advice/author']),
          ]);
        }
        const of = (organisation: OrganisationId) => values.get(organisation) ?? [];
        const all = ['opened', 'opened', 'opened', 'opened'];
        for (const organisation of [gentia, zorgnet]) {
          expect(await openedAt(there, organisation, of(organisation))).toEqual(all);
          expect(await other.folded(organisation)).toEqual([{ site: 'ghent', part: 'accused' }]);
        }
        const keys = of(gentia)[0]?.keys ?? [];
        expect(there.sealing.holds?.(gentia, keys)).toBe(true);

        const position = await mine.erase(gentia, CASE);
        expect(await watch.whenSeen(position, PATIENCE_MS)).toBe(true);
        expect(forgotten).toEqual(expect.arrayContaining([...keys]));
        expect(there.sealing.holds?.(gentia, keys)).toBe(false);
        expect(await openedAt(there, gentia, of(gentia))).toEqual(['erased', 'erased', 'erased', 'opened']);
        expect(await other.folded(gentia)).toBe('erased');
        expect(await other.note(gentia)).toMatchObject({ ok: false, rejection: { kind: 'Erased' } });
        // The other organisation, whose record has the same id, keeps its own.
        expect(await openedAt(there, zorgnet, of(zorgnet))).toEqual(all);
        expect(await other.folded(zorgnet)).toEqual([{ site: 'ghent', part: 'accused' }]);
      },
      PATIENCE_MS,
    );

    it(
      'of one person in a record that lives on: what concerned them goes, the rest stays',
      async () => {
        const [gentia] = fresh();
        const [mine, other] = [processOver(here), processOver(there)];
        await mine.note(gentia);
        const values = [await sealAt(here, gentia, [CASE]), await sealAt(here, gentia, [CASE, `${CASE}#a`])];
        expect(await openedAt(there, gentia, values)).toEqual(['opened', 'opened']);
        expect(await other.folded(gentia)).toEqual([{ site: 'ghent', part: 'accused' }]);
        expect(await watch.whenSeen(await mine.erase(gentia, `${CASE}#a`), PATIENCE_MS)).toBe(true);
        expect(await openedAt(there, gentia, values)).toEqual(['opened', 'erased']);
        expect(await other.folded(gentia)).toEqual([{ site: 'ghent', part: ERASED }]);
      },
      PATIENCE_MS,
    );
  });
};
