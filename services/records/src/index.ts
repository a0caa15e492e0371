export {
  createRecordsService,
  RecordsModule,
  type RecordsChoices,
  type RecordsRuntime,
  type RecordsSources,
} from './records.module.js';
export { createEvidence, type Evidence, type EvidenceSettings } from './evidence/evidence.js';
export type { EvidenceThread } from './evidence/thread.js';
export { createExporter, type ExportPage } from './evidence/export.js';
export { exportToFolder, ExportRefused } from './evidence/export-folder.js';
export { EvidenceStopped, isFull, type EvidenceFault } from './evidence/faults.js';
export { createFileAnchor } from './evidence/anchors/file.js';
export { createGitAnchor } from './evidence/anchors/git.js';
export { createOutboxAnchor } from './evidence/anchors/outbox.js';
export { AnchorUnavailable, lineOf, recordsIn, type Anchor, type AnchorRecord } from './evidence/anchors/port.js';
export { beginAnew, beginElsewhere, ledgerFault, type AnewParts, type LedgerFault } from './evidence/anew.js';
export { inclusionOf, type Inclusion } from './evidence/proofs.js';
export { departureCategory, departureCodec } from './domain/departure/index.js';
export { isFile } from './departure/departing.js';
export {
  createHandingOver,
  type DecidedDeparture,
  type DecidedReceiver,
  type DecidedRegister,
  type HandingOver,
  type KeyTransfer,
} from './departure/handing-over.js';
export { repeatErasures, type AppliedLedger } from './erasure/repeat.js';
export { isOlderThanAnchored, ledgerOfVault, sealedRecords } from './evidence/ledger.js';
export { INSTALLATION } from './domain/installation/index.js';
export { inspectEvidence } from './evidence/inspect.js';
export { accessIndex, recordingServices } from './views/access-index.js';
export { accessHistory, deniedHistory, type HistoryQuestion } from './history.js';
export { hasRead } from './access/could-have-read.js';
export { recordsViews } from './views/index.js';
export { type BackupTerms, type ErasureCertificate } from './domain/erasure-vocabulary.js';
export { recordsPublicEvents } from './public-events.js';
export { countKept, simulateProposal } from './application/simulation.js';
export {
  beginDestruction,
  dueSubjects,
  endDestruction,
  keptIdOfSubject,
  mayBeDestroyed,
  type DestructionAnswer,
  type DueSubject,
} from './application/destruction.js';
