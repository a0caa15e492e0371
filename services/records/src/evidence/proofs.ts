import { formatTlogProof, nodeHasher, proveInclusion } from '@toeverlaat/merkle';
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
  // That may be one from before a restore: its name and keys are what the note is checked with.
  const named = originOfNote(covering.note);
  const origin = earlier.find((one) => one.origin === named) ?? log;
  const head = { size: covering.size, root: Buffer.from(covering.root, 'hex') };
  const { proof } = await proveInclusion(trees.reader(organisation), nodeHasher, found.index, head);
  return {
    ...under(origin),
    ...place,
    proof: formatTlogProof({ index: found.index, proof, checkpoint: covering.note }),
  };
};
