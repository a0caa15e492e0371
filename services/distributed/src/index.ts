export {
  processNames,
  processSettingsSchema,
  readProcessSettings,
  type ProcessName,
  type ProcessSettings,
} from './settings.js';
export { keysSettingsSchema, readKeysSettings } from './keys/settings.js';
export { prepareSettingsSchema } from './prepare-settings.js';
export { startFleet, type Fleet, type FleetOptions } from './fleet/fleet.js';
