import { LogFormatTooNew, LogIntegrityError, LogNotRecognised } from '@toeverlaat/event-log';
import { EvidenceStopped, ExportRefused } from '@toeverlaat/records';
import { KeyFileUnusable, RootKeyMissing, RootKeyUnusable } from '@toeverlaat/sealing';
import type { Language } from '@toeverlaat/contracts';
import { BackupRefused } from './backup/refusal.js';
import { backupTexts } from './backup/refusal-texts.js';
import { LeavingRefused } from './leaving/refusal.js';
import { leavingTexts } from './leaving/refusal-texts.js';
import { DataFolderInUse } from './lock.js';
import { refusalTexts, terminalLanguage } from './refusal-texts.js';

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

/** Kinds of errors that a start or a command refuses with. One that is none of these is a fault of ours. */
const known = [
  EvidenceStopped,
  ExportRefused,
  LogIntegrityError,
  LogFormatTooNew,
  LogNotRecognised,
  RootKeyMissing,
  RootKeyUnusable,
  KeyFileUnusable,
  KeyringMissing,
  GatewayKeyUnusable,
  CannotListen,
  DataFolderInUse,
  BackupRefused,
  LeavingRefused,
] as const;

/**
 * What to tell the person who starts the product, when it refuses for a reason we know; undefined for a fault of ours. What is
 * wrong and what to do in the language of the terminal, then the error's own words.
 */
export const refusalOf = (error: unknown, language: Language = terminalLanguage(process.env)): string | undefined => {
  if (!(error instanceof Error) || !known.some((kind) => error instanceof kind)) return undefined;
  const said =
    error instanceof BackupRefused
      ? backupTexts[error.rule][language]
      : error instanceof LeavingRefused
        ? leavingTexts[error.rule][language]
        : refusalTexts[error.name]?.[language];
  const exact = `${error.name}: ${error.message}`;
  return said === undefined ? exact : `${said}\n${exact}`;
};
