import { accessCodec, accessStream } from '@toeverlaat/access';
import { caseCategory, caseCodec } from '@toeverlaat/case';
import { conversationCategory, conversationCodec, requestCategory, requestCodec } from '@toeverlaat/intake';
import {
  encodeMetadata,
  openSqliteEventLog,
  plainText,
  streamName,
  type Codec,
  type EncodedEvent,
  type EventLog,
  type EventOf,
  type EventType,
  type Sealer,
} from '@toeverlaat/event-log';
import { buildEveryView, serviceTable } from '@toeverlaat/standalone';
import { uuidV5, type CommandId, type OrganisationId, type PersonId } from '@toeverlaat/values';
import { openViews, viewFile, type ViewNotice } from '@toeverlaat/views';
import { createHash } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { compare, inFolder, median, note, printTable, sampled, seconds, type Measured } from './harness.js';
import { SITE, twins } from './prepare.js';

const EVENTS = 1_000_000;
const ROUNDS = 2;
const THREADS = 2;
/** Events of one story: 5 of a request and its conversation, 8 of a case, 7 access records. */
const STORY = 20;
const STORIES_AT_ONCE = 200;
const READ_BATCH = 2_000;
/** Time goes on in a log: one second from story to story. */
const FIRST_AT = Date.parse('2026-03-02T09:00:00.000Z');
const DATE = '2026-03-02';

/** Size classes of what is sealed: a date or a code in 32 bytes, words in 256, and the tag of 16. */
const CODE = 'A'.repeat(64);
const WORDS = 'A'.repeat(363);

/**
 * Seals nothing: gives values of the right form, size and context that nobody could open. Building views opens none, and
 * a million real ones would take longer than what is measured.
 */
const forger: Sealer = {
  seal: (items) =>
    Promise.resolve({
      ok: true,
      value: items.map(({ context, subjects, value }) => ({
        v: 1,
        alg: 'A256GCM',
        keys: subjects.map((subject) => createHash('md5').update(subject).digest('hex')),
        ctx: context,
        iv: 'AAAAAAAAAAAAAAAA',
        ct: typeof value === 'string' && value.length > 24 ? WORDS : CODE,
      })),
    }),
  open: () => Promise.reject(new Error('a view opens nothing')),
};

type Part = {
  readonly at: string;
  readonly stream: string;
  readonly commandId: CommandId;
  readonly events: readonly EncodedEvent[];
};

