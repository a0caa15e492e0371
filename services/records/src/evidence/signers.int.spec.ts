import { createMemoryEventLog, type EventLog } from '@toeverlaat/event-log';
import { noteVerifier, nodeHasher, verifyTlogProof } from '@toeverlaat/merkle';
import { createMemorySealing } from '@toeverlaat/sealing';
import { verifyFolder } from '@toeverlaat/verify';
import type { OrganisationId } from '@toeverlaat/values';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beginAnew } from './anew.js';
import {
  createEvidenceWorld,
  eventsOf,
  type EvidenceWorld,
  exportedTo,
  faultOf,
  GENTIA,
  rootFromLog,
  writeBoth,
  ZORGNET,
} from './evidence.fixture.js';
import type { Evidence } from './evidence.js';
import { sealedRecords } from './ledger.js';
import { inclusionOf } from './proofs.js';
import { publishedKeys } from './published-keys.js';

let folder: string;
let log: EventLog;
let world: EvidenceWorld;
const running: Evidence[] = [];
const open = (options: Partial<Parameters<EvidenceWorld['open']>[0]> = {}): Evidence => {
  const evidence = world.open({ log, folder: join(folder, `evidence-${running.length}`), ...options });
  running.push(evidence);
  return evidence;
};
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'signers-'));
  log = createMemoryEventLog();
  world = createEvidenceWorld();
  await writeBoth(log, 30);
});
afterEach(async () => {
  for (const evidence of running.splice(0)) await evidence.stop();
  rmSync(folder, { recursive: true, force: true });
});

const signersOf = async (evidence: Evidence, organisation: OrganisationId): Promise<readonly string[]> =>
  (await evidence.parts.publisher.opened(organisation)).log.signers;
const exported = (evidence: Evidence, organisation: OrganisationId): Promise<string> =>
  exportedTo(folder, evidence, organisation);
const changesIn = async (organisation: OrganisationId): Promise<number> =>
  (await eventsOf(log, organisation)).filter(({ type }) => type === 'records.EvidenceSignersChanged.v1').length;

