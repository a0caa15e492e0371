import type { PermissionTable } from '../prune.js';
import type { SchemaRole } from '../schema-roles.js';
import { fields, table } from './who.js';

/** Exact counts are for the statutory report, so for who makes it alone (design §7). */
const head = ['head_internal_service'] as const satisfies readonly SchemaRole[];
const followers = [...head, 'employer', 'committee_member'] as const satisfies readonly SchemaRole[];

export const reportingPermissions: PermissionTable = table(
  fields('Mutation', head, 'releaseFigures', 'freezeAnnualReport'),

  fields('Query', head, 'statutoryFigures'),
  fields('StatutoryFigures', head, 'year', 'formVersion', 'source', 'status', 'lines', 'editions'),
  fields('StatutoryFiguresLine', head, 'line', 'section', 'label', 'counted', 'value'),
  fields('AnnualReportEdition', head, 'edition', 'formVersion', 'frozenAt', 'lines', 'lineage'),
  fields('AnnualReportEditionLine', head, 'line', 'value'),
  fields('FiguresLineage', head, 'facts', 'factsDigest', 'viewVersion', 'lawVersion'),

  fields('Query', followers, 'releasedFigures'),
  fields('ReleasedFiguresPage', followers, 'rows', 'next'),
  fields(
    'ReleasedFigures',
    followers,
    'releaseId',
    'from',
    'to',
    'releasedAt',
    'threshold',
    'layoutVersion',
    'lawVersion',
    'tables',
  ),
  fields('ReleasedTable', followers, 'table', 'cells', 'total'),
  fields('ReleasedTableCell', followers, 'cell', 'value'),
);
