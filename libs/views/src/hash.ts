import { canonicalJson } from '@toeverlaat/values';
import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { ViewDefinition } from './define.js';
import { breathe } from './scan.js';

const quoted = (name: string): string => `"${name}"`;
const ROWS_AT_ONCE = 5_000;

/**
 * SHA-256 over the rows of all tables, tables by name and rows by primary key, each row as the canonical JSON of its
 * values in the order of the columns. Same log, same hash (design rule 1). The checkpoint does not enter: positions
 * belong to one log and hashes outlive it.
 * @returns lower-case hex
 */
export const hashRows = async (db: DatabaseSync, view: ViewDefinition): Promise<string> => {
  const hash = createHash('sha256').update(`${canonicalJson({ view: view.name, version: view.version })}\n`);
  for (const table of view.tables.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const columns = Object.keys(table.columns);
    hash.update(`${canonicalJson({ table: table.name, columns })}\n`);
    const order = table.primaryKey.map(quoted).join(', ');
    const rows = db.prepare(`SELECT ${columns.map(quoted).join(', ')} FROM ${quoted(table.name)} ORDER BY ${order}`);
    rows.setReturnArrays(true);
    let lines = '';
    let count = 0;
    for (const row of rows.iterate()) {
      // Columns hold text, safe integers and null only, for which JSON.stringify is canonical.
      lines += `${JSON.stringify(row)}\n`;
      count += 1;
      if (count % ROWS_AT_ONCE === 0) {
        hash.update(lines);
        lines = '';
        await breathe();
      }
    }
    hash.update(lines);
  }
  return hash.digest('hex');
};
