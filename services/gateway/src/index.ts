export { createGatewayApp, GatewayModule, type GatewayApp, type GatewayAppOptions } from './app.js';
export {
  createGatewayRuntime,
  PermissionTableIncomplete,
  type GatewayOptions,
  type GatewayRuntime,
} from './runtime.js';
export {
  gatewaySettingsSchema,
  InvalidSetting,
  parseGatewaySettings,
  type GatewaySettings,
  type GatewaySettingsInput,
} from './settings.js';
export type { DemoHint } from './http/page.js';
export { permissions } from './permissions/index.js';
export { fieldsOf, schemaForRole, sdlOf, tableGaps, type PermissionTable } from './prune.js';
export { schemaRoles, type SchemaRole } from './schema-roles.js';
export { buildFullSchema, schemaParts } from './schema/index.js';
export { commandField, queryField, type SchemaFrame, type SchemaPart } from './schema/fields.js';
