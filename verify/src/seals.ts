import {
  nodeHasher,
  noteVerifier,
  openCheckpoint,
  rootOfLeaves,
  sameBytes,
  verifyInclusion,
  type NoteVerifier,
} from '@toeverlaat/merkle';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Found } from './findings.js';
import { isObject, parsed, sealOf, type LogKeys, type SealLine } from './folder.js';

/* The installation's log: what was anchored outside the operator's reach (ADR 40). Written from the format's text. */

const utf8 = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const bytes = (hex: string): Uint8Array => Buffer.from(hex, 'hex');
const hex = (raw: Uint8Array): string => Buffer.from(raw).toString('hex');

const ENTRY =
  /^toeverlaat seal v1\n(0|[1-9]\d*)\n(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)\nheads ([1-9]\d*) ([0-9a-f]{64})\nledger (0|[1-9]\d*) ([0-9a-f]{64})\n$/;

/** Verifiers of keys in note format. @throws Found `wrong_key` for one that is no key */
export const verifiersOf = (signers: readonly string[]): readonly NoteVerifier[] =>
  signers.map((key) => {
    const verifier = noteVerifier(key);
    if (!verifier.ok) throw new Found({ code: 'wrong_key', file: 'keys.json' });
    return verifier.value;
  });

/** A name and the keys under it. */
export type Name = { readonly origin: string; readonly verifiers: readonly NoteVerifier[] };

/** Under which of these, from `reached` on, a note is signed: old names and keys sign nothing after newer ones have. */
export const openedUnder = async (names: readonly Name[], reached: number, note: string) => {
  let last: { readonly named: number; readonly opened: Awaited<ReturnType<typeof openCheckpoint>> } | undefined;
  for (const [named, { origin, verifiers }] of names.entries()) {
    if (named < reached || !note.startsWith(`${origin}\n`)) continue;
    last = { named, opened: await openCheckpoint(note, origin, verifiers) };
    // A known key's false signature is no other key's.
    if (last.opened.ok || last.opened.error === 'signature_invalid') return last;
  }
  return last;
};

const blindedHead = (salt: string, sequence: number, origin: string, size: number, root: string): Uint8Array => {
  const own = createHmac('sha256', bytes(salt)).update(`seal ${sequence}`).digest('hex');
  return nodeHasher.leaf(utf8(`toeverlaat blinded head v1\n${own}\n${origin}\n${size}\n${root}\n`));
};

/** Milliseconds that may lie between a seal's time and what it is of: it is dated before the heads it holds are signed. */
const WHILE_SEALING_MS = 900_000;

export type SealsInput = {
  readonly seals: readonly SealLine[];
  /** Names of the installation's log and their keys, oldest first; the last is the present one. */
  readonly logs: readonly LogKeys[];
  readonly organisation: string;
  readonly salt: string;
  /** The root over this organisation's first leaves, recomputed; undefined for a size that no checkpoint has. */
  readonly rootAt: (size: number) => string | undefined;
  /** Every checkpoint of the organisation: under which name, and when. */
  readonly checkpoints: readonly { readonly origin: string; readonly at: string }[];
};
export type SealsFacts = {
  readonly sealed: number;
  readonly recovered: number;
  readonly ledger: ReadonlySet<string>;
};

/**
 * Whether a seal may be without a head of this organisation: before it had a checkpoint under this name of the installation,
 * and where seals that a restore lost came back from an anchor, which are later than all that it kept of that name. Any other
 * was stripped of it, so that nothing binds the records to what was anchored.
 */
const mayLackHead = (sealedAt: string, signed: readonly string[], ended: boolean): boolean => {
  const at = Date.parse(sealedAt);
  const [first, last] = [signed[0], signed.at(-1)].map((time) => Date.parse(time ?? ''));
  if (first === undefined || last === undefined || Number.isNaN(first) || first + WHILE_SEALING_MS >= at) return true;
  return ended && at + WHILE_SEALING_MS >= last;
};

