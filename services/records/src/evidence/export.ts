import { leafBytesOf, type EventLog, type Position } from '@toeverlaat/event-log';
import { HASH_BYTES, tilePath, tilesOf } from '@toeverlaat/merkle';
import type { OrganisationId } from '@toeverlaat/values';
import type { SignedName } from '../domain/signed-name.js';
import type { Seal } from '../domain/installation/index.js';
import { headsInSeal, pathInSeal } from './blinding.js';
import type { Evidence } from './evidence.js';
import { EvidenceStopped } from './faults.js';
import { anchorRecordOf } from './sealing-of-heads.js';

/*
 * An organisation's evidence as a folder (ADR 41): records as stored, ciphertext included, in the order of the tree; tiles,
 * checkpoints, seals, verifier keys, salt, destroyed key ids, and last the manifest. Whoever has it needs nothing else.
 */

export const EXPORT_FORMAT = 'toeverlaat-evidence/1';
export const RECORDS_PER_FILE = 4_096;
const TILES_AT_ONCE = 64;
const SEALS_AT_ONCE = 100;
const CHECKPOINTS_AT_ONCE = 1_000;
const READ_AT_ONCE = 500;

/** A piece of a file: it begins the file, or follows the piece before. */
export type ExportPart = { readonly path: string; readonly begins: boolean; readonly bytes: Uint8Array };

const stages = ['records', 'tiles', 'checkpoints', 'seals', 'rest', 'manifest'] as const;
type Stage = (typeof stages)[number];

/** What an export is of, pinned when it begins, and how far it is. Opaque to whoever pages. */
type Cursor = { readonly size: number; readonly seals: number; readonly stage: Stage; readonly at: number };

const cursorText = ({ size, seals, stage, at }: Cursor): string => `${size}-${seals}-${stage}-${at}`;
const CURSOR = /^(\d{1,15})-(\d{1,9})-([a-z]+)-(\d{1,15})$/;
const cursorOf = (text: string): Cursor | undefined => {
  const [, size, seals, stage, at] = CURSOR.exec(text) ?? [];
  const known = stages.find((one) => one === stage);
  return known === undefined ? undefined : { size: Number(size), seals: Number(seals), stage: known, at: Number(at) };
};

export type ExportPage = {
  readonly parts: readonly ExportPart[];
  /** Undefined when this was the last page: without it the folder has no manifest and is refused by `verify`. */
  readonly next: string | undefined;
};

export type Exporter = {
  /**
   * A page of about `bytes`. The first one (no cursor) signs a checkpoint up to everything recorded, and the export is of
   * that, however long it takes and whatever is recorded meanwhile. The same cursor gives the same page.
   * @returns undefined for a cursor that no page of this organisation gave
   * @throws EvidenceStopped
   */
  readonly page: (
    organisation: OrganisationId,
    cursor: string | undefined,
    bytes: number,
  ) => Promise<ExportPage | undefined>;
};

