import { formatTlogProof, nodeHasher, proveInclusion } from '@toeverlaat/merkle';
import type { OrganisationId } from '@toeverlaat/values';
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
  const { log } = await publisher.opened(organisation);
  const place = {
    origin: log.origin,
    signers: [...log.signers],
    index: found.index,
    leaf: Buffer.from(found.leaf).toString('hex'),
  };
  const covering = (await streams.checkpoints(organisation)).find(({ size }) => size > found.index);
  if (covering === undefined) return { ...place, proof: null };
  const head = { size: covering.size, root: Buffer.from(covering.root, 'hex') };
  const { proof } = await proveInclusion(trees.reader(organisation), nodeHasher, found.index, head);
  return { ...place, proof: formatTlogProof({ index: found.index, proof, checkpoint: covering.note }) };
};
