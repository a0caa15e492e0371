import { createMemoryEventLog, type EventLog } from '@toeverlaat/event-log';
import { openCheckpoint, noteVerifier, signNote } from '@toeverlaat/merkle';
import { createMemorySealing } from '@toeverlaat/sealing';
import { verifyFolder, type Verdict } from '@toeverlaat/verify';
import type { OrganisationId } from '@toeverlaat/values';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { INSTALLATION } from '../domain/installation/index.js';
import { createFileAnchor } from './anchors/file.js';
import { beginAnew, ledgerFault } from './anew.js';
import {
  createEvidenceWorld,
  type EvidenceWorld,
  exportedTo,
  faultOf,
  GENTIA,
  writeBoth,
  ZORGNET,
} from './evidence.fixture.js';
import type { Evidence } from './evidence.js';
import { sealedRecords } from './ledger.js';
import { publishedKeys } from './published-keys.js';
import { createSigners } from './signers.js';

let folder: string;
let log: EventLog;
let world: EvidenceWorld;
const running: Evidence[] = [];
const anchorFile = (): string => join(folder, 'anchor.jsonl');
const open = (options: Partial<Parameters<EvidenceWorld['open']>[0]> = {}): Evidence => {
  const evidence = world.open({
    log,
    folder: join(folder, `evidence-${running.length}`),
    anchors: [createFileAnchor(anchorFile())],
    ...options,
  });
  running.push(evidence);
  return evidence;
};
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'installation-signers-'));
  log = createMemoryEventLog();
  world = createEvidenceWorld();
  await writeBoth(log, 20);
});
afterEach(async () => {
  for (const evidence of running.splice(0)) await evidence.stop();
  rmSync(folder, { recursive: true, force: true });
});

const exported = (evidence: Evidence, organisation: OrganisationId): Promise<string> =>
  exportedTo(folder, evidence, organisation);
const keysOf = async (evidence: Evidence): Promise<readonly string[]> =>
  (await evidence.parts.publisher.installation()).signers;
const changes = async (evidence: Evidence): Promise<number> => {
  const state = await evidence.parts.streams.installation();
  return state.status === 'open' ? state.changes : 0;
};
const codeOf = (verdict: Verdict): string => (verdict.ok ? 'sound' : verdict.finding.code);

/** A week in which a seal is made each day. */
const days = async (evidence: Evidence, count: number, from: number): Promise<void> => {
  for (let day = from; day < from + count; day += 1) {
    await writeBoth(log, 3, 20 + day * 3);
    world.hoursLater(24);
    await evidence.look();
  }
};

