export * from './call.js';
export * from './in-process.js';
export * from './rpc-client.js';
export * from './public-events.js';
export * from './public-event-schema.js';
export * from './reactor.js';
export * from './reactor-store.js';