describe('the keys that sign', () => {
  it('are changed by an announcement in the log; who knows the old ones follows, of this organisation alone', async () => {
    const evidence = open();
    await evidence.look();
    const old = await signersOf(evidence, GENTIA);
    const theirs = await signersOf(evidence, ZORGNET);
    world.hoursLater(1);
    const { signers, checkpoint } = await evidence.changeSigners(GENTIA);
    expect(signers).not.toEqual(old);
    expect(checkpoint.root).toBe(await rootFromLog(log, GENTIA, checkpoint.size));
    expect(await signersOf(evidence, ZORGNET)).toEqual(theirs);
    world.hoursLater(1);
    await writeBoth(log, 10, 30);
    await evidence.look();
    await evidence.changeSigners(GENTIA);
    const out = await exported(evidence, GENTIA);
    const newest = await signersOf(evidence, GENTIA);
    for (const keys of [old, signers, newest])
      expect(await verifyFolder(out, { keys })).toMatchObject({ ok: true, facts: { signerChanges: 2, restores: 0 } });
    expect(await verifyFolder(out, { keys: theirs })).toMatchObject({ ok: false, finding: { code: 'wrong_key' } });
    expect(await verifyFolder(await exported(evidence, ZORGNET), { keys: theirs })).toMatchObject({
      ok: true,
      facts: { signerChanges: 0 },
    });
  });

  it('are told with since and until when, and each proof with those that signed it', async () => {
    const evidence = open();
    await evidence.look();
    world.hoursLater(1);
    const { signers } = await evidence.changeSigners(GENTIA);
    world.hoursLater(1);
    await writeBoth(log, 1, 30);
    await evidence.publishNow(GENTIA);
    const told = publishedKeys({ log, sealing: world.sealing });
    const caller = {
      role: 'anonymous_worker',
      organisation: GENTIA,
      pseudonym: 'x',
      capacityId: 'public',
      sites: 'all',
    } as const;
    const answer = await told({
      caller,
      requestId: 'r',
      correlationId: 'r',
      purpose: 'follow_own_request',
      language: 'en',
    } as never);
    const checkpoints = answer.ok ? answer.value.keys.filter(({ use }) => use === 'checkpoint') : [];
    const changed = '2026-11-25T09:00:00.000Z';
    expect(checkpoints.map(({ from, until }) => [from, until])).toEqual([
      ['2026-11-25T08:00:00.000Z', changed],
      [changed, null],
    ]);
    const events = await eventsOf(log, GENTIA);
    const proofOf = async (at: number) => {
      const inclusion = await inclusionOf(evidence, GENTIA, events[at]?.eventId ?? '');
      const verifiers = (inclusion?.signers ?? []).flatMap((key) => {
        const verifier = noteVerifier(key);
        return verifier.ok ? [verifier.value] : [];
      });
      const { leaf = '', origin = '', proof } = inclusion ?? {};
      const holds = await verifyTlogProof(nodeHasher, proof ?? '', {
        leaf: Buffer.from(leaf, 'hex'),
        origin,
        verifiers,
      });
      return { ok: holds.ok, signers: inclusion?.signers };
    };
    expect(await proofOf(0)).toEqual({ ok: true, signers: [checkpoints[0]?.key] });
    const last = events.findLastIndex(({ stream }) => stream.startsWith('case.case'));
    expect(await proofOf(last)).toEqual({ ok: true, signers });
  });

  it.each(['before_signing', 'signed', 'published'] as const)(
    'are changed or not, and nothing between, when it stops at %s',
    async (step) => {
      const first = open();
      await first.look();
      await first.publishNow(GENTIA);
      world.hoursLater(1);
      let armed = false;
      const evidence = open({
        at: (reached) => {
          if (armed && reached === step) throw new Error('stopped dead');
        },
      });
      await evidence.publishNow(GENTIA);
      armed = true;
      await expect(evidence.parts.publisher.changeSigners(GENTIA)).rejects.toThrow('stopped dead');
      const again = open();
      expect(await changesIn(GENTIA)).toBe(step === 'published' ? 1 : 0);
      expect(await faultOf(again.publishNow(GENTIA))).toBe('none');
      expect(await faultOf(again.changeSigners(GENTIA))).toBe('none');
      const facts = { signerChanges: step === 'published' ? 2 : 1 };
      expect(await verifyFolder(await exported(again, GENTIA))).toMatchObject({ ok: true, facts });
    },
  );

  it('are changed once by two replicas at once', async () => {
    const [one, other] = [open(), open()];
    await one.look();
    await other.look();
    world.hoursLater(1);
    const outcomes = await Promise.all(
      [one, other].map(({ parts: { publisher } }) => faultOf(publisher.changeSigners(GENTIA))),
    );
    expect(outcomes.toSorted()).toEqual(['none', 'overtaken']);
    expect(await changesIn(GENTIA)).toBe(1);
    await other.publishNow(GENTIA);
    expect(await verifyFolder(await exported(one, GENTIA))).toMatchObject({ ok: true, facts: { signerChanges: 1 } });
  });

  it('stop all signing when the keyring lacks the present ones, or the clock went back', async () => {
    const evidence = open();
    await evidence.look();
    world.hoursLater(1);
    await evidence.changeSigners(GENTIA);
    const events = (await eventsOf(log, GENTIA)).length;
    world.hoursLater(1);
    const lost = open({ sealing: createMemorySealing(world.clock) });
    expect(await faultOf(lost.changeSigners(GENTIA))).toBe('signer_key_missing');
    expect(await faultOf(lost.parts.publisher.changeSigners(GENTIA))).toBe('signer_key_missing');
    world.hoursLater(-3);
    expect(await faultOf(evidence.parts.publisher.changeSigners(GENTIA))).toBe('clock_went_back');
    expect((await eventsOf(log, GENTIA)).length).toBe(events);
  });

  it('go on under another name after a restore, and change again', async () => {
    const evidence = open();
    await evidence.look();
    const old = await signersOf(evidence, GENTIA);
    world.hoursLater(1);
    await evidence.changeSigners(GENTIA);
    await evidence.sealNow();
    world.hoursLater(1);
    const records = await sealedRecords(log);
    const restore = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
    await beginAnew({ log, clock: world.clock, sealing: world.sealing }, { restore, records });
    world.hoursLater(1);
    await evidence.changeSigners(GENTIA);
    const keys = [...old, ...(await signersOf(evidence, GENTIA))];
    expect(await verifyFolder(await exported(evidence, GENTIA), { keys })).toMatchObject({
      ok: true,
      facts: { signerChanges: 2, restores: 1 },
    });
  });
});
