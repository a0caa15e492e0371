/** Who ends servers when the process that started them has ended without doing so. */
export type ParentsEnd = {
  /** A process that is to be told this signal then; it is killed ten seconds later. */
  readonly holds: (pid: number, signal: 'QUIT' | 'KILL') => void;
  /** It has ended; its number may be another's. */
  readonly gone: (pid: number) => void;
  /** Everything was ended in order: nothing is left to do. */
  readonly done: () => void;
};

/**
 * Watches over servers for as long as this process lives.
 * @param folder removed when it has ended without `done`; nothing is when left out
 */
export declare const endWithParent: (folder?: string) => ParentsEnd;
