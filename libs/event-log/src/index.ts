export * from './envelope.js';
export * from './stream-name.js';
export * from './port.js';
export * from './position.js';
export * from './leaf.js';
export * from './sealed.js';
export { canonicalText } from './canonical-sealed.js';
export * from './fields.js';
export * from './decider.js';
export * from './codec.js';
export * from './metadata.js';
export { MAX_FOLD_MS } from './fold-cache.js';
export * from './runner.js';
export * from './append-rules.js';
export * from './follow.js';
export * from './watch.js';
export * from './memory-log.js';
export {
  DEFAULT_OPEN_CHECK,
  LOG_FORMAT,
  LogFormatTooNew,
  LogIntegrityError,
  LogNotRecognised,
  type BadRecord,
  type OpenCheck,
} from './sqlite-format.js';
export * from './sqlite-log.js';
export * from './sqlite-check.js';
export * from './heals.js';
export * from './catalogue.js';
export * from './copy-log.js';
