export {
  defineView,
  InvalidView,
  type IndexDefinition,
  type NewRow,
  type SomeColumns,
  type SqlValue,
  type StoredCodec,
  type StoredRow,
  type TableDefinition,
  type ViewDefinition,
  type ViewEventOf,
  type ViewMeta,
  type ViewMode,
  type ViewOptions,
  type ViewTx,
  type ViewValue,
} from './define.js';
export { ViewStopped, viewFile, type Checkpoint } from './file.js';
export {
  openViews,
  ViewNotReady,
  type OpenViewsOptions,
  type RebuiltView,
  type ViewNotice,
  type Views,
  type ViewState,
  type ViewStatus,
} from './views.js';
export { rebuildAll, type RebuildAllOptions } from './rebuild.js';
export { sealedColumn, type SqlParams, type SqlRow, type ViewReader } from './reader.js';
export {
  decodeCursor,
  encodeCursor,
  MAX_PAGE,
  readPage,
  type OrderColumn,
  type Page,
  type PageError,
  type PageQuery,
} from './paging.js';
export type { Published, PublishedRefused } from './publish.js';
export { viewsCommand, VIEWS_USAGE, type ServiceViews, type ViewsCommandOptions } from './command.js';
