export { compose, type Overrides, type Product } from './compose.js';
export { playDemonstration, seedIsDue } from './demonstration.js';
export { layoutOf, type Layout } from './layout.js';
export { DataFolderInUse, lockFolder, type FolderLock } from './lock.js';
export { CannotListen, GatewayKeyUnusable, KeyringMissing, refusalOf } from './refusals.js';
export { serviceTable, type PublicEventsOf, type ServiceEntry } from './services.js';
export { readSettings, settingsSchema, type Settings, type SettingsError } from './settings.js';
export { differs, rebuildViews, type ViewComparison } from './commands/views.js';
export { demoToken, DEMO_AUDIENCE, DEMO_ISSUER } from './demo-idp/index.js';
