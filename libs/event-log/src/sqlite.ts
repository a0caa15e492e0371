/* What a thread needs that only reads the file of a log: schemas and codecs would take longer to load than the rest of it. */
export * from './follow.js';
export * from './leaf.js';
export * from './port.js';
export * from './sqlite-log.js';
