export * from './connection.js';
export * from './schema.js';
export * from './postgres-log.js';
export { KeyServerUnfit, type PostgresKeysOptions } from './key-database.js';
export { EVERY_CLASS, installPostgresKeyring, installPostgresVault, type KeyCredentials } from './key-schema.js';
export * from './postgres-vault.js';
export * from './postgres-keyring.js';
export * from './open-sealing.js';
