export * from './roles.js';
export * from './policy.js';
export * from './policies.js';
export * from './capacities.js';
export * from './exclusions.js';
export * from './recorder.js';
export * from './matrix.js';
