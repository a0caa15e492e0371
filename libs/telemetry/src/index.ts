export * from './fields.js';
export * from './logger.js';
