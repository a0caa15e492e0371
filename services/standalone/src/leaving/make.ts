import { readRegister } from '@toeverlaat/case';
import { copyLog, openSqliteEventLog, type EventLog, type Position } from '@toeverlaat/event-log';
import {
  createEvidence,
  createExporter,
  exportToFolder,
  isFull,
  ledgerOfVault,
  type DecidedRegister,
  type KeyTransfer,
} from '@toeverlaat/records';
import { liveKeysOf, recordOf, wrapKeyFor, type KeyStores, type VaultKey } from '@toeverlaat/sealing';
import { canonicalJson, sha256Hex, type Clock, type OrganisationId } from '@toeverlaat/values';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { copyMeasured, filesUnder, isEmptyFolder, measured, syncFolder, writeWhole } from '../backup/files.js';
import { evidenceOf } from '../evidence.js';
import { layoutOf } from '../layout.js';
import type { Settings } from '../settings.js';
import { VERSION } from '../version.js';
import { COMPANY_FILE, companyExport } from './company.js';
import { orRefuse } from './decided.js';
import { closeFiles, withInstallation, type OpenedInstallation } from './installation.js';
import {
  HANDOVER_FORMAT,
  MANIFEST,
  placeOf,
  readManifest,
  signedManifest,
  type Handover,
  type Transfer,
} from './manifest.js';
import { fingerprintOf, publicKeyOf, receiversOf, type Receiver } from './receivers.js';
import { LeavingRefused } from './refusal.js';
import { REGISTER_FILE, sealRegister } from './register.js';
import { buildViews, viewsHashOf } from './view-hashes.js';

/** Name of the key that signs handovers, in the keyring under the root key. */
const SIGNING_KEY = 'evidence/handover';
const PAGE_BYTES = 8 * 1024 * 1024;

export type HandOverOptions = {
  /** Of the installation that is left. It must not be running: what is handed over is the end of its log. */
  readonly settings: Settings;
  readonly clock: Clock;
  readonly organisation: OrganisationId;
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

/** What the platform says of bytes that are no point of the curve. */
const isNoKey = (error: unknown): boolean => error instanceof DOMException || error instanceof TypeError;

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
      if (isNoKey(error)) throw new LeavingRefused('unusable_key', fingerprintOf(publicKey), { cause: error });
      throw error;
    }
  return lines.join('');
};

/** What each receiver gets, as it is recorded before a key is wrapped for it. */
const keyTransfersOf = (
  byReceiver: ReadonlyMap<string, readonly VaultKey[]>,
  receivers: readonly Receiver[],
): readonly KeyTransfer[] =>
  [...byReceiver].flatMap(([publicKey, own]) => {
    const receiver = receivers.find((one) => one.publicKey === publicKey);
    if (receiver === undefined) return [];
    return [
      {
        key: fingerprintOf(publicKeyOf(receiver)),
        records: [...new Set(own.map(({ subject }) => recordOf(subject)))].toSorted(),
        controller: receiver.controller,
        ground: receiver.ground,
      },
    ];
  });

/**
 * The company's register, sealed for whoever keeps it there: that its entries were opened is recorded before they are, and that the file
 * goes to this key before it is written.
 */
const handRegisterOver = async (
  file: string,
  opened: OpenedInstallation,
  { clock, organisation }: Pick<HandOverOptions, 'clock' | 'organisation'>,
  departureId: string,
  { key, publicKey }: DecidedRegister,
): Promise<void> => {
  const copy = orRefuse(await readRegister({ ...opened, clock }, organisation, departureId), organisation);
  let sealed: string;
  try {
    sealed = await sealRegister(copy, departureId, publicKeyOf({ publicKey }));
  } catch (error) {
    if (isNoKey(error)) throw new LeavingRefused('unusable_key', key, { cause: error });
    throw error;
  }
  orRefuse(await opened.handing.registerHandedOver(organisation, departureId, key, sha256Hex(sealed)), organisation);
  await writeWhole(file, sealed);
};

const positionsOf = async (log: EventLog, organisation: OrganisationId): Promise<readonly Position[]> => {
  const { positions, readAll } = partOf(log, organisation);
  for (let after; ;) {
    const slice = await readAll({ limit: 500, ...(after === undefined ? {} : { after }) });
    after = slice.next;
    if (slice.atEnd) return positions;
  }
};

const copyPart = async (folder: string, log: EventLog, organisation: OrganisationId) => {
  const file = join(folder, placeOf.log);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const target = openSqliteEventLog({ file });
  const part = partOf(log, organisation);
  try {
    const copied = await copyLog({ from: part, to: target });
    // Into an empty file, and from sound events: anything else is a fault of ours.
    if (!copied.ok) throw new TypeError(`the log was not copied: ${copied.error.kind}`);
    return { ...copied.value, positions: part.positions };
  } finally {
    await target.close();
  }
};

/** Views as they come of the log that goes along: what the next host is held against. They do not go along themselves. */
const viewsOf = async (folder: string): Promise<Handover['views']> => {
  const built = `${folder}.views`;
  const log = openSqliteEventLog({ file: join(folder, placeOf.log), readOnly: true });
  try {
    await rm(built, { recursive: true, force: true });
    return { ...(await buildViews(log, built)) };
  } finally {
    await log.close();
    await rm(built, { recursive: true, force: true });
  }
};

