import { copyLog, openSqliteEventLog, type EventLog, type Position } from '@toeverlaat/event-log';
import { openSqliteReactorStore } from '@toeverlaat/messaging';
import { beginElsewhere, createHandingOver, isFull } from '@toeverlaat/records';
import {
  adoptKeys,
  adoptLedger,
  openReaderWrap,
  recordOf,
  type AdoptedKey,
  type LedgerEntry,
  type ReaderWrap,
} from '@toeverlaat/sealing';
import { fileServices, tellHanded } from '@toeverlaat/service-kit';
import { createLogger } from '@toeverlaat/telemetry';
import type { Clock, Instant } from '@toeverlaat/values';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { copyMeasured, isEmptyFolder, measured, syncFolder, writeWhole } from '../backup/files.js';
import { readMarker, removeMarker, writeMarker, type Marker } from '../backup/marker.js';
import { compose } from '../compose.js';
import { createUndo } from '../composition/undo.js';
import { layoutOf, type Layout } from '../layout.js';
import { lockFolder } from '../lock.js';
import type { Settings } from '../settings.js';
import { VERSION } from '../version.js';
import { CONFIRMATION_FORMAT, readConfirmation, signedConfirmation } from './confirmation.js';
import { provedRecords } from './confirm.js';
import { orRefuse } from './decided.js';
import { openStopped } from './installation.js';
import { publicOf } from './key-file.js';
import { listHashOf } from './make.js';
import { placeOf, readManifest, type Handover } from './manifest.js';
import { fingerprintOf } from './receivers.js';
import { LeavingRefused } from './refusal.js';
import { buildViews, firstDifference } from './view-hashes.js';

export type TakeInOptions = {
  /** Of the installation that takes it in: an empty data folder, and a root key that is made where there is none. */
  readonly settings: Settings;
  readonly clock: Clock;
  readonly from: string;
  /** Private keys of receivers, X25519, 32 bytes each. */
  readonly privateKeys: readonly Uint8Array[];
  /** Called before each step, for crash injection. */
  readonly at?: (step: string) => void;
};

export type TakenIn = {
  readonly handover: Handover;
  readonly keys: number;
  readonly events: number;
  /** The signed confirmation, for the host that was left; and the fingerprint of the key that it is signed with. */
  readonly confirmation: string;
  readonly signer: string;
};

/** Name of the key that signs confirmations, in the keyring under the root key. */
const SIGNING_KEY = 'evidence/confirmation';
const SETTLE_MS = 120_000;

const text = z.string().max(4_096);
const wrapSchema = z.strictObject({
  v: z.literal(1),
  organisation: text,
  subject: text,
  keyId: text,
  key: z.strictObject({ v: z.literal(1), alg: z.literal('X25519-A256GCM'), epk: text, iv: text, ct: text }),
});
const entrySchema = z.strictObject({
  subject: text,
  keyIds: z.array(text),
  by: text,
  reason: text,
  at: z.iso.datetime().transform((at) => at as Instant),
});

const linesOf = <T>(file: string, schema: z.ZodType<T>): readonly T[] => {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => schema.parse(JSON.parse(line)));
  } catch (error) {
    throw new LeavingRefused('damaged', file, { cause: error });
  }
};

/** Is every file there, as it was signed? @throws LeavingRefused `damaged` */
export const checkFiles = async (from: string, { files }: Handover): Promise<void> => {
  for (const { path, bytes, sha256 } of files) {
    const file = join(from, path);
    const found = existsSync(file) ? await measured(file) : undefined;
    if (found?.bytes !== bytes || found.sha256 !== sha256) throw new LeavingRefused('damaged', file);
  }
};

/**
 * The keys that these private keys open. Every counsellor and the host have to give theirs; an adviser's may go elsewhere.
 * @throws LeavingRefused `wrong_receiver_key`, `receiver_missing`, `damaged`
 */