/** One worker's story in events as the services store them. */
const storyOf = async (organisation: OrganisationId, n: number) => {
  const id = (what: string): string => uuidV5('bench story', organisation, String(n), what);
  const handler = `handler${n % 50}`;
  const at = new Date(FIRST_AT + n * 1_000).toISOString();
  const encoded = async <T extends readonly EventType[]>(
    codec: Codec<T>,
    category: string,
    streamId: string,
    events: readonly EventOf<T>[],
  ): Promise<Part> => {
    const stream = streamName(category, organisation, streamId);
    const commandId = id(`command ${category}`) as CommandId;
    const answer = await codec.encode(forger, { organisation, stream, streamId, commandId }, events);
    if (!answer.ok) throw new Error(JSON.stringify(answer.error));
    return { at, stream, commandId, events: answer.value };
  };
  const requestId = id('request');
  const caseId = id('case');
  const words = plainText('What somebody said, in a few words.');
  const contact = (what: string) => ({
    type: 'ContactRecorded' as const,
    data: {
      contactId: id(what),
      heldOn: DATE,
      channel: 'phone' as const,
      durationMinutes: 30,
      riskSources: ['organisation' as const],
      optionsExplained: [],
      language: 'nl' as const,
      topic: words,
    },
  });
  const parts: Part[] = [
    await encoded(requestCodec, requestCategory, requestId, [
      {
        type: 'ContactRequested',
        data: {
          handler,
          designationId: 'lies',
          applicantParticipantId: id('applicant'),
          hearingDueOn: DATE,
          announceOn: DATE,
          escalateOn: DATE,
          way: 'anonymous',
          site: SITE,
          firstContactOn: DATE,
          language: 'nl',
          kindOfFacts: 'conflict',
          message: words,
          escalation: 'nobody',
          wordingVersion: '2026.1',
        },
      },
      { type: 'RequestReleased', data: { to: handler, capacity: 'counsellor' } },
      { type: 'RequestAccepted', data: { by: handler } },
    ]),
    await encoded(conversationCodec, conversationCategory, requestId, [
      {
        type: 'MessageSent',
        data: { messageId: id('message 1'), from: 'worker', sender: id('applicant'), part: 'replies', words },
      },
      {
        type: 'MessageSent',
        data: { messageId: id('message 2'), from: 'counsellor', sender: handler, part: 'replies', words },
      },
    ]),
    await encoded(caseCodec, caseCategory, caseId, [
      {
        type: 'CaseOpened',
        data: {
          handler,
          handlerParticipantId: id('handler'),
          handlerPerson: { organisation, person: 'lies' as PersonId },
          applicantParticipantId: id('applicant'),
          hearingDueOn: DATE,
          lawVersion: '2026.1',
          origin: 'accepted_request',
          requestId,
          site: SITE,
          firstContactOn: DATE,
          applicantIdentity: 'named',
          applicantName: plainText('Somebody'),
          kindOfFacts: 'conflict',
          language: 'nl',
          writtenCounts: false,
          factId: id('fact'),
        },
      },
      {
        type: 'HearingOffered',
        data: { attemptId: id('attempt'), offeredOn: DATE, proposedFor: DATE, channel: 'phone' },
      },
      { type: 'HearingHeld', data: { judgement: 'in_time', heldOn: DATE, channel: 'in_person' } },
      contact('contact 1'),
      contact('contact 2'),
      { type: 'CaseNoteWritten', data: { noteId: id('note'), note: words } },
      { type: 'OutcomeRecorded', data: { outcome: 'improved', recordedFor: DATE, factId: id('fact 2') } },
      { type: 'CaseClosed', data: { retentionClass: 'informal_case', closedOn: DATE } },
    ]),
  ];
  const looked = accessCodec('case');
  const stream = accessStream('case', organisation, at, 'bench');
  for (let i = 0; i < 7; i += 1) {
    const commandId = id(`access ${i}`) as CommandId;
    const answer = await looked.encode(forger, { organisation, stream, streamId: 'bench', commandId }, [
      {
        type: 'AccessRecorded',
        data: {
          who: handler,
          role: 'counsellor',
          capacity: 'abcdefghijklmnopqrstuvwxyz',
          purpose: 'handle_case',
          recordClass: 'case',
          query: 'case.caseById',
          requestId: id(`request ${i}`),
          records: [caseId],
          fields: ['applicant', 'summary', 'contacts', 'notes'],
          outcome: 'opened',
        },
      },
    ]);
    if (!answer.ok) throw new Error(JSON.stringify(answer.error));
    parts.push({ at, stream, commandId, events: answer.value });
  }
  return parts;
};

const fill = async (log: EventLog, events: number): Promise<number> => {
  const stories = Math.ceil(events / STORY);
  let written = 0;
  for (let start = 0; start < stories; start += STORIES_AT_ONCE) {
    const appends: Promise<unknown>[] = [];
    for (let n = start; n < Math.min(stories, start + STORIES_AT_ONCE); n += 1) {
      const organisation = twins[n % twins.length];
      if (organisation === undefined) throw new Error('no organisation');
      for (const { at, stream, commandId, events: encoded } of await storyOf(organisation, n)) {
        written += encoded.length;
        appends.push(
          log
            .append({
              organisation,
              stream,
              expected: 'any',
              events: encoded.map(({ eventId, type, data }) => ({
                eventId,
                type,
                data,
                metadata: encodeMetadata({
                  v: 1,
                  eventId,
                  type,
                  organisation,
                  recordedAt: at,
                  actor: { pseudonym: 'abcdefghijklmnopqrstuvwxyz', capacity: 'counsellor' },
                  purpose: 'handle_case',
                  commandId,
                  fingerprint: 'f'.repeat(43),
                  correlationId: commandId,
                  causationId: commandId,
                  policyVersion: '2026.1',
                  lawVersion: '2026.1',
                }),
              })),
            })
            .then((answer) => {
              if (!answer.ok) throw new Error(answer.error.kind);
              return undefined;
            }),
        );
      }
    }
    await Promise.all(appends);
  }
  return written;
};

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
    const written = await fill(log, events);
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
