export { erasurePartCategory, erasurePartCodec } from './codec.js';
export { erasurePartEventTypes, type ErasurePartEvent, type ErasurePartEventTypes } from './events.js';
export * from './state.js';
export { erasurePartDecider, type ErasurePartCommand } from './decide.js';
export * from './part.js';
export { watchDestroyedKeys } from './watch.js';
export { erasedRecord } from './erased.js';