const keysFor = async (
  from: string,
  { transfers, organisation }: Handover,
  privateKeys: readonly Uint8Array[],
): Promise<readonly AdoptedKey[]> => {
  const named = new Set(transfers.flatMap(({ to }) => to.map(({ key }) => key)));
  const found = new Map<string, AdoptedKey>();
  for (const privateKey of privateKeys) {
    const fingerprint = fingerprintOf(publicOf(privateKey));
    if (!named.has(fingerprint)) throw new LeavingRefused('wrong_receiver_key', fingerprint);
    const file = join(from, placeOf.keys, `${fingerprint}.jsonl`);
    for (const wrap of linesOf<ReaderWrap>(file, wrapSchema)) {
      const opened = wrap.organisation === organisation ? await openReaderWrap(privateKey, wrap) : undefined;
      if (opened === undefined) throw new LeavingRefused('damaged', file);
      found.set(wrap.keyId, { subject: wrap.subject, keyId: wrap.keyId, material: opened.key });
    }
  }
  const held = new Map<string, number>();
  for (const { subject } of found.values()) held.set(recordOf(subject), (held.get(recordOf(subject)) ?? 0) + 1);
  for (const { record, keys, to } of transfers) {
    const [first] = to;
    if (first !== undefined && first.capacity !== 'adviser' && held.get(record) !== keys)
      throw new LeavingRefused('receiver_missing', `${first.controller} (${first.key})`);
  }
  return [...found.values()];
};

/** Where the confirmation lies until it is sent, and after. */
const confirmationOf = ({ folder }: Pick<Layout, 'folder'>): string => join(folder, 'confirmation.json');

const begin = async (layout: Layout, settings: Settings, handover: Handover): Promise<Marker> => {
  const begun = readMarker(layout);
  if (begun !== undefined) {
    if (begun.backup !== handover.id) throw new LeavingRefused('other_import', layout.restore);
    return begun;
  }
  // The root key of a demonstration lies in the folder itself.
  const rootKey = dirname(settings.rootKey) === layout.folder ? [basename(settings.rootKey)] : [];
  const except = ['lock', `${basename(layout.restore)}.new`, ...rootKey];
  if (!(await isEmptyFolder(layout.folder, except))) throw new LeavingRefused('target_not_empty', layout.folder);
  const marker: Marker = { v: 1, restore: randomUUID(), backup: handover.id, step: 'copying' };
  writeMarker(layout, marker);
  return marker;
};

/** What was begun and cut off goes first: half a file is never taken for a whole one. */
const clear = async (layout: Layout): Promise<void> => {
  for (const path of [
    dirname(layout.log),
    dirname(layout.vault),
    dirname(layout.keyring),
    layout.blobs,
    layout.views,
    layout.evidence,
  ])
    await rm(path, { recursive: true, force: true });
  for (const beside of ['', '-wal', '-shm']) await rm(`${layout.reactors}${beside}`, { force: true });
  await rm(confirmationOf(layout), { force: true });
};

/** Each reaction goes on after what it had handled: a reaction carried out again opens what somebody else had opened already. */
const takeUpReactions = async (layout: Layout, log: EventLog, { reactions }: Handover): Promise<void> => {
  const positions: Position[] = [];
  for (let after; ;) {
    const slice = await log.readAll({ limit: 500, ...(after === undefined ? {} : { after }) });
    positions.push(...slice.events.map(({ position }) => position));
    after = slice.next;
    if (slice.atEnd) break;
  }
  const store = openSqliteReactorStore(layout.reactors);
  try {
    for (const [reaction, handled] of Object.entries(reactions)) {
      const position = positions[handled - 1];
      if (position !== undefined) await store.advance(reaction, position, []);
    }
  } finally {
    store.close();
  }
};

