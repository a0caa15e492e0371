import { pino, type DestinationStream, type Logger as Pino } from 'pino';
import { clearOnly, type LogFields } from './fields.js';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * `event` is a constant written in the source, such as `'request answered'`: never built from input. A template with a
 * value in it is the way content gets into logs.
 */
export type LogMethod = (event: string, fields?: LogFields) => void;

export type Logger = {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  readonly fatal: LogMethod;
  /** A logger that adds these fields to every line. */
  readonly with: (fields: LogFields) => Logger;
  readonly flush: () => void;
};

export type LoggerOptions = {
  readonly level: LogLevel;
  readonly service: string;
  /** Where lines go; standard output when left out. */
  readonly destination?: DestinationStream;
};

/** A second net under the allow-list, should a serializer ever be passed by: these paths are always blanked. */
const REDACTED = [
  'plain',
  '*.plain',
  'ct',
  '*.ct',
  'iv',
  '*.iv',
  'authorization',
  '*.authorization',
  '*.headers',
  'token',
  '*.token',
];

const wrap = (sink: Pino): Logger => {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error' | 'fatal'): LogMethod =>
    (event, fields) => {
      if (!sink.isLevelEnabled(level)) return;
      if (fields === undefined) sink[level](event);
      else sink[level](clearOnly(fields), event);
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    with: (fields) => wrap(sink.child(clearOnly(fields))),
    flush: () => {
      sink.flush();
    },
  };
};

/** Structured lines of JSON that hold clear-list fields and nothing else (design rule 6). No host name, no process id, no address. */
export const createLogger = ({ level, service, destination }: LoggerOptions): Logger => {
  const options = {
    level,
    base: { service },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: REDACTED, censor: '[withheld]' },
  };
  return wrap(destination === undefined ? pino(options) : pino(options, destination));
};

/** Prints nothing. */
export const silentLogger = (): Logger => createLogger({ level: 'silent', service: 'silent' });
