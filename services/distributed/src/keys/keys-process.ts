import { aloneOnPostgres } from '@toeverlaat/postgres';
import type { SealingService } from '@toeverlaat/sealing';
import {
  backupTermsOf,
  createRotation,
  createTimers,
  createUndo,
  DataFolderInUse,
  lockFolder,
  organisationsOf,
  VERSION,
} from '@toeverlaat/standalone';
import {
  createLogger,
  createTelemetry,
  startOperationsServer,
  telemetrySettings,
  type Logger,
} from '@toeverlaat/telemetry';
import type { EventLog } from '@toeverlaat/event-log';
import { assertNever, systemClock, type Clock, type OrganisationId } from '@toeverlaat/values';
import { join } from 'node:path';
import { openKeys, openLog, type KeysSetting } from '../adapters.js';
import type { KeysSettings } from './settings.js';

/** Names the work among everything that takes turns in the keyring's database. */
const WORK = 'toeverlaat rotation';

const keysOf = ({ vault, keyring, keys }: KeysSettings): KeysSetting =>
  vault !== undefined && keyring !== undefined
    ? { kind: 'postgres', vault, keyring }
    : { kind: 'folder', folder: keys ?? '' };

/** Runs the work in one process at a time of all that rotate these keys; false where another is at it. */
const aloneWith =
  (keys: KeysSetting) =>
  async (work: () => Promise<void>): Promise<boolean> => {
    switch (keys.kind) {
      case 'postgres':
        return aloneOnPostgres({ connectionString: keys.keyring }, WORK, work);
      case 'folder': {
        let lock: ReturnType<typeof lockFolder>;
        try {
          lock = lockFolder(keys.folder, join(keys.folder, 'lock', 'rotation.sqlite'));
        } catch (error) {
          if (error instanceof DataFolderInUse) return false;
          throw error;
        }
        try {
          await work();
          return true;
        } finally {
          lock.release();
        }
      }
      default:
        return assertNever(keys);
    }
  };

/** What an operator asked for was not done, and why. */
export class NotRotated extends Error {
  override readonly name = 'NotRotated';
}

type Opened = {
  readonly log: EventLog;
  readonly sealing: SealingService;
  readonly alone: ReturnType<typeof aloneWith>;
  readonly close: () => Promise<void>;
};

const open = async (settings: KeysSettings, clock: Clock, logger: Logger): Promise<Opened> => {
  const undo = createUndo(logger);
  try {
    const log = await openLog(settings.log, logger);
    undo.add('log', log.close);
    const sealing = await openKeys(keysOf(settings), settings.rootKey, clock, false);
    undo.add('keys', sealing.close);
    return { log, sealing, alone: aloneWith(keysOf(settings)), close: undo.run };
  } catch (error) {
    await undo.run();
    throw error;
  }
};

/**
 * Starts an epoch now, whatever the last one's days: after a backup was lost, or a vault was seen by somebody.
 * @returns a line for each organisation, of counts alone
 * @throws NotRotated: another process rotates, nobody has that name, or the keys do not answer; what was done by then stands
 */
export const rotateNow = async (
  settings: KeysSettings,
  whose: OrganisationId | 'all',
  clock: Clock = systemClock,
): Promise<readonly string[]> => {
  const logger = createLogger({ level: settings.logLevel, service: 'keys' });
  const { log, sealing, alone, close } = await open(settings, clock, logger);
  try {
    const known = await organisationsOf(log)();
    if (whose !== 'all' && !known.has(whose)) throw new NotRotated(`no organisation ${whose}`);
    const lines: string[] = [];
    const done = await alone(async () => {
      for (const organisation of whose === 'all' ? [...known].toSorted() : [whose]) {
        // One that has sealed nothing yet has no epoch to end.
        if ((await sealing.epochSince(organisation)) === undefined) {
          lines.push(`${organisation}: nothing is sealed yet`);
          continue;
        }
        const rotated = await sealing.rotate(organisation, { dropPrevious: settings.dropPrevious });
        if (!rotated.ok) throw new NotRotated(`${organisation}: ${rotated.error.kind}; ask again`);
        const { epoch, rewrapped, dropped } = rotated.value;
        lines.push(
          `${organisation}: epoch ${epoch}, ${rewrapped} keys wrapped anew, epochs dropped: ${dropped.length}`,
        );
      }
    });
    if (!done) throw new NotRotated('another process rotates keys at this moment; ask again');
    return lines;
  } finally {
    await close();
  }
};

/** The process that keeps epochs of keys, running. */
export type KeysProcess = {
  readonly operationsPort: number;
  /** Looks now, once. */
  readonly look: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/**
 * Starts epochs when they are due (design §4), as the one role that may: no service has the keys of every record class, so none
 * can do this (ADR 59). Several of these may run; one works at a time.
 * @throws PostgresLogUnusable, KeyServerUnfit, RootKeyMissing …
 */
export const startKeysProcess = async (settings: KeysSettings, clock: Clock = systemClock): Promise<KeysProcess> => {
  const logger = createLogger({ level: settings.logLevel, service: 'keys' });
  const undo = createUndo(logger);
  try {
    const telemetry = await createTelemetry({
      settings: telemetrySettings(settings),
      process: 'keys',
      version: VERSION,
    });
    undo.add('telemetry', telemetry.stop);
    const { log, sealing, alone, close } = await open(settings, clock, logger);
    undo.add('stores', close);
    const operator = await startOperationsServer({
      host: settings.operationsHost ?? '127.0.0.1',
      port: settings.operationsPort ?? 0,
      parts: [
        {
          part: 'log',
          check: async () => {
            await log.head();
            return 'ok' as const;
          },
        },
      ],
      figures: telemetry.figures,
    });
    undo.add('operator’s port', operator.close);
    const look = createRotation({
      log,
      sealing,
      clock,
      epochDays: backupTermsOf(settings).rotationDays,
      logger,
      alone,
      meter: telemetry.of('keys').meter,
    });
    const runTimers = createTimers([{ name: 'keys', runTimers: look }], settings.everyMs, logger, undo);
    // Not only an hour after each start.
    await runTimers();
    return {
      operationsPort: operator.port,
      look: runTimers,
      stop: () => {
        operator.drain();
        return undo.run();
      },
    };
  } catch (error) {
    await undo.run();
    throw error;
  }
};
