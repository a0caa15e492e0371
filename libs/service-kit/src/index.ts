export * from './runtime.js';
export * from './context.js';
export * from './controller.js';
export * from './gate.js';
export * from './views.js';
export * from './service.js';
