import { closeSync, constants, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { openNamespace } from './own-namespace.fixture.js';

/** A disk of a few megabytes, seen only by who is started on it. */
export type SmallDisk = {
  /** What a command is put behind to see it. */
  readonly within: readonly string[];
  /** A file of it, for everybody. */
  readonly seen: (path: string) => string;
  /** Takes every byte that is left. */
  readonly fill: () => void;
  /** Gives back what `fill` took. */
  readonly free: () => void;
  readonly close: () => Promise<void>;
};

const CHUNK = 1024 * 1024;
const PAGE = 4096;

/**
 * Puts a disk of its own where a folder is (memory, of which it takes what is written).
 * @param owner of the folder, where it is not who asks
 */
export const openSmallDisk = async (folder: string, megabytes: number, owner = 0): Promise<SmallDisk> => {
  const namespace = await openNamespace('mount');
  const filler = namespace.seen(`${folder}/filler`);
  try {
    namespace.run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700,uid=${owner}`, 'small', folder);
  } catch (error) {
    await namespace.close();
    throw error;
  }
  return {
    within: namespace.within,
    seen: namespace.seen,
    fill: () => {
      const file = openSync(filler, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND);
      try {
        for (const size of [CHUNK, PAGE]) {
          const zeros = Buffer.alloc(size);
          try {
            for (;;) writeSync(file, zeros);
          } catch (error) {
            if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
          }
        }
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    },
    free: () => {
      rmSync(filler, { force: true });
    },
    close: namespace.close,
  };
};
