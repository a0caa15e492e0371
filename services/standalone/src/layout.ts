import { join } from 'node:path';

/** What stands where in the data folder. Backups need this apart: the log for long, vault shortly, keyring on its own (design §4). */
export type Layout = {
  readonly folder: string;
  readonly log: string;
  readonly vault: string;
  readonly keyring: string;
  /** One folder per service, one file per view: can be deleted at any time, is built again. */
  readonly views: string;
  /** Leaf index and tiles: can be deleted while nothing runs, are made again from the log. */
  readonly evidence: string;
  readonly blobs: string;
  readonly reactors: string;
  readonly gatewayKey: string;
  readonly lock: string;
  /** A restore that was begun here and not ended; while it stands, nothing opens. */
  readonly restore: string;
  /** In the demonstration: whether its scenarios have been played to the end. */
  readonly demonstration: string;
};

export const layoutOf = (folder: string): Layout => ({
  folder,
  log: join(folder, 'log', 'events.sqlite'),
  vault: join(folder, 'keys', 'vault', 'vault.sqlite'),
  keyring: join(folder, 'keys', 'keyring', 'keyring.sqlite'),
  views: join(folder, 'views'),
  evidence: join(folder, 'evidence'),
  blobs: join(folder, 'blobs'),
  reactors: join(folder, 'reactors.sqlite'),
  gatewayKey: join(folder, 'keys', 'gateway', 'position-tokens.key'),
  lock: join(folder, 'lock', 'in-use.sqlite'),
  restore: join(folder, 'restore.json'),
  demonstration: join(folder, 'demonstration.json'),
});
