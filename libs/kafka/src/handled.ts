import type { DeliveryStore } from './delivery-store.js';

const MOST_STREAMS = 50_000;

/** How far a consumer is in each stream: what the store knows, and what was handled since it was last written. */
export const createHandled = (store: DeliveryStore, consumer: string, most = MOST_STREAMS) => {
  /** `undefined`: the store was asked and knows nothing. */
  const known = new Map<string, number | undefined>();
  let unwritten = new Map<string, number>();
  let writing: ReadonlyMap<string, number> = new Map();
  const peek = (stream: string): number | undefined =>
    unwritten.get(stream) ?? writing.get(stream) ?? known.get(stream);
  const isKnown = (stream: string): boolean => unwritten.has(stream) || writing.has(stream) || known.has(stream);
  const load = async (streams: ReadonlySet<string>): Promise<void> => {
    const wanted = [...streams].filter((stream) => !isKnown(stream));
    if (wanted.length === 0) return;
    if (known.size + wanted.length > most) known.clear();
    const found = await store.handled(consumer, wanted);
    for (const stream of wanted) known.set(stream, found.get(stream));
  };
  return {
    /** Asks the store once for many. */
    load,
    /** Whether `peek` answers without the store. */
    isKnown,
    peek,
    last: async (stream: string): Promise<number | undefined> => {
      if (!isKnown(stream)) await load(new Set([stream]));
      return peek(stream);
    },
    note: (stream: string, revision: number): void => {
      const before = peek(stream);
      if (before === undefined || before < revision) unwritten.set(stream, revision);
    },
    /** Another replica may have gone on in the streams of partitions that come and go. */
    forget: (): void => {
      known.clear();
    },
    isDirty: (): boolean => unwritten.size > 0,
    /** What is to be written; `written` says that it stands. */
    take: (): ReadonlyMap<string, number> => {
      writing = unwritten;
      unwritten = new Map();
      return writing;
    },
    written: (): void => {
      for (const [stream, revision] of writing) known.set(stream, revision);
      writing = new Map();
    },
  };
};
