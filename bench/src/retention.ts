import { lawfulTerms, lawVersion } from '@toeverlaat/legal';
import { countKept, simulateProposal } from '@toeverlaat/records';
import { organisationId, uuidV5 } from '@toeverlaat/values';
import type { SqlParams, SqlRow, ViewReader } from '@toeverlaat/views';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { inFolder, median, note, printTable, seconds, seededRandom } from './harness.js';

const CASES = 1_000_000;
const ROUNDS = 3;
const ORGANISATION = organisationId('gentia');
const DAY = 86_400_000;
const TODAY = '2026-11-25';
/** Cases of twenty years: one in ten is open, one in a hundred is held. */
const YEARS = 20;

const day = (time: number): string => new Date(time).toISOString().slice(0, 10);

const fill = (file: string, cases: number): void => {
  const db = new DatabaseSync(file);
  db.exec(`CREATE TABLE kept (organisation TEXT NOT NULL, kept_id TEXT NOT NULL, record_class TEXT NOT NULL, begun_on TEXT NOT NULL,
    law_version TEXT NOT NULL, start_on TEXT, settled TEXT NOT NULL, holds TEXT NOT NULL, destroyed INTEGER NOT NULL,
    PRIMARY KEY (organisation, kept_id)); BEGIN`);
  const insert = db.prepare('INSERT INTO kept VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)');
  const random = seededRandom(26);
  const end = Date.parse(TODAY);
  for (let n = 0; n < cases; n += 1) {
    const begun = end - Math.floor(random() * YEARS * 365) * DAY;
    const closed = Math.min(end, begun + Math.floor(random() * 200) * DAY);
    const open = random() < 0.1;
    const held = random() < 0.01;
    insert.run(
      ORGANISATION,
      uuidV5('bench kept', String(n)),
      'informal_case',
      day(begun),
      lawVersion,
      open ? null : day(closed),
      open ? '[]' : `[["${day(closed)}",null]]`,
      held ? `[["${uuidV5('hold', String(n))}","${day(closed)}",null]]` : '[]',
    );
  }
  db.exec('COMMIT');
  db.close();
};

/** As the view's own reader, which only this table is read through here. */
const readerOf = (db: DatabaseSync): ViewReader => {
  const all = <T extends SqlRow>(sql: string, params: SqlParams = []): readonly T[] =>
    db.prepare(sql).all(...(params as readonly (string | number)[])) as T[];
  return { all, get: (sql, params) => all<never>(sql, params)[0], acrossOrganisations: all };
};

/** Simulation of a change of rules over a million cases, beside reading the same rows. Aim: under a minute. */
export const retention = async (cases: number = CASES): Promise<void> =>
  inFolder(async (folder) => {
    const file = join(folder, 'kept.sqlite');
    note(`retention: filling ${cases} records`);
    fill(file, cases);
    const db = new DatabaseSync(file, { readOnly: true });
    const reader = readerOf(db);
    const scans: number[] = [];
    const simulations: number[] = [];
    let line = '';
    for (let round = 0; round < ROUNDS; round += 1) {
      scans.push(
        await seconds(() => {
          if (countKept({ kept: reader }, ORGANISATION) !== cases) throw new Error('rows are missing');
        }),
      );
      simulations.push(
        await seconds(() => {
          const { report } = simulateProposal(
            { kept: reader },
            ORGANISATION,
            { versions: [], proposals: new Map(), reviews: new Set() },
            { rules: [{ ...lawfulTerms('informal_case'), period: 'P7Y' }], scope: 'all' },
            { on: TODAY, today: TODAY, lawVersion },
          );
          line = `kept ${report.kept}, due before ${report.dueBefore}, after ${report.dueAfter}`;
        }),
      );
    }
    db.close();
    const [scan, simulated] = [median(scans), median(simulations)];
    printTable(
      `Simulation of a change of rules over ${cases} records (${line})`,
      ['what', 's, median', 'records/s', 'aim'],
      [
        ['reading the rows', scan, Math.round(cases / scan), ''],
        ['simulation', simulated, Math.round(cases / simulated), '< 60 s'],
      ],
    );
  });
