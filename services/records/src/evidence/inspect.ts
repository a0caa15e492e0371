import { leafOf, type EventLog, type Position } from '@toeverlaat/event-log';
import { appendToFrontier, emptyFrontier, nodeHasher, rootOfFrontier, type Frontier } from '@toeverlaat/merkle';
import type { OrganisationId } from '@toeverlaat/values';
import { evidenceCategory, evidenceCodec } from '../domain/evidence/index.js';
import { openLeafIndex } from './leaf-index.js';

export type EvidenceInspection = { readonly checkpoints: number; readonly faults: readonly string[] };

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const CATEGORY = `${evidenceCategory}-`;

/**
 * Goes through the whole log and compares: every checkpoint with the root over the leaves before it, and what a stopped
 * process left of index and tree with the same order. Reads no tile and no key.
 */
export const inspectEvidence = async (log: EventLog, indexFile: string): Promise<EvidenceInspection> => {
  const index = openLeafIndex(indexFile);
  const faults: string[] = [];
  let checkpoints = 0;
  try {
    const roots = new Map<OrganisationId, { frontier: Frontier; readonly at: Map<number, string> }>();
    for (let after: Position | undefined; ;) {
      const slice = await log.readAll({ ...(after === undefined ? {} : { after }), limit: 2_000 });
      for (const event of slice.events) {
        const { organisation, stream, eventId } = event;
        const tree = roots.get(organisation) ?? { frontier: emptyFrontier, at: new Map<number, string>() };
        roots.set(organisation, tree);
        if (stream.startsWith(CATEGORY)) {
          const stored = evidenceCodec.decodeStored(event);
          if (stored?.type === 'CheckpointPublished') {
            checkpoints += 1;
            if (tree.at.get(stored.data.size) !== stored.data.root)
              faults.push(`${organisation}: the checkpoint of ${stored.data.size} leaves is not that of the log`);
          }
        }
        const leaf = leafOf(event);
        const { size } = tree.frontier;
        const indexed = index.at(organisation, size);
        if (indexed !== undefined && (indexed.eventId !== eventId || !leaf.equals(indexed.leaf)))
          faults.push(`${organisation}: leaf ${size} of the index is not that of the log`);
        tree.frontier = appendToFrontier(nodeHasher, tree.frontier, [leaf]);
        tree.at.set(size + 1, hex(rootOfFrontier(nodeHasher, tree.frontier)));
      }
      after = slice.next;
      if (slice.atEnd) break;
    }
    for (const organisation of index.organisations()) {
      const { size, root } = index.integrated(organisation);
      if (size > 0 && roots.get(organisation)?.at.get(size) !== root)
        faults.push(`${organisation}: the tree of ${size} leaves is not that of the log`);
    }
  } finally {
    index.close();
  }
  return { checkpoints, faults };
};
