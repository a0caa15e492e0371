import { InvariantBroken } from '@toeverlaat/values';
import { DamagedEvent } from './codec.js';
import { LogClosed } from './follow.js';
import { LogIntegrityError } from './sqlite-format.js';

/**
 * Whether an error of a log, or of a store beside it, stays for as long as nobody does anything: damage, a broken invariant,
 * a log that was closed. Everything else (a database that restarts, a network that is cut, a disk that is full) may be over
 * by the next try, and whoever follows the log waits for it.
 */
export const noWaitingHeals = (error: unknown): boolean =>
  error instanceof DamagedEvent ||
  error instanceof InvariantBroken ||
  error instanceof LogIntegrityError ||
  error instanceof LogClosed;
