export * from './port.js';
export * from './client.js';
export * from './record.js';
export * from './relay-store.js';
export * from './relay.js';
