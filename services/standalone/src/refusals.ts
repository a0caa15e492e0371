import { LogFormatTooNew, LogIntegrityError, LogNotRecognised } from '@toeverlaat/event-log';
import { EvidenceStopped, ExportRefused } from '@toeverlaat/records';
import { KeyFileUnusable, RootKeyMissing, RootKeyUnusable } from '@toeverlaat/sealing';
import { DataFolderInUse } from './lock.js';

/** The log has events, but the keyring they are sealed under is gone; a new one would open nothing. */
export class KeyringMissing extends Error {
  override readonly name = 'KeyringMissing';
  constructor(
    readonly file: string,
    readonly log: string,
  ) {
    super(`${file} is missing: what ${log} holds was sealed under it. Restore it; a new one would open nothing`);
  }
}

/** A file of the gateway that cannot be used. */
export class GatewayKeyUnusable extends Error {
  override readonly name = 'GatewayKeyUnusable';
  constructor(readonly file: string) {
    super(
      `${file} does not hold 32 bytes in base64url: delete it and a new one is made; position tokens given before end`,
    );
  }
}

/** The address cannot be listened on. */
export class CannotListen extends Error {
  override readonly name = 'CannotListen';
  constructor(host: string, port: number, code: string) {
    const advice =
      code === 'EADDRINUSE' ? `port ${port} is taken: choose another with --port (0 takes a free one)` : code;
    super(`cannot listen on ${host}:${port}: ${advice}`);
  }
}

const advice = (error: Error): string | undefined => {
  if (error instanceof EvidenceStopped)
    return 'Nothing was signed or changed; docs/how-to/audit.md says what each of these asks for.';
  if (error instanceof ExportRefused) return 'The folder was left as it is; choose an empty one with --out.';
  if (error instanceof LogIntegrityError)
    return 'Nothing was started or changed. `npm run log:check` looks at every record and names the first bad one; restore the log from a backup.';
  if (error instanceof LogFormatTooNew) return 'Nothing was changed.';
  if (error instanceof LogNotRecognised) return 'Choose another folder with --data, or put the log back.';
  if (error instanceof RootKeyMissing || error instanceof RootKeyUnusable) return 'The setting is --root-key.';
  if (
    error instanceof KeyFileUnusable ||
    error instanceof KeyringMissing ||
    error instanceof GatewayKeyUnusable ||
    error instanceof CannotListen ||
    error instanceof DataFolderInUse
  )
    return '';
  return undefined;
};

/** What to tell the person who starts the product, when it refuses for a reason we know; undefined for a fault of ours. */
export const refusalOf = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined;
  const help = advice(error);
  return help === undefined ? undefined : `${error.name}: ${error.message}${help === '' ? '' : `\n${help}`}`;
};
