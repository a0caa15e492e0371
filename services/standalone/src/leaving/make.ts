import { copyLog, openSqliteEventLog, type EventLog, type Position } from '@toeverlaat/event-log';
import { createEvidence, createExporter, exportToFolder, isFull, ledgerOfVault } from '@toeverlaat/records';
import {
  createSealer,
  liveKeysOf,
  openFileKeys,
  recordOf,
  wrapKeyFor,
  type KeyStores,
  type VaultKey,
} from '@toeverlaat/sealing';
import { createLogger } from '@toeverlaat/telemetry';
import { canonicalJson, type Clock, type OrganisationId } from '@toeverlaat/values';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { copyMeasured, filesUnder, isEmptyFolder, measured, syncFolder } from '../backup/files.js';
import { createUndo } from '../composition/undo.js';
import { evidenceOf } from '../evidence.js';
import { layoutOf } from '../layout.js';
import { lockFolder } from '../lock.js';
import type { Settings } from '../settings.js';
import { VERSION } from '../version.js';
import { HANDOVER_FORMAT, MANIFEST, placeOf, signedManifest, type Handover, type Transfer } from './manifest.js';
import { fingerprintOf, publicKeyOf, receiversOf, type Receiver } from './receivers.js';
import { LeavingRefused } from './refusal.js';

/** Name of the key that signs handovers, in the keyring under the root key. */
const SIGNING_KEY = 'evidence/handover';
const PAGE_BYTES = 8 * 1024 * 1024;

export type HandOverOptions = {
  /** Of the installation that is left. It must not be running: what is handed over is the end of its log. */
  readonly settings: Settings;
  readonly clock: Clock;
  readonly organisation: OrganisationId;
  readonly receivers: readonly Receiver[];
  /** Called before each step, for crash injection. */
  readonly at?: (step: string) => void;
};

/** The streams of one organisation, as a log of their own; with the positions that its events have here. */
const partOf = (
  log: EventLog,
  organisation: OrganisationId,
): Pick<EventLog, 'readAll'> & { readonly positions: readonly Position[] } => {
  const positions: Position[] = [];
  return {
    positions,
    readAll: async (options) => {
      const slice = await log.readAll(options);
      const events = slice.events.filter((event) => event.organisation === organisation);
      positions.push(...events.map(({ position }) => position));
      return { ...slice, events };
    },
  };
};

/** How far each reaction is, counted in events of this organisation. @throws LeavingRefused `reactions_parked` */
const reactionsOf = (
  file: string,
  organisation: OrganisationId,
  positions: readonly Position[],
): Handover['reactions'] => {
  if (!existsSync(file)) return {};
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  try {
    const rows = db.prepare('SELECT reactor, position FROM checkpoint').all();
    const own = new Set<string>(positions);
    const parked = db
      .prepare('SELECT reactor, position FROM parked ORDER BY reactor, position')
      .all()
      .find(({ position }) => own.has(String(position)));
    if (parked !== undefined)
      throw new LeavingRefused(
        'reactions_parked',
        `${organisation}: ${String(parked['reactor'])} ${String(parked['position'])}`,
      );
    return Object.fromEntries(
      rows.map(({ reactor, position }) => [
        String(reactor),
        // Positions of a log in one file have one width.
        positions.filter((one) => one <= String(position)).length,
      ]),
    );
  } finally {
    db.close();
  }
};

