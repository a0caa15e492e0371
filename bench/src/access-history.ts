import { createMemoryEventLog } from '@toeverlaat/event-log';
import { accessHistory, accessIndex, deniedHistory, hasRead } from '@toeverlaat/records';
import { organisationId, type OrganisationId } from '@toeverlaat/values';
import { openViews, viewFile, type ViewReader } from '@toeverlaat/views';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { inFolder, latencies, note, percentile, printTable, seconds, seededRandom } from './harness.js';

const RECORDS = 10_000_000;
const ROUNDS = 300;
const GENTIA = organisationId('gentia');
/** Shares every id with it, and is a hundredth of its size: what is of one is never read for the other. */
const ZORGNET = organisationId('zorgnet');
const AIM_MS = 50;
/** One host of the domain's own size (domain.md §9): 5,000 counsellors, 160,000 cases, ten years. */
const HANDLERS = 5_000;
const CASES = 160_000;
const YEARS = 10;
const FIRST = Date.parse('2016-01-01T00:00:00.000Z');

/* The same arithmetic in SQLite and here, so that questions name what is there. */
const scattered = (n: number, of: number): number => (n * 2_654_435_761) % of;
const recordOf = (n: number): string => `${n.toString(16).padStart(8, '0')}-2222-4333-8444-555555555555`;
const handlerOf = (n: number): string => `handler${n}`;

/** Every row in SQL: ten million through a prepared statement would take longer than all that is measured. */
const fill = (file: string, organisation: OrganisationId, records: number): void => {
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -524288; PRAGMA temp_store = FILE;
    DROP INDEX IF EXISTS access_index_1; DROP INDEX IF EXISTS access_index_2;
    DROP INDEX IF EXISTS denied_index_1; DROP INDEX IF EXISTS denied_index_2`);
  const step = Math.max(1, Math.floor((YEARS * 365 * 86_400_000) / records));
  // One in a hundred thousand is by an auditor; the rest by counsellors, each of whom is somebody of one case or another.
  db.exec(`
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${records})
    INSERT INTO access (organisation, recorded_at, event_id, service, who, role, staff, capacity, mandate, on_behalf_of, home,
        purpose, record_class, records, fields, query, request_id, outcome, seldom)
      SELECT '${organisation}',
        strftime('%Y-%m-%dT%H:%M:%fZ', ${FIRST / 1000} + i * ${step} / 1000.0, 'unixepoch'),
        printf('%08x-0000-4000-8000-%012x', (i * 2246822519) % 4294967296, i), 'case',
        'handler' || ((i * 2654435761) % ${HANDLERS}), CASE WHEN i % 100000 = 7 THEN 'auditor' ELSE 'counsellor' END, 1,
        'capacity-' || ((i * 2654435761) % ${HANDLERS}), NULL, NULL, NULL, 'handle_case', 'case',
        printf('["%08x-2222-4333-8444-555555555555"]', (i * 2654435761) % ${CASES}), '["contacts","notes"]', 'case.caseById',
        printf('%08x-0000-4000-8000-%012x', (i * 3266489917) % 4294967296, i), 'opened', CASE WHEN i % 100000 = 7 THEN 1 ELSE 0 END
      FROM n;
    INSERT INTO access_of_record (organisation, record, recorded_at, event_id)
      SELECT organisation, json_extract(records, '$[0]'), recorded_at, event_id FROM access
      WHERE organisation = '${organisation}' ORDER BY 2, 3, 4;
    INSERT INTO denied (organisation, recorded_at, event_id, service, who, role, staff, kind, purpose, record_class, record, query,
        request_id, attempts)
      SELECT organisation, recorded_at, event_id, service, who, role, 1, 'refused', purpose, record_class,
        json_extract(records, '$[0]'), query, request_id, 1 FROM access
      WHERE organisation = '${organisation}' AND substr(event_id, 1, 2) = '00'`);
  db.close();
};
const index = (file: string): void => {
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -524288;
    CREATE INDEX access_index_1 ON access (organisation, who, recorded_at, event_id) WHERE staff = 1;
    CREATE INDEX access_index_2 ON access (organisation, role, recorded_at, event_id) WHERE seldom = 1;
    CREATE INDEX denied_index_1 ON denied (organisation, who, recorded_at, event_id) WHERE staff = 1;
    CREATE INDEX denied_index_2 ON denied (organisation, record, recorded_at, event_id) WHERE record IS NOT NULL;
    PRAGMA journal_mode = WAL`);
  db.close();
};

const present = <T>(answer: { readonly ok: true; readonly value: T } | { readonly ok: false }): T => {
  if (!answer.ok) throw new Error('refused');
  return answer.value;
};

type Asked = readonly [what: string, ask: (random: () => number) => number];

