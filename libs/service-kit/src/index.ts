export * from './context.js';
export * from './controller.js';
export * from './gate.js';
export * from './observe-background.js';
export * from './observe.js';
export * from './runtime.js';
export * from './service.js';
export * from './views.js';