describe('the key that signs seals', () => {
  it('is changed by an announcement; who knows the old one follows, in every organisation and beside the anchor', async () => {
    const evidence = open();
    await days(evidence, 2, 0);
    const old = await keysOf(evidence);
    world.hoursLater(1);
    const { signers, seal } = await evidence.changeInstallationSigners();
    expect(signers).not.toEqual(old);
    const verifiers = signers.flatMap((key) => {
      const verifier = noteVerifier(key);
      return verifier.ok ? [verifier.value] : [];
    });
    const { origin } = await evidence.parts.publisher.installation();
    expect(await openCheckpoint(seal.note, origin, verifiers)).toMatchObject({ ok: true });
    await days(evidence, 2, 2);
    for (const organisation of [GENTIA, ZORGNET]) {
      const out = await exported(evidence, organisation);
      for (const installationKeys of [old, signers])
        expect(await verifyFolder(out, { installationKeys, anchors: [anchorFile()] })).toMatchObject({
          ok: true,
          facts: { sealerChanges: 1, signerChanges: 0, anchorNewer: 0 },
        });
      const stranger = await createSigners(createMemorySealing(world.clock)).of(INSTALLATION, origin);
      const wrong = stranger.map(({ verifierKey }) => verifierKey);
      expect(codeOf(await verifyFolder(out, { installationKeys: wrong }))).toBe('wrong_key');
    }
    // Another start finds the anchor in order, and goes on sealing.
    world.hoursLater(24);
    const again = open();
    expect(await faultOf(again.mayOpen())).toBe('none');
    expect(await faultOf(again.sealNow())).toBe('none');
    const told = await publishedKeys({ log, sealing: world.sealing })({
      caller: { organisation: GENTIA },
    } as Parameters<ReturnType<typeof publishedKeys>>[0]);
    const ours = told.ok ? told.value.keys.filter(({ use }) => use === 'installation') : [];
    expect(ours.map(({ key, until }) => [key, until !== null])).toEqual([
      [old[0], true],
      [signers[0], false],
    ]);
  });

  it('is not taken from whoever nobody announced, nor from the old one once the new one signs', async () => {
    const evidence = open();
    await days(evidence, 1, 0);
    const state = await evidence.parts.streams.installation();
    if (state.status === 'none') throw new Error('not open');
    const [old] = await createSigners(world.sealing).of(INSTALLATION, state.log.origin);
    world.hoursLater(1);
    await evidence.changeInstallationSigners();
    const out = await exported(evidence, GENTIA);
    const sound = readFileSync(join(out, 'keys.json'), 'utf8');
    type Named = { signers: string[]; announced?: string };
    const keys = JSON.parse(sound) as { installation: Named; earlier: { installation: Named[] } };
    const [thief] = await createSigners(createMemorySealing(world.clock)).of(INSTALLATION, state.log.origin);
    if (thief === undefined || old === undefined) throw new Error('no key');
    const announced = await signNote(
      `toeverlaat signers v1\n${state.log.origin}\ntime ${world.clock.now()}\n${thief.verifierKey}\n`,
      [thief],
    );
    writeFileSync(
      join(out, 'keys.json'),
      JSON.stringify({ ...keys, installation: { ...keys.installation, signers: [thief.verifierKey], announced } }),
    );
    expect(codeOf(await verifyFolder(out, { installationKeys: [old.verifierKey] }))).toBe('signer_unannounced');
    // A key without any announcement begins a chain of its own, of which nobody knows a key.
    writeFileSync(
      join(out, 'keys.json'),
      JSON.stringify({ ...keys, installation: { ...keys.installation, announced: undefined } }),
    );
    expect(codeOf(await verifyFolder(out, { installationKeys: [old.verifierKey] }))).toBe('wrong_key');
    writeFileSync(join(out, 'keys.json'), sound);
    expect(codeOf(await verifyFolder(out, { installationKeys: [old.verifierKey] }))).toBe('sound');
    // The old key signs the newest head once more.
    const lines = readFileSync(join(out, 'seals.jsonl'), 'utf8').trimEnd().split('\n');
    const last = JSON.parse(lines.at(-1) ?? '') as { note: string };
    const text = last.note.slice(0, last.note.indexOf('\n\n') + 1);
    lines[lines.length - 1] = JSON.stringify({ ...last, note: await signNote(text, [old]) });
    writeFileSync(join(out, 'seals.jsonl'), `${lines.join('\n')}\n`);
    const [first, second] = [lines.at(-2), lines.at(-1)];
    // Until the new key has signed it may; the seal before it here was still its own.
    expect(first).not.toBe(second);
    const verdict = await verifyFolder(out, { installationKeys: [old.verifierKey] });
    expect(codeOf(verdict)).toBe('sound');
    await evidence.sealNow();
    const later = await exported(evidence, GENTIA);
    const more = readFileSync(join(later, 'seals.jsonl'), 'utf8').trimEnd().split('\n');
    const newest = JSON.parse(more.at(-1) ?? '') as { note: string };
    const head = newest.note.slice(0, newest.note.indexOf('\n\n') + 1);
    more[more.length - 1] = JSON.stringify({ ...newest, note: await signNote(head, [old]) });
    writeFileSync(join(later, 'seals.jsonl'), `${more.join('\n')}\n`);
    expect(codeOf(await verifyFolder(later, { installationKeys: [old.verifierKey] }))).toBe('wrong_key');
  });

  it.each(['before_signing', 'signed', 'published'] as const)(
    'is changed or not, and nothing between, when it stops at %s',
    async (step) => {
      const first = open();
      await days(first, 1, 0);
      let armed = false;
      const evidence = open({
        at: (reached) => {
          if (armed && reached === step) throw new Error('stopped dead');
        },
      });
      await evidence.publishNow(GENTIA);
      armed = true;
      await expect(evidence.parts.publisher.changeInstallationSigners()).rejects.toThrow('stopped dead');
      const again = open();
      expect(await changes(again)).toBe(step === 'published' ? 1 : 0);
      expect(await faultOf(again.changeInstallationSigners())).toBe('none');
      const facts = { sealerChanges: step === 'published' ? 2 : 1 };
      expect(await verifyFolder(await exported(again, GENTIA), { anchors: [anchorFile()] })).toMatchObject({
        ok: true,
        facts,
      });
    },
  );

  it('is changed once by two replicas at once, and not without the present one or with a clock that went back', async () => {
    const [one, other] = [open(), open()];
    await one.look();
    await other.look();
    world.hoursLater(1);
    const outcomes = await Promise.all(
      [one, other].map(({ parts: { publisher } }) => faultOf(publisher.changeInstallationSigners())),
    );
    expect(outcomes.toSorted()).toEqual(['none', 'overtaken']);
    expect(await changes(one)).toBe(1);
    const lost = open({ sealing: createMemorySealing(world.clock) });
    expect(await faultOf(lost.parts.publisher.changeInstallationSigners())).toBe('signer_key_missing');
    await one.sealNow();
    world.hoursLater(-3);
    expect(await faultOf(one.parts.publisher.changeInstallationSigners())).toBe('clock_went_back');
    expect(await changes(one)).toBe(1);
  });

  it('is found again by a restore of what knew nothing of the change: the lost seals are of the new key', async () => {
    const before = open();
    await days(before, 2, 0);
    const old = await keysOf(before);
    const backup = createMemoryEventLog();
    for (const { organisation, stream, eventId, type, metadata, data } of (await log.readAll({ limit: 100_000 }))
      .events) {
      const one = { eventId, type, metadata, data };
      const appended = await backup.append({ organisation, stream, expected: 'any', events: [one] });
      if (!appended.ok) throw new Error(appended.error.kind);
    }
    await before.changeInstallationSigners();
    await days(before, 1, 2);
    await before.changeInstallationSigners();
    const records = await sealedRecords(log);
    const parts = { log: backup, clock: world.clock, sealing: world.sealing };
    expect(await ledgerFault(parts, records)).toBeUndefined();
    const signers = createSigners(createMemorySealing(world.clock));
    const { origin } = await before.parts.publisher.installation();
    const [thief] = await signers.of(INSTALLATION, origin);
    const last = records.at(-1);
    if (thief === undefined || last === undefined) throw new Error('nothing sealed');
    const text = last.note.slice(0, last.note.indexOf('\n\n') + 1);
    const forged = [...records.slice(0, -1), { ...last, note: await signNote(text, [thief]) }];
    expect(await ledgerFault(parts, forged)).toBe('ledger_false');
    const restore = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
    const { recovered } = await beginAnew(parts, { restore, records });
    expect(recovered).toBeGreaterThan(0);
    // Done twice it is done once.
    await beginAnew(parts, { restore, records });
    log = backup;
    world.hoursLater(1);
    const after = open();
    expect(await changes(after)).toBe(2);
    await after.sealNow();
    const keys = [...old, ...(await keysOf(after))];
    const verdict = await verifyFolder(await exported(after, GENTIA), {
      installationKeys: keys,
      anchors: [anchorFile()],
    });
    expect(verdict).toMatchObject({ ok: true, facts: { sealerChanges: 2, restores: 1, recovered } });
  });
});
