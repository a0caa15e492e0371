import {
  createFileTileReader,
  emptyTree,
  headOf,
  integrate,
  nodeHasher,
  openFileTileStore,
  openTree,
  TileConflict,
  TreeDamaged,
  type TiledTree,
  type TileReader,
  type TileStore,
  type TreeHead,
} from '@toeverlaat/merkle';
import type { OrganisationId } from '@toeverlaat/values';
import { join } from 'node:path';
import { EvidenceStopped } from './faults.js';
import type { LeafIndex } from './leaf-index.js';

/** The trees of all organisations, growing in tiles on disk: what is *integrated* is in here. */
export type Trees = {
  /** Puts every sequenced leaf into the tree; gives the head. @throws EvidenceStopped; the disk's error */
  readonly integrate: (organisation: OrganisationId) => Promise<TreeHead>;
  readonly reader: (organisation: OrganisationId) => TileReader;
};

export type TreeStep = 'before_tiles' | 'tiles_written' | 'head_recorded';
export type TreesOptions = {
  readonly folder: string;
  readonly index: LeafIndex;
  /** Called between the steps, for crash injection. */
  readonly at?: (step: TreeStep) => void;
  /** Between the tree and the disk, for fault injection. */
  readonly wrapStore?: (store: TileStore) => TileStore;
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/**
 * Which of the two is ahead after a stop does not matter: tiles beyond the recorded head are written again with the same
 * hashes, and a head is recorded only when its tiles are durable.
 */
export const createTrees = (options: TreesOptions): Trees => {
  const { folder, index, at = () => undefined, wrapStore = (store) => store } = options;
  const stores = new Map<OrganisationId, Promise<TileStore>>();
  const trees = new Map<OrganisationId, TiledTree>();
  const working = new Map<OrganisationId, Promise<TreeHead>>();
  const folderOf = (organisation: OrganisationId): string => join(folder, organisation);

  const storeOf = (organisation: OrganisationId): Promise<TileStore> => {
    const known = stores.get(organisation) ?? openFileTileStore(folderOf(organisation)).then(wrapStore);
    stores.set(organisation, known);
    // A disk that was full when the folder was made may have room now.
    known.catch(() => stores.delete(organisation));
    return known;
  };

  const grow = async (organisation: OrganisationId, tree: TiledTree, to: number): Promise<TiledTree> =>
    to <= tree.size
      ? tree
      : integrate(await storeOf(organisation), nodeHasher, tree, index.hashes(organisation, tree.size, to));

  /** The tree as it was integrated last; made again from the leaves when tiles are gone, as any view may be. */
  const opened = async (organisation: OrganisationId): Promise<TiledTree> => {
    const recorded = index.integrated(organisation);
    const head = { size: recorded.size, root: Buffer.from(recorded.root, 'hex') };
    try {
      return await openTree(await storeOf(organisation), nodeHasher, head);
    } catch (error) {
      if (!(error instanceof TreeDamaged)) throw error;
      const again = await grow(organisation, emptyTree, head.size);
      if (hex(headOf(nodeHasher, again).root) !== recorded.root)
        throw new EvidenceStopped('tree_differs', organisation, { cause: error });
      return again;
    }
  };

  const work = async (organisation: OrganisationId): Promise<TreeHead> => {
    try {
      const tree = trees.get(organisation) ?? (await opened(organisation));
      const to = index.size(organisation);
      at('before_tiles');
      const grown = await grow(organisation, tree, to);
      at('tiles_written');
      const head = headOf(nodeHasher, grown);
      if (grown.size > tree.size) index.setIntegrated(organisation, { size: head.size, root: hex(head.root) });
      at('head_recorded');
      trees.set(organisation, grown);
      return head;
    } catch (error) {
      // Half a batch may be on disk: the next try begins from the recorded head.
      trees.delete(organisation);
      if (error instanceof TileConflict) throw new EvidenceStopped('tree_differs', organisation, { cause: error });
      throw error;
    }
  };

  return {
    integrate: async (organisation) => {
      // One writer a tree; who asks meanwhile gets a look of its own after it.
      const mine = (working.get(organisation) ?? Promise.resolve())
        .catch(() => undefined)
        .then(() => work(organisation));
      working.set(organisation, mine);
      return mine;
    },
    reader: (organisation) => createFileTileReader(folderOf(organisation)),
  };
};
