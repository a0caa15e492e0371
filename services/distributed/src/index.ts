export { processNames, processSettingsSchema, readProcessSettings, type ProcessSettings } from './settings.js';
