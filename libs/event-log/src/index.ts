export * from './envelope.js';
export * from './port.js';
export * from './leaf.js';
export * from './sealed.js';
export * from './fields.js';
export * from './decider.js';
export * from './codec.js';
export * from './runner.js';
