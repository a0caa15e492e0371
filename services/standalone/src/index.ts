export { buildEveryView, type BuildOptions, type BuiltService } from './build-views.js';
export { compose, type Overrides, type Product } from './compose.js';
export { foundDemonstration, playDemonstration, seedIsDue } from './demonstration.js';
export { layoutOf, type Layout } from './layout.js';
export { DataFolderInUse, lockFolder, type FolderLock } from './lock.js';
export { CannotListen, GatewayKeyUnusable, KeyringMissing, refusalOf } from './refusals.js';
export { serviceTable, type PublicEventsOf, type ServiceEntry } from './services.js';
export {
  anchorFault,
  dueShape,
  evidenceShape,
  keyTermsShape,
  readSettings,
  settingsSchema,
  type Settings,
} from './settings.js';
export { backupTermsOf } from './backup-terms.js';
export { evidenceOf, evidenceThread } from './evidence.js';
export { readGiven, type SettingsError } from './composition/read-settings.js';
export { differs, rebuildViews, type ViewComparison } from './commands/views.js';
export { demoToken, DEMO_AUDIENCE, DEMO_ISSUER } from './demo-idp/index.js';
export { type Adapters } from './composition/adapters.js';
export { openDoor, type Door } from './composition/door.js';
export { openService } from './composition/open-service.js';
export { createTimers, TIMERS_MS } from './composition/timers.js';
export { createRotation, organisationsOf } from './composition/rotation.js';
export { createUndo, type Undo } from './composition/undo.js';
export { directoryAuthority, watchDirectory, watchedAuthority } from './authority.js';
export { ownerOnly } from './owner-only.js';
export { complain, progressBar, say } from './terminal.js';
export { demoPeople, stageOf, type Stageable } from './demo/index.js';
export { VERSION } from './version.js';
export { runCommand, WrongUse } from './commands/command.js';
export { splitFlags } from './commands/flags.js';
export { foundingsOf, registerOrganisations, rehearseOrganisations } from './founding/command.js';
export { foundAll } from './founding/found.js';
export { readFoundings, type FoundingRequest } from './founding/file.js';
export { applyNewestLedger, carryOut, type Applied, type Restorable } from './backup/apply.js';
export { BackupRefused, type BackupRule } from './backup/refusal.js';
export { createFileAnchor, INSTALLATION, isOlderThanAnchored, type Anchor } from '@toeverlaat/records';
