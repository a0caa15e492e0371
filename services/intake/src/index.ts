export { createIntakeService, type IntakeSources } from './intake.module.js';
export { intakePublicEvents } from './public-events.js';
export { intakeViews } from './views/requests.js';
export { requestCategory, requestCodec } from './domain/request/index.js';
export { conversationCategory, conversationCodec } from './domain/conversation/index.js';
