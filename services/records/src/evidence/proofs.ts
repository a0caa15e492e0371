import { formatTlogProof, nodeHasher, noteVerifier, openCheckpoint, proveInclusion } from '@toeverlaat/merkle';
import type { OrganisationId } from '@toeverlaat/values';
import { originOfNote } from '../domain/evidence/index.js';
import type { Evidence } from './evidence.js';

export type Inclusion = {
  readonly origin: string;
  readonly signers: string[];
  readonly index: number;
  /** Hexadecimal. */
  readonly leaf: string;
  /** C2SP tlog-proof; null until a checkpoint covers the leaf. */
  readonly proof: string | null;
};

/** Under which of these names and keys a note was signed. */
const signedWith = async <O extends { readonly origin: string; readonly signers: readonly string[] }>(
  note: string,
  origins: readonly O[],
): Promise<O | undefined> => {
  const named = originOfNote(note);
  for (const origin of origins.filter((one) => one.origin === named)) {
    const verifiers = origin.signers.flatMap((key) => {
      const verifier = noteVerifier(key);
      return verifier.ok ? [verifier.value] : [];
    });
    if ((await openCheckpoint(note, named, verifiers)).ok) return origin;
  }
  return undefined;
};

/**
 * The place of an event in its organisation's tree, and the proof under the oldest checkpoint that covers it: that is the
 * one that says how soon it was in the tree.
 * @returns undefined for an event that this organisation does not have; @throws TreeDamaged, EvidenceStopped
 */
export const inclusionOf = async (
  { parts: { index, publisher, streams, trees } }: Pick<Evidence, 'parts'>,
  organisation: OrganisationId,
  eventId: string,
): Promise<Inclusion | undefined> => {
  const found = index.byEvent(organisation, eventId);
  if (found === undefined) return undefined;
  const { log, earlier } = await publisher.opened(organisation);
  const under = (origin: { readonly origin: string; readonly signers: readonly string[] }) => ({
    origin: origin.origin,
    signers: [...origin.signers],
  });
  const place = {
    index: found.index,
    leaf: Buffer.from(found.leaf).toString('hex'),
  };
  const covering = (await streams.checkpoints(organisation)).find(({ size }) => size > found.index);
  if (covering === undefined) return { ...under(log), ...place, proof: null };
  // That may be one from before a restore, or of keys that were changed since: with those the note is checked.
  const origin = (await signedWith(covering.note, [...earlier, log])) ?? log;
  // It may be another replica's, whose tree is not made here yet.
  if (index.integrated(organisation).size < covering.size) await trees.integrate(organisation);
  const head = { size: covering.size, root: Buffer.from(covering.root, 'hex') };
  const { proof } = await proveInclusion(trees.reader(organisation), nodeHasher, found.index, head);
  return {
    ...under(origin),
    ...place,
    proof: formatTlogProof({ index: found.index, proof, checkpoint: covering.note }),
  };
};
