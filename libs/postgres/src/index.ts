export * from './schema.js';
export * from './postgres-log.js';