const handOverInto = (folder: string, options: HandOverOptions): Promise<Handover> =>
  withInstallation(options, async (opened) => {
    const { log, stores, sealing, handing, logger } = opened;
    const { settings, clock, organisation, at = () => undefined } = options;
    const layout = layoutOf(settings.data);
    const keys = await liveKeysOf(stores, organisation);
    if (keys.length === 0) throw new LeavingRefused('no_organisation', organisation);
    const { departureId, receivers, register } = orRefuse(await handing.decided(organisation), organisation);
    const { transfers, byReceiver } = transfersOf(keys, receivers);
    // Before anything is recorded: what is parked would be lost.
    reactionsOf(layout.reactors, organisation, await positionsOf(log, organisation));

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
      at('transfers');
      const { note } = await evidence.publishNow(organisation);
      orRefuse(
        await handing.handOver(organisation, departureId, keyTransfersOf(byReceiver, receivers), note),
        organisation,
      );
      at('register');
      // Before the export and the copy of the log: they hold that it was handed over.
      if (register !== undefined)
        await handRegisterOver(join(folder, placeOf.company, REGISTER_FILE), opened, options, departureId, register);
      at('evidence');
      // Signs a checkpoint up to everything recorded, which the copied log then holds too.
      const exporter = createExporter(evidence);
      await exportToFolder(join(folder, placeOf.evidence), organisation, (cursor) =>
        exporter.page(organisation, cursor, PAGE_BYTES),
      );
      at('company');
      await writeWhole(
        join(folder, placeOf.company, COMPANY_FILE),
        `${JSON.stringify(await companyExport(log, evidence, organisation), undefined, 1)}\n`,
      );
    } finally {
      await evidence.stop();
    }

    at('log');
    const copied = await copyPart(folder, log, organisation);
    const reactions = reactionsOf(layout.reactors, organisation, copied.positions);

    at('views');
    const views = await viewsOf(folder);

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
      departureId,
      organisation,
      madeAt: clock.now(),
      release: VERSION,
      events: copied.events,
      digest: copied.digest,
      views,
      reactions,
      transfers: [...transfers],
      register:
        register === undefined ? null : { controller: register.controller, ground: register.ground, key: register.key },
      files,
    };
    await writeWhole(
      join(folder, MANIFEST),
      signedManifest(handover, await sealing.signingKey(organisation, SIGNING_KEY)),
    );
    return handover;
  });

/** SHA-256 of the signed list of a handover. */
export const listHashOf = (folder: string): string => sha256Hex(readFileSync(join(folder, MANIFEST)));

/**
 * Records that the folder is whole, once, however often it is asked.
 * @returns undefined for a folder that is not a handover of this organisation's that was made here
 */
const recordMade = (out: string, options: HandOverOptions): Promise<Handover | undefined> =>
  withInstallation(options, async (opened) => {
    const { sealing, handing } = opened;
    const { organisation } = options;
    const { handover, signer } = readManifest(out);
    const { publicKey } = await sealing.signingKey(organisation, SIGNING_KEY);
    if (handover.organisation !== organisation || !Buffer.from(publicKey).equals(signer)) return undefined;
    const { id, events, digest, views, departureId } = handover;
    options.at?.('made');
    orRefuse(
      await handing.made(organisation, departureId, {
        handoverId: id,
        events,
        digest,
        listHash: listHashOf(out),
        viewsHash: viewsHashOf(views),
      }),
      organisation,
    );
    options.at?.('close');
    await closeFiles(opened, options.clock, organisation);
    return handover;
  });

/**
 * Hands an organisation over into a folder, as two people of it decided: its streams as they stand, its keys wrapped for those who
 * are competent, its attachments sealed as they are, an export for whoever checks it, and for the company its figures, without any
 * key, and its register as a file for a key of its own. Each transfer is recorded before a key is wrapped. Nothing is taken away from this host. The folder gets its name when it is
 * whole: killed anywhere there is no handover, and the same call goes on; called again for a folder that is whole it is one handover.
 * @throws LeavingRefused, DataFolderInUse, RootKeyMissing, RootKeyUnusable, EvidenceStopped
 */
export const handOver = async (out: string, options: HandOverOptions): Promise<Handover> => {
  const { log, folder: data } = layoutOf(options.settings.data);
  if (!existsSync(log)) throw new LeavingRefused('no_organisation', data);
  const unfinished = `${out}.unfinished`;
  try {
    if (!(await isEmptyFolder(out))) {
      const made = existsSync(join(out, MANIFEST)) ? await recordMade(out, options) : undefined;
      if (made === undefined) throw new LeavingRefused('out_not_empty', out);
      return made;
    }
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true, mode: 0o700 });
    await handOverInto(unfinished, options);
    await syncFolder(unfinished);
    await rename(unfinished, out);
    await syncFolder(dirname(out));
    const made = await recordMade(out, options);
    if (made === undefined) throw new TypeError('the handover that was just made is not its own');
    return made;
  } catch (error) {
    if (isFull(error)) throw new LeavingRefused('disk_full', unfinished, { cause: error });
    throw error;
  }
};
