export * from './result.js';
export * from './ids.js';
export * from './canonical.js';
export * from './time.js';
export * from './hash.js';
export * from './pause.js';