const writeWhole = async (file: string, text: string): Promise<void> => {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** Every key with who receives it; refuses before anything is written where one has nobody. */
const transfersOf = (
  keys: readonly VaultKey[],
  receivers: readonly Receiver[],
): { readonly transfers: readonly Transfer[]; readonly byReceiver: ReadonlyMap<string, readonly VaultKey[]> } => {
  const records = new Map<string, VaultKey[]>();
  for (const key of keys) {
    const record = recordOf(key.subject);
    records.set(record, [...(records.get(record) ?? []), key]);
  }
  const byReceiver = new Map<string, VaultKey[]>();
  const transfers = [...records.keys()].toSorted().map((record): Transfer => {
    const own = records.get(record) ?? [];
    const found = receiversOf(receivers, record);
    const to = found.kind === 'stays' ? [] : found.to;
    for (const { publicKey } of to) byReceiver.set(publicKey, [...(byReceiver.get(publicKey) ?? []), ...own]);
    return {
      record,
      keys: own.length,
      to: to.map((receiver) => ({
        capacity: receiver.capacity,
        controller: receiver.controller,
        ground: receiver.ground,
        key: fingerprintOf(publicKeyOf(receiver)),
      })),
    };
  });
  return { transfers, byReceiver };
};

const wrapAll = async (
  stores: KeyStores,
  organisation: OrganisationId,
  keys: readonly VaultKey[],
  receiver: string,
): Promise<string> => {
  const publicKey = publicKeyOf({ publicKey: receiver });
  const lines: string[] = [];
  for (const key of keys)
    try {
      lines.push(`${canonicalJson(await wrapKeyFor(stores, organisation, key, publicKey))}\n`);
    } catch (error) {
      // What the platform says of bytes that are no point of the curve.
      if (error instanceof DOMException || error instanceof TypeError)
        throw new LeavingRefused('unusable_key', fingerprintOf(publicKey), { cause: error });
      throw error;
    }
  return lines.join('');
};

const handOverInto = async (folder: string, options: HandOverOptions): Promise<Handover> => {
  const { settings, clock, organisation, receivers, at = () => undefined } = options;
  const layout = layoutOf(settings.data);
  const logger = createLogger({ level: settings.logLevel, service: 'leaving' });
  const undo = createUndo(logger);
  try {
    const lock = lockFolder(settings.data, layout.lock);
    undo.add('lock', lock.release);
    const log = openSqliteEventLog({ file: layout.log });
    undo.add('log', log.close);
    const stores = await openFileKeys({
      clock,
      rootKeyFile: settings.rootKey,
      vaultFile: layout.vault,
      keyringFile: layout.keyring,
    });
    const sealing = createSealer(stores);
    undo.add('keys', sealing.close);
    const keys = await liveKeysOf(stores, organisation);
    if (keys.length === 0) throw new LeavingRefused('no_organisation', organisation);
    const { transfers, byReceiver } = transfersOf(keys, receivers);

    at('company');
    // Signs a checkpoint up to everything recorded, which the copied log then holds too.
    const evidence = createEvidence({
      ...evidenceOf(settings, layout),
      ledger: ledgerOfVault(sealing),
      log,
      clock,
      sealing: sealing.forService({ classes: ['evidence'] }),
      logger,
    });
    evidence.start();
    try {
      const exporter = createExporter(evidence);
      await exportToFolder(join(folder, placeOf.company), organisation, (cursor) =>
        exporter.page(organisation, cursor, PAGE_BYTES),
      );
    } finally {
      await evidence.stop();
    }

    at('log');
    await mkdir(dirname(join(folder, placeOf.log)), { recursive: true, mode: 0o700 });
    const target = openSqliteEventLog({ file: join(folder, placeOf.log) });
    const part = partOf(log, organisation);
    let copied;
    try {
      copied = await copyLog({ from: part, to: target });
    } finally {
      await target.close();
    }
    // Into an empty file, and from sound events: anything else is a fault of ours.
    if (!copied.ok) throw new TypeError(`the log was not copied: ${copied.error.kind}`);

    const reactions = reactionsOf(layout.reactors, organisation, part.positions);

    at('keys');
    for (const [receiver, own] of byReceiver) {
      const file = join(folder, placeOf.keys, `${fingerprintOf(publicKeyOf({ publicKey: receiver }))}.jsonl`);
      await writeWhole(file, await wrapAll(stores, organisation, own, receiver));
    }
    const destroyed = await stores.vault.ledger(organisation);
    await writeWhole(join(folder, placeOf.ledger), destroyed.map((entry) => `${canonicalJson(entry)}\n`).join(''));

    at('blobs');
    for (const path of await filesUnder(join(layout.blobs, organisation)))
      // On their way in: nobody has been told of them.
      if (!basename(path).startsWith('.'))
        await copyMeasured(join(layout.blobs, organisation, path), join(folder, placeOf.blobs, path));

    at('manifest');
    const files: Handover['files'] = [];
    for (const path of await filesUnder(folder)) files.push({ path, ...(await measured(join(folder, path))) });
    const handover: Handover = {
      format: HANDOVER_FORMAT,
      id: randomUUID(),
      organisation,
      madeAt: clock.now(),
      release: VERSION,
      events: copied.value.events,
      digest: copied.value.digest,
      reactions,
      transfers: [...transfers],
      files,
    };
    await writeWhole(
      join(folder, MANIFEST),
      signedManifest(handover, await sealing.signingKey(organisation, SIGNING_KEY)),
    );
    return handover;
  } finally {
    await undo.run();
  }
};

/**
 * Hands an organisation over into a folder: its streams as they stand, its keys wrapped for those who are competent, its attachments
 * sealed as they are, and for the company an export without any key. Nothing is taken away from this host. The folder gets its
 * name when it is whole: killed anywhere there is no handover, and the same call begins anew.
 * @throws LeavingRefused, DataFolderInUse, RootKeyMissing, RootKeyUnusable, EvidenceStopped
 */
export const handOver = async (out: string, options: HandOverOptions): Promise<Handover> => {
  const { log, folder: data } = layoutOf(options.settings.data);
  if (!existsSync(log)) throw new LeavingRefused('no_organisation', data);
  if (!(await isEmptyFolder(out))) throw new LeavingRefused('out_not_empty', out);
  const unfinished = `${out}.unfinished`;
  try {
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true, mode: 0o700 });
    const handover = await handOverInto(unfinished, options);
    await syncFolder(unfinished);
    await rename(unfinished, out);
    await syncFolder(dirname(out));
    return handover;
  } catch (error) {
    if (isFull(error)) throw new LeavingRefused('disk_full', unfinished, { cause: error });
    throw error;
  }
};