const fill = async (
  layout: Layout,
  { settings, clock, from, at = () => undefined }: TakeInOptions,
  handover: Handover,
  keys: readonly AdoptedKey[],
  marker: Marker,
): Promise<void> => {
  const { organisation } = handover;
  const undo = createUndo(createLogger({ level: settings.logLevel, service: 'import' }));
  try {
    await mkdir(dirname(layout.log), { recursive: true, mode: 0o700 });
    const { log, stores, sealing } = await openStopped(layout, settings.rootKey, clock, undo, { createRootKey: true });
    if (marker.step === 'copying') {
      at('keys');
      const ledger: readonly LedgerEntry[] = linesOf(join(from, placeOf.ledger), entrySchema);
      for (const taken of [
        await adoptKeys(stores, organisation, keys),
        await adoptLedger(stores, organisation, ledger),
      ])
        // The vault is empty: two keys of one subject are the folder's doing.
        if (!taken.ok) throw new LeavingRefused('damaged', `${join(from, placeOf.keys)}: ${taken.error.subject}`);
      at('blobs');
      for (const { path } of handover.files)
        if (path.startsWith(`${placeOf.blobs}/`))
          await copyMeasured(join(from, path), join(layout.blobs, organisation, path.slice(placeOf.blobs.length + 1)));
      at('log');
      const source = openSqliteEventLog({ file: join(from, placeOf.log), readOnly: true });
      try {
        const copied = await copyLog({ from: source, to: log });
        if (!copied.ok || copied.value.digest !== handover.digest || copied.value.events !== handover.events)
          throw new LeavingRefused('damaged', join(from, placeOf.log));
      } finally {
        await source.close();
      }
      await takeUpReactions(layout, log, handover);
      writeMarker(layout, { ...marker, step: 'applying' });
    }
    at('origin');
    await beginElsewhere({ log, clock, sealing }, { organisation, arrival: marker.restore });
    // Before anything runs here: what is confirmed is what came, and not what a reaction makes of it.
    if (!existsSync(confirmationOf(layout))) {
      at('views');
      const views = await buildViews(log, layout.views);
      const different = firstDifference(views, handover.views);
      if (different !== undefined) throw new LeavingRefused('views_differ', different);
      at('confirmation');
      const handed = new Set(handover.transfers.map(({ record }) => record));
      const signed = signedConfirmation(
        {
          format: CONFIRMATION_FORMAT,
          organisation,
          handoverId: handover.id,
          listHash: listHashOf(from),
          importedAt: clock.now(),
          release: VERSION,
          events: handover.events,
          digest: handover.digest,
          views: { ...views },
          records: await provedRecords(stores, organisation, handover.id, (record) => handed.has(record)),
        },
        await sealing.signingKey(organisation, SIGNING_KEY),
      );
      const file = confirmationOf(layout);
      await writeWhole(`${file}.new`, signed);
      await rename(`${file}.new`, file);
      await syncFolder(layout.folder);
    }
    // After the views were compared: here every file is worked on, whatever an earlier handover closed there.
    at('arrived');
    const logger = createLogger({ level: settings.logLevel, service: 'import' });
    orRefuse(await createHandingOver({ log, clock, sealing, logger }).arrived(organisation, handover.id), organisation);
    for (const service of fileServices)
      await tellHanded({ service, log, clock }, organisation, handover.id, { close: [], reopen: 'all' });
  } finally {
    await undo.run();
  }
};

/**
 * Takes an organisation in that left another host: its log, leaf by leaf; its keys, under the ids they had; its attachments; the
 * ledger of what was destroyed. Its evidence goes on under a name of this host. Until all of it is done no start opens anything;
 * cut off anywhere, the same call goes on.
 * @throws LeavingRefused, DataFolderInUse, RootKeyMissing, RootKeyUnusable
 */
export const takeIn = async (options: TakeInOptions): Promise<TakenIn> => {
  const { settings, clock, from, privateKeys, at = () => undefined } = options;
  const layout = layoutOf(settings.data);
  // Before anything is written: is it whole, and do these keys open it?
  const { handover } = readManifest(from);
  await checkFiles(from, handover);
  const keys = await keysFor(from, handover, privateKeys);
  const count = keys.length;
  try {
    await mkdir(layout.folder, { recursive: true, mode: 0o700 });
    const lock = lockFolder(settings.data, layout.lock);
    try {
      at('begin');
      const marker = await begin(layout, settings, handover);
      if (marker.step === 'copying') {
        at('clear');
        await clear(layout);
      }
      await fill(layout, options, handover, keys, marker);
    } finally {
      lock.release();
    }
    at('settle');
    const product = await compose(settings, { clock, restoring: true, withoutDoor: true, timersEveryMs: 0 });
    try {
      await product.whenSettled(SETTLE_MS);
      at('end');
      removeMarker(layout);
      const confirmation = confirmationOf(layout);
      const { signer } = readConfirmation(confirmation);
      return { handover, keys: count, events: Number((await product.log.head()) ?? 0), confirmation, signer };
    } finally {
      await product.stop();
    }
  } catch (error) {
    if (isFull(error)) throw new LeavingRefused('disk_full', layout.folder, { cause: error });
    throw error;
  }
};
