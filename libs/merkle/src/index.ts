export * from './core.js';
export * from './node-hasher.js';
export * from './ed25519.js';
export * from './memory-tile-store.js';
export * from './file-tile-store.js';
