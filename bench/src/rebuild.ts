import { openSqliteEventLog, type EventLog } from '@toeverlaat/event-log';
import { buildEveryView, serviceTable } from '@toeverlaat/standalone';
import { openViews, viewFile, type ViewNotice } from '@toeverlaat/views';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { compare, inFolder, median, note, printTable, sampled, seconds, type Measured } from './harness.js';
import { fillWithStories } from './stories.js';

const EVENTS = 1_000_000;
const ROUNDS = 2;
const THREADS = 2;
const READ_BATCH = 2_000;
/** Builds every view of every service from nothing, as a start without view files does. */
const build = async (log: EventLog, folder: string, perService?: Map<string, number>): Promise<void> => {
  rmSync(folder, { recursive: true, force: true });
  for (const { name, views } of serviceTable) {
    const took = await seconds(async () => {
      const failures: ViewNotice[] = [];
      const opened = openViews({
        folder,
        service: name,
        log,
        views,
        startWithinMs: 3_600_000,
        onNotice: (notice) => {
          if (notice.kind === 'failed' || notice.kind === 'retrying') failures.push(notice);
        },
      });
      await opened.start();
      await opened.stop();
      if (failures.length > 0) throw new Error(JSON.stringify(failures[0]));
    });
    perService?.set(name, took);
  }
};

const quoted = (name: string): string => `"${name}"`;

/** Reads every stored byte of the log once, in its order. */
const rawScan = (file: string): void => {
  const db = new DatabaseSync(file, { readOnly: true });
  const read = db.prepare('SELECT * FROM events WHERE position > ? ORDER BY position LIMIT ?');
  read.setReturnArrays(true);
  let after = 0;
  for (;;) {
    const rows = read.all(after, READ_BATCH) as unknown as readonly (readonly SQLInputValue[])[];
    const last = rows.at(-1)?.[0];
    if (last === undefined) break;
    after = Number(last);
  }
  db.close();
};

/** The rows that the built views hold, with the statements that make their tables. */
const builtTables = (folder: string) =>
  serviceTable.flatMap(({ name, views }) =>
    views.flatMap((view) => {
      const file = viewFile(folder, name, view);
      if (view.mode === 'live' || !existsSync(file)) return [];
      const db = new DatabaseSync(file, { readOnly: true });
      const ddl = db
        .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid")
        .all()
        .map((row) => String(row['sql']));
      const tables = view.tables.map((table) => {
        const columns = Object.keys(table.columns);
        const read = db.prepare(
          `SELECT ${columns.map(quoted).join(', ')} FROM ${quoted(table.name)}${table.clustered === true ? '' : ' ORDER BY rowid'}`,
        );
        read.setReturnArrays(true);
        return { name: table.name, columns, rows: read.all() as unknown as SQLInputValue[][] };
      });
      db.close();
      return [{ name: `${name}.${view.name}`, ddl, tables }];
    }),
  );

/** Puts rows that are in memory into new files of the same tables and indexes, under the settings that views are built with. */
const rawInsert = (folder: string, built: ReturnType<typeof builtTables>): void => {
  for (const { name, ddl, tables } of built) {
    const file = join(folder, `raw-${name}.sqlite`);
    rmSync(file, { force: true });
    const db = new DatabaseSync(file);
    db.exec(
      'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536',
    );
    for (const statement of ddl) db.exec(statement);
    for (const { name: table, columns, rows } of tables) {
      const insert = db.prepare(
        `INSERT INTO ${quoted(table)} (${columns.map(quoted).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
      );
      for (let at = 0; at < rows.length; at += READ_BATCH) {
        db.exec('BEGIN');
        for (const row of rows.slice(at, at + READ_BATCH)) insert.run(...row);
        db.exec('COMMIT');
      }
    }
    db.close();
    rmSync(file, { force: true });
  }
};

/** Figure 3: every view built from a million events, beside a raw scan and a raw insert of the same rows. Aims: 0.5 of it, 50,000 events/s. */
export const rebuild = async (events = EVENTS): Promise<void> =>
  inFolder(async (folder) => {
    const file = join(folder, 'events.sqlite');
    let log = openSqliteEventLog({ file, maxBatch: 4_096 });
    note(`rebuild: fabricating ${events} events`);
    const written = await fillWithStories(log, events);
    await log.close();
    log = openSqliteEventLog({ file, readOnly: true });
    try {
      const views = join(folder, 'views');
      note('rebuild: measuring');
      await build(log, views);
      const tables = builtTables(views);
      const rows = tables.reduce(
        (sum, view) => sum + view.tables.reduce((all, table) => all + table.rows.length, 0),
        0,
      );
      const perService = new Map<string, number>();
      const parts = { scan: [] as number[], insert: [] as number[] };
      const operations = written;
      const together = join(folder, 'together');
      const rates = await compare(ROUNDS, {
        views: () => sampled(operations, () => build(log, views, perService)),
        threads: () => {
          rmSync(together, { recursive: true, force: true });
          return sampled(operations, () => buildEveryView({ log: file, folder: together, threads: THREADS }));
        },
        raw: () =>
          sampled(operations, async () => {
            parts.scan.push(await seconds(() => rawScan(file)));
            parts.insert.push(await seconds(() => rawInsert(folder, tables)));
          }),
      });
      const row = (what: string, { rate, cpuMicros }: Measured): (string | number)[] => [
        what,
        rate,
        operations / rate,
        rate / rates.raw.rate,
        cpuMicros,
        rates.raw.cpuMicros / cpuMicros,
      ];
      const part = (what: string, taken: number): (string | number)[] => [what, '', taken, '', '', ''];
      printTable(
        `Rebuilding all views, ${operations.toLocaleString('en')} events, ${rows.toLocaleString('en')} rows (aims: 0.5 of the limit, 50,000 events/s)`,
        ['what', 'events/s', 's', 'of the limit', 'CPU µs/event', 'of the limit'],
        [
          row('product: a start without view files, one thread', rates.views),
          row(`product: \`views rebuild\`, ${THREADS} threads, hash of every view`, rates.threads),
          row('limit: raw scan of the log + raw insert of the same rows', rates.raw),
          ...[...perService]
            .filter(([, taken]) => taken > 0.05)
            .map(([name, taken]) => part(`of the start: ${name}`, taken)),
          part('of the limit: scan', median(parts.scan)),
          part('of the limit: insert', median(parts.insert)),
        ],
      );
    } finally {
      await log.close();
    }
  });