/** @throws Found for the first seal that is wrong */
export const checkSeals = async (input: SealsInput): Promise<SealsFacts> => {
  const { seals, logs, organisation, salt, rootAt, checkpoints } = input;
  const names = logs.map(({ origin, signers }) => ({ origin, verifiers: verifiersOf(signers) }));
  const leaves: Uint8Array[] = [];
  const ledger: string[] = [];
  let sealed = 0;
  let recovered = 0;
  let newestSize = 0;
  /** Which name the newest seal stood under, and whether its run of recovered ones has begun. */
  let reached = 0;
  let lost = false;
  for (const [at, seal] of seals.entries()) {
    const differs = (to: number): Found =>
      new Found({ code: 'seal_differs', sequence: at, from: newestSize, to: Math.max(newestSize, to) });
    const [, sequence, sealedAt = '', width, headsRoot = '', ledgerSize, ledgerRoot] = ENTRY.exec(seal.entry) ?? [];
    if (seal.sequence !== at || Number(sequence) !== at)
      throw new Found({ code: 'file_malformed', file: 'seals.jsonl', line: at + 1 });
    leaves.push(nodeHasher.leaf(utf8(seal.entry)));
    // Names and keys come one after the other: what was signed under an old one is never followed by more of it.
    const found = await openedUnder(names, reached, seal.note);
    const name = found === undefined ? undefined : names[found.named];
    if (found === undefined || name === undefined)
      throw new Found({ code: 'wrong_key', file: 'seals.jsonl', size: at + 1 });
    if (name.origin !== names[reached]?.origin) lost = false;
    reached = found.named;
    const present = name.origin === names.at(-1)?.origin;
    const { opened } = found;
    if (!opened.ok) {
      const code =
        opened.error === 'no_known_signer' || opened.error === 'other_origin' ? 'wrong_key' : 'signature_false';
      throw new Found({ code, file: 'seals.jsonl', size: at + 1 });
    }
    if (opened.value.size !== at + 1 || !sameBytes(opened.value.root, rootOfLeaves(nodeHasher, leaves)))
      throw differs(seal.head?.size ?? newestSize);
    ledger.push(...seal.keyIds);
    const ledgerLeaves = ledger.map((id) => nodeHasher.leaf(utf8(id)));
    if (ledger.length !== Number(ledgerSize) || hex(rootOfLeaves(nodeHasher, ledgerLeaves)) !== ledgerRoot)
      throw new Found({ code: 'ledger_differs', sequence: at });
    if (seal.head === undefined) {
      // Once in, always in: an organisation does not leave the seals. But for those that were lost with the end of an old
      // name and came back from an anchor: nothing of that name follows them.
      if (sealed > 0 && present) throw differs(newestSize);
      const own = checkpoints
        .filter(({ origin }) => origin === `${name.origin}/${organisation}`)
        .map(({ at: time }) => time);
      if (!mayLackHead(sealedAt, own, !present)) throw new Found({ code: 'seal_without_head', sequence: at });
      if (sealed > 0) {
        recovered += 1;
        lost = true;
      }
      continue;
    }
    if (lost) throw differs(seal.head.size);
    const { size, index, proof } = seal.head;
    const root = rootAt(size);
    if (root === undefined) throw differs(size);
    const claim = {
      leaf: blindedHead(salt, at, `${name.origin}/${organisation}`, size, root),
      index,
      proof: proof.map(bytes),
      head: { size: Number(width), root: bytes(headsRoot) },
    };
    if (!verifyInclusion(nodeHasher, claim).ok || size < newestSize) throw differs(size);
    sealed += 1;
    newestSize = size;
  }
  return { sealed, recovered, ledger: new Set(ledger) };
};

/** A seal holds at most so many new key ids; what is more stands in the next one, which is made at once. */
const MOST_KEY_IDS = 5_000;

/** What the seals say of destroyed keys, of the whole installation. */
export type SealedLedger = {
  /** The time of the seal that first held a key id. */
  readonly at: ReadonlyMap<string, string>;
  /** So many records are sealed together with every key that is destroyed in them: a head is taken before the ledger is read. */
  readonly covers: number;
};

/** @param seals that were checked */
export const ledgerOf = (seals: readonly SealLine[]): SealedLedger => {
  const at = new Map<string, string>();
  let covers = 0;
  for (const { entry, keyIds, head } of seals) {
    const [, , sealedAt = ''] = ENTRY.exec(entry) ?? [];
    for (const id of keyIds) if (!at.has(id)) at.set(id, sealedAt);
    if (head !== undefined && keyIds.length < MOST_KEY_IDS) covers = head.size;
  }
  return { at, covers };
};

/** Lines of a copy that somebody else kept: an anchor file, or the mails' records. A torn line is passed over. */
export const readAnchorFile = (file: string): readonly SealLine[] => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new Found({ code: 'file_unreadable', file });
  }
  const found = text.split('\n').flatMap((line) => {
    const value = parsed(line);
    const seal = isObject(value) ? sealOf(value) : undefined;
    return seal === undefined ? [] : [seal];
  });
  if (found.length === 0) throw new Found({ code: 'file_malformed', file });
  return found;
};

/**
 * Compares with a copy of somebody else.
 * @param until when the export's newest checkpoint was signed: it has every seal that was made well before
 * @throws Found `anchor_differs` for the first seal that says something else, `seal_withheld` for one that the export lacks
 */
export const compareAnchor = (
  file: string,
  copy: readonly SealLine[],
  seals: readonly SealLine[],
  until: string,
): { readonly confirmed: number; readonly newer: number } => {
  let confirmed = 0;
  let newer = 0;
  for (const { sequence, entry, keyIds } of copy) {
    const own = seals[sequence];
    if (own === undefined) {
      const [, , at = ''] = ENTRY.exec(entry) ?? [];
      // Left out, the anchor would stand against nothing: a whole history signed anew comes without the old one's seals.
      if (!(Date.parse(at) + WHILE_SEALING_MS >= Date.parse(until)))
        throw new Found({ code: 'seal_withheld', sequence, file });
      newer += 1;
    } else if (own.entry !== entry || own.keyIds.join() !== keyIds.join())
      throw new Found({ code: 'anchor_differs', sequence, file });
    else confirmed += 1;
  }
  return { confirmed, newer };
};