const json = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value)}\n`);
const recordFile = (index: number): string =>
  `records/${String(Math.floor(index / RECORDS_PER_FILE)).padStart(8, '0')}.bin`;

/** Length (4 bytes, big-endian), then the bytes that the leaf is the hash of. */
const framed = (bytes: Buffer): Uint8Array => {
  const frame = Buffer.allocUnsafe(4 + bytes.length);
  frame.writeUInt32BE(bytes.length, 0);
  frame.set(bytes, 4);
  return frame;
};

/** Pieces of one file as one. */
const joined = (parts: readonly ExportPart[]): readonly ExportPart[] => {
  const files: { path: string; begins: boolean; pieces: Uint8Array[] }[] = [];
  for (const { path, begins, bytes } of parts) {
    const last = files.at(-1);
    if (last?.path === path && !begins) last.pieces.push(bytes);
    else files.push({ path, begins, pieces: [bytes] });
  }
  return files.map(({ path, begins, pieces }) => ({ path, begins, bytes: Buffer.concat(pieces) }));
};

type Step = { readonly parts: readonly ExportPart[]; readonly next: Cursor | undefined };

export const createExporter = (evidence: Pick<Evidence, 'publishNow' | 'parts'>): Exporter => {
  const { index, streams, trees, publisher, log, ledger } = evidence.parts;

  const begin = async (organisation: OrganisationId): Promise<Cursor> => {
    const { size } = await evidence.publishNow(organisation);
    // The checkpoint may be another replica's: its tree is made here too before pages are cut from it.
    if (index.integrated(organisation).size < size) await trees.integrate(organisation);
    return { size, seals: (await streams.seals()).length, stage: 'records', at: 0 };
  };

  const after = (cursor: Cursor, at: number, end: number): Cursor | undefined => {
    if (at < end) return { ...cursor, at };
    const stage = stages[stages.indexOf(cursor.stage) + 1];
    return stage === undefined ? undefined : { ...cursor, stage, at: 0 };
  };

  const records = async (organisation: OrganisationId, cursor: Cursor, bytes: number): Promise<Step> => {
    const parts: ExportPart[] = [];
    let at = cursor.at;
    let held = 0;
    for await (const event of eventsAfter(log, organisation, index.at(organisation, at - 1)?.position)) {
      if (at >= cursor.size || held >= bytes) break;
      // What leaves here is what was sequenced, or nothing does.
      if (index.at(organisation, at)?.eventId !== event.eventId)
        throw new EvidenceStopped('sequence_differs', organisation);
      const piece = framed(leafBytesOf(event));
      parts.push({ path: recordFile(at), begins: at % RECORDS_PER_FILE === 0, bytes: piece });
      held += piece.length;
      at += 1;
    }
    if (at === cursor.at && at < cursor.size) throw new EvidenceStopped('sequence_differs', organisation);
    return { parts, next: after(cursor, at, cursor.size) };
  };

  const tiles = async (organisation: OrganisationId, cursor: Cursor): Promise<Step> => {
    const reader = trees.reader(organisation);
    const parts: ExportPart[] = [];
    let at = 0;
    for (const tile of tilesOf(cursor.size)) {
      if (at >= cursor.at && parts.length < TILES_AT_ONCE) {
        const bytes = await reader.read(tile);
        if (bytes === undefined) throw new EvidenceStopped('tree_differs', organisation);
        parts.push({ path: tilePath(tile), begins: true, bytes: bytes.subarray(0, tile.width * HASH_BYTES) });
      }
      at += 1;
    }
    return { parts, next: after(cursor, cursor.at + parts.length, at) };
  };

  const checkpoints = async (organisation: OrganisationId, cursor: Cursor): Promise<Step> => {
    const all = (await streams.checkpoints(organisation)).filter(({ size }) => size <= cursor.size);
    const some = all.slice(cursor.at, cursor.at + CHECKPOINTS_AT_ONCE);
    const parts = [
      {
        path: 'checkpoints.jsonl',
        begins: cursor.at === 0,
        bytes: Buffer.concat(some.map(({ size, root, at, note }) => json({ size, root, at, note }))),
      },
    ];
    return { parts, next: after(cursor, cursor.at + some.length, all.length) };
  };

  const sealLine = async (organisation: OrganisationId, salt: string, seal: Seal): Promise<Uint8Array> => {
    const own = seal.heads.find((head) => head.organisation === organisation);
    if (own === undefined) return json(anchorRecordOf(seal));
    const leaves = headsInSeal(
      seal.heads.map(({ leaf }) => leaf),
      salt,
      seal.sequence,
    );
    return json({ ...anchorRecordOf(seal), head: { size: own.size, ...(await pathInSeal(leaves, own.leaf)) } });
  };

  const seals = async (organisation: OrganisationId, cursor: Cursor): Promise<Step> => {
    const some = (await streams.seals()).slice(cursor.at, Math.min(cursor.seals, cursor.at + SEALS_AT_ONCE));
    const { salt } = await publisher.installation();
    const lines = await Promise.all(some.map((seal) => sealLine(organisation, salt, seal)));
    const parts = [{ path: 'seals.jsonl', begins: cursor.at === 0, bytes: Buffer.concat(lines) }];
    return { parts, next: after(cursor, cursor.at + some.length, cursor.seals) };
  };

  const rest = async (organisation: OrganisationId, cursor: Cursor): Promise<Step> => {
    const { log: own, earlier } = await publisher.opened(organisation);
    const installation = await streams.installation();
    if (installation.status === 'none') throw new EvidenceStopped('log_unavailable', organisation);
    const named = ({ origin, signers, announced }: SignedName) => ({
      origin,
      signers,
      ...(announced === undefined ? {} : { announced }),
    });
    const before = { organisation: earlier.map(named), installation: installation.earlier.map(named) };
    const newest = (await streams.checkpoints(organisation)).find(({ size }) => size === cursor.size);
    const keyIds = await ledger.keyIds(organisation);
    const file = (path: string, bytes: Uint8Array): ExportPart => ({ path, begins: true, bytes });
    return {
      parts: [
        file('checkpoint', Buffer.from(newest?.note ?? '')),
        file(
          'keys.json',
          json({
            organisation: named(own),
            installation: named(installation.log),
            // Names from before restores and from other hosts; an export without any is as it ever was.
            ...(before.organisation.length + before.installation.length > 0 ? { earlier: before } : {}),
          }),
        ),
        file('salt.json', json({ salt: own.salt })),
        file('key-ids.txt', Buffer.from(keyIds.map((id) => `${id}\n`).join(''))),
      ],
      next: after(cursor, 1, 1),
    };
  };

  const manifest = async (organisation: OrganisationId, cursor: Cursor): Promise<Step> => {
    const { log: own } = await publisher.opened(organisation);
    const all = (await streams.checkpoints(organisation)).filter(({ size }) => size <= cursor.size);
    const bytes = json({
      format: EXPORT_FORMAT,
      organisation,
      origin: own.origin,
      size: cursor.size,
      root: all.at(-1)?.root,
      recordsPerFile: RECORDS_PER_FILE,
      checkpoints: all.length,
      seals: cursor.seals,
    });
    return { parts: [{ path: 'manifest.json', begins: true, bytes }], next: undefined };
  };

  const step = (organisation: OrganisationId, cursor: Cursor, bytes: number): Promise<Step> => {
    switch (cursor.stage) {
      case 'records':
        return records(organisation, cursor, bytes);
      case 'tiles':
        return tiles(organisation, cursor);
      case 'checkpoints':
        return checkpoints(organisation, cursor);
      case 'seals':
        return seals(organisation, cursor);
      case 'rest':
        return rest(organisation, cursor);
      case 'manifest':
        return manifest(organisation, cursor);
    }
  };

  return {
    page: async (organisation, text, bytes) => {
      const given = text === undefined ? await begin(organisation) : cursorOf(text);
      if (given === undefined || given.size > index.integrated(organisation).size) return undefined;
      if (text !== undefined) {
        const known = await streams.checkpoints(organisation);
        if (!known.some(({ size }) => size === given.size) || given.seals > (await streams.seals()).length)
          return undefined;
      }
      const parts: ExportPart[] = [];
      let held = 0;
      let cursor: Cursor | undefined = given;
      while (cursor !== undefined && held < bytes) {
        const done: Step = await step(organisation, cursor, bytes - held);
        parts.push(...done.parts);
        for (const part of done.parts) held += part.bytes.length;
        cursor = done.next;
      }
      return { parts: joined(parts), next: cursor === undefined ? undefined : cursorText(cursor) };
    },
  };
};

const eventsAfter = async function* (log: EventLog, organisation: OrganisationId, from: Position | undefined) {
  for (let after = from; ;) {
    const slice = await log.readAll({ ...(after === undefined ? {} : { after }), limit: READ_AT_ONCE });
    for (const event of slice.events) if (event.organisation === organisation) yield event;
    if (slice.atEnd) return;
    after = slice.next;
  }
};