/** The questions of the access history, each with other records, handlers and moments every time. */
const questions = (reader: ViewReader, records: number): readonly Asked[] => {
  const ALL = { kind: 'all' } as const;
  const page = { first: 20 };
  const pick = (random: () => number, of: number): number => Math.floor(random() * of);
  const record = (random: () => number): string => recordOf(scattered(pick(random, records), CASES));
  const handler = (random: () => number): string => handlerOf(scattered(pick(random, records), HANDLERS));
  const moment = (random: () => number): string =>
    new Date(FIRST + Math.floor((0.1 + 0.8 * random()) * YEARS * 365) * 86_400_000).toISOString();
  const history = (...asked: Parameters<typeof accessHistory> extends [unknown, unknown, ...infer R] ? R : never) =>
    present(accessHistory(reader, GENTIA, ...asked)).rows.length;
  const between = (random: () => number) => {
    const from = moment(random);
    return { from, to: new Date(Date.parse(from) + 90 * 86_400_000).toISOString() };
  };
  const several = (n: number, one: (random: () => number) => string, random: () => number): string[] =>
    Array.from({ length: n }, () => one(random));
  return [
    ['who read this record', (random) => history({ by: 'record', record: record(random) }, {}, ALL, page)],
    [
      '… between two moments',
      (random) => history({ by: 'record', record: record(random) }, between(random), ALL, page),
    ],
    ['what did this person read', (random) => history({ by: 'handler', pseudonyms: [handler(random)] }, {}, ALL, page)],
    [
      '… under ten pseudonyms, one a year',
      (random) => history({ by: 'handler', pseudonyms: several(10, handler, random) }, {}, ALL, page),
    ],
    [
      '… a page far down',
      (random) => {
        const question = { by: 'handler', pseudonyms: [handler(random)] } as const;
        return history(question, { to: moment(random) }, ALL, { first: 100 });
      },
    ],
    ['everything in a period', (random) => history({ by: 'period' }, between(random), ALL, page)],
    [
      '… by a role that seldom looks',
      (random) => history({ by: 'period', role: 'auditor' }, { to: moment(random) }, ALL, page),
    ],
    ['… by a role that never did', () => history({ by: 'period', role: 'records_manager' }, {}, ALL, page)],
    [
      '… under a mandate of 20 records and 20 handlers',
      (random) =>
        history(
          { by: 'period' },
          {},
          { kind: 'some', records: several(20, record, random), handlers: several(20, handler, random) },
          page,
        ),
    ],
    [
      'refused attempts',
      (random) => present(deniedHistory(reader, GENTIA, { to: moment(random) }, ALL, page)).rows.length,
    ],
    [
      '… under a mandate of 20 handlers',
      (random) =>
        present(
          deniedHistory(
            reader,
            GENTIA,
            {},
            { kind: 'some', records: [], handlers: several(20, handler, random) },
            page,
          ),
        ).rows.length,
    ],
    [
      'whether one of ten who could have read did',
      (random) => {
        let read = 0;
        for (let n = 0; n < 10; n += 1)
          if (hasRead(reader, GENTIA, record(random), several(3, handler, random), between(random))) read += 1;
        return read;
      },
    ],
  ];
};

/** Questions of the access history at ten million accesses. Aim: p95 under 50 ms, for every question. */
export const accessHistoryBench = async (records: number = RECORDS): Promise<void> =>
  inFolder(async (folder) => {
    const log = createMemoryEventLog();
    const open = () => openViews({ folder, service: 'records', log, views: [accessIndex] });
    const empty = open();
    await empty.start();
    await empty.stop();
    const file = viewFile(folder, 'records', accessIndex);
    note(
      `access-history: filling ${records} accesses, and a hundredth of them with the same ids in another organisation`,
    );
    const filling = await seconds(() => {
      fill(file, GENTIA, records);
      fill(file, ZORGNET, Math.ceil(records / 100));
      index(file);
    });
    note(`access-history: filled in ${Math.round(filling)} s; asking`);
    const views = open();
    await views.start();
    const reader = views.query(accessIndex.name);
    const bare = new DatabaseSync(file, { readOnly: true });
    const byKey = bare.prepare(
      'SELECT * FROM access WHERE organisation = ? AND recorded_at < ? ORDER BY recorded_at DESC, event_id DESC LIMIT 20',
    );
    const rows: (string | number)[][] = [];
    const measure = async (what: string, ask: (random: () => number) => number, aim: string): Promise<number> => {
      const random = seededRandom(27);
      let found = 0;
      const taken = await latencies(ROUNDS, () => {
        found += ask(random);
        return Promise.resolve();
      });
      const p95 = percentile(taken, 0.95);
      rows.push([what, percentile(taken, 0.5), p95, percentile(taken, 1), found / ROUNDS, aim]);
      return p95;
    };
    const at = (random: () => number): string =>
      new Date(FIRST + Math.floor(random() * YEARS * 365) * 86_400_000).toISOString();
    await measure('bare SQLite: twenty rows by the key', (random) => byKey.all(GENTIA, at(random)).length, '');
    const p95s: number[] = [];
    for (const [what, ask] of questions(reader, records)) p95s.push(await measure(what, ask, `p95 < ${AIM_MS} ms`));
    bare.close();
    await views.stop();
    await log.close();
    printTable(
      `Questions of the access history over ${records} accesses (${join('records', 'access_index')})`,
      ['what', 'ms, median', 'ms, p95', 'ms, most', 'rows', 'aim'],
      rows,
    );
    const worst = Math.max(...p95s);
    if (worst >= AIM_MS) note(`access-history: the slowest question misses its aim: ${worst.toFixed(1)} ms`);
  });
