import { startPostgres } from '@toeverlaat/testing/postgres-server';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Another event store, as far as a bench needs one. */
export type Emmett = {
  readonly append: (
    stream: string,
    event: {
      readonly type: string;
      readonly data: Readonly<Record<string, unknown>>;
      readonly metadata: Readonly<Record<string, unknown>>;
    },
  ) => Promise<void>;
};

export type OpenedEmmett =
  | { readonly ok: true; readonly store: Emmett; readonly close: () => Promise<void> }
  | { readonly ok: false; readonly why: string };

/** What is used of `@event-driven-io/emmett-postgresql`, which is no dependency of the workspace (`bench/emmett`). */
type Store = {
  readonly appendToStream: (stream: string, events: readonly object[]) => Promise<unknown>;
  readonly close: () => Promise<void>;
};
type EmmettModule = { readonly getPostgreSQLEventStore: (connectionString: string) => Store };
const isEmmett = (module: unknown): module is EmmettModule =>
  typeof module === 'object' &&
  module !== null &&
  'getPostgreSQLEventStore' in module &&
  typeof module.getPostgreSQLEventStore === 'function';

const ATTEMPTS = 10;
const FOLDER = fileURLToPath(new URL('../emmett/', import.meta.url));

/**
 * emmett's PostgreSQL store on a server of its own, with fsync as PostgreSQL has it; where the machine has no PostgreSQL, or
 * `npm ci --prefix bench/emmett` was not run, why not.
 */
export const openEmmett = async (): Promise<OpenedEmmett> => {
  let file: string;
  try {
    file = createRequire(`${FOLDER}package.json`).resolve('@event-driven-io/emmett-postgresql');
  } catch {
    return { ok: false, why: 'npm ci --prefix bench/emmett' };
  }
  const module: unknown = await import(pathToFileURL(file).href);
  const found: unknown = isEmmett(module) ? module : (module as { readonly default?: unknown }).default;
  if (!isEmmett(found)) return { ok: false, why: 'another version than bench/emmett names' };
  let server: Awaited<ReturnType<typeof startPostgres>>;
  try {
    server = await startPostgres();
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : 'no PostgreSQL server' };
  }
  const store = found.getPostgreSQLEventStore(server.url);
  return {
    ok: true,
    store: {
      append: async (stream, event) => {
        // Two appends to one stream at the same moment collide there, though no version was asked for; its users try again.
        for (let attempt = 1; ; attempt += 1)
          try {
            await store.appendToStream(stream, [event]);
            return;
          } catch (error) {
            if (attempt === ATTEMPTS) throw error;
          }
      },
    },
    close: async () => {
      await store.close();
      await server.remove();
    },
  };
};
