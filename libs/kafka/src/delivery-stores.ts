import type { Position } from '@toeverlaat/event-log';
import { createMemoryParked, createSqliteParked, inTransaction, parkedEventOf } from '@toeverlaat/messaging';
import { InvariantBroken, type OrganisationId } from '@toeverlaat/values';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { DeliveryStore, Spilled } from './delivery-store.js';
import type { TopicPartition } from './port.js';

const partitionKey = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;
const sameRecord = (a: Spilled['at'], b: Spilled['at']): boolean =>
  a.offset === b.offset && a.partition === b.partition && a.topic === b.topic;
const inOrder = (a: Spilled, b: Spilled): number =>
  partitionKey(a.at) === partitionKey(b.at)
    ? Number(a.at.offset - b.at.offset)
    : partitionKey(a.at) < partitionKey(b.at)
      ? -1
      : 1;

/** Keeps nothing beyond the process: for tests. */
export const createMemoryDeliveryStore = (): DeliveryStore => {
  const { park, ...parked } = createMemoryParked();
  const streams = new Map<string, number>();
  let spilled: (Spilled & { readonly consumer: string })[] = [];
  const of = (consumer: string, partitions: readonly TopicPartition[]): readonly Spilled[] => {
    const wanted = new Set(partitions.map(partitionKey));
    return spilled.filter((one) => one.consumer === consumer && wanted.has(partitionKey(one.at)));
  };
  return {
    ...parked,
    handled: (consumer, asked) =>
      Promise.resolve(
        new Map(
          asked.flatMap((stream) => {
            const revision = streams.get(`${consumer} ${stream}`);
            return revision === undefined ? [] : [[stream, revision] as const];
          }),
        ),
      ),
    settle: (consumer, settlement) => {
      for (const [stream, revision] of settlement.handled) {
        const key = `${consumer} ${stream}`;
        streams.set(key, Math.max(revision, streams.get(key) ?? revision));
      }
      for (const item of settlement.parked) park(item);
      for (const one of settlement.spilled)
        if (!spilled.some((other) => other.consumer === consumer && sameRecord(other.at, one.at)))
          spilled.push({ ...one, consumer });
      spilled = spilled.filter(
        (one) => one.consumer !== consumer || !settlement.unspilled.some((at) => sameRecord(at, one.at)),
      );
      return Promise.resolve();
    },
    backlogs: (consumer, partitions) =>
      Promise.resolve(
        of(consumer, partitions).reduce(
          (counts, { organisation }) => counts.set(organisation, (counts.get(organisation) ?? 0) + 1),
          new Map<OrganisationId, number>(),
        ),
      ),
    backlog: (consumer, organisation, partitions, limit) =>
      Promise.resolve(
        of(consumer, partitions)
          .filter((one) => one.organisation === organisation)
          .toSorted(inOrder)
          .slice(0, limit)
          .map(({ organisation: whose, at, event, from }) => ({ organisation: whose, at, event, from })),
      ),
    backlogSize: (consumer) => Promise.resolve(spilled.filter((one) => one.consumer === consumer).length),
  };
};

const provenanceSchema = z.object({
  previous: z.number().int().optional(),
  version: z.number().int(),
  position: z.string(),
});

/** A spilled event as two texts, in every durable store. */
export const spilledTexts = ({ event, from }: Spilled): { readonly event: string; readonly provenance: string } => ({
  event: JSON.stringify(event),
  provenance: JSON.stringify(from),
});
/** @throws ZodError, InvariantBroken when the store holds something else */
export const spilledOf = (at: Spilled['at'], eventText: string, provenanceText: string): Spilled => {
  const event = parkedEventOf(eventText);
  if (event === undefined) throw new InvariantBroken('a spilled message without an event');
  const { previous, version, position } = provenanceSchema.parse(JSON.parse(provenanceText));
  return { organisation: event.organisation, at, event, from: { previous, version, position: position as Position } };
};

/** In one SQLite file, which the replicas of one host share. What is lost in a crash of the machine comes again: NORMAL. */
export const openSqliteDeliveryStore = (file: string): DeliveryStore & { readonly close: () => void } => {
  mkdirSync(dirname(file), { recursive: true });
  const db = new DatabaseSync(file, { timeout: 5_000 });
  db.exec(`
    PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS handled (
      consumer TEXT NOT NULL, stream TEXT NOT NULL, revision INTEGER NOT NULL, PRIMARY KEY (consumer, stream)) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS spilled (
      consumer TEXT NOT NULL, organisation TEXT NOT NULL, topic TEXT NOT NULL, part INTEGER NOT NULL, offset INTEGER NOT NULL,
      event TEXT NOT NULL, provenance TEXT NOT NULL, PRIMARY KEY (consumer, organisation, topic, part, offset)) STRICT, WITHOUT ROWID;
  `);
  const { park, ...parked } = createSqliteParked(db);
  const find = db.prepare(
    'SELECT stream, revision FROM handled WHERE consumer = ? AND stream IN (SELECT value FROM json_each(?))',
  );
  const note = db.prepare(`INSERT INTO handled (consumer, stream, revision) VALUES (?, ?, ?)
    ON CONFLICT (consumer, stream) DO UPDATE SET revision = excluded.revision WHERE excluded.revision > revision`);
  const spill = db.prepare(`INSERT OR IGNORE INTO spilled
    (consumer, organisation, topic, part, offset, event, provenance) VALUES (?, ?, ?, ?, ?, ?, ?)`);
  const unspill = db.prepare('DELETE FROM spilled WHERE consumer = ? AND topic = ? AND part = ? AND offset = ?');
  const ours = `consumer = ? AND (topic, part) IN (SELECT value ->> 'topic', value ->> 'partition' FROM json_each(?))`;
  const count = db.prepare(`SELECT organisation, count(*) AS n FROM spilled WHERE ${ours} GROUP BY organisation`);
  const oldest =
    db.prepare(`SELECT topic, part, offset, event, provenance FROM spilled WHERE ${ours} AND organisation = ?
    ORDER BY topic, part, offset LIMIT ?`);
  oldest.setReadBigInts(true);
  const size = db.prepare('SELECT count(*) AS n FROM spilled WHERE consumer = ?');
  return {
    ...parked,
    handled: (consumer, streams) =>
      Promise.resolve(
        new Map(
          find.all(consumer, JSON.stringify(streams)).map((row) => [String(row['stream']), Number(row['revision'])]),
        ),
      ),
    settle: (consumer, settlement) => {
      inTransaction(db, () => {
        for (const [stream, revision] of settlement.handled) note.run(consumer, stream, revision);
        for (const item of settlement.parked) park(item);
        for (const one of settlement.spilled) {
          const { topic, partition, offset } = one.at;
          const { event, provenance } = spilledTexts(one);
          spill.run(consumer, one.organisation, topic, partition, offset, event, provenance);
        }
        for (const { topic, partition, offset } of settlement.unspilled)
          unspill.run(consumer, topic, partition, offset);
      });
      return Promise.resolve();
    },
    backlogs: (consumer, partitions) =>
      Promise.resolve(
        new Map(
          count
            .all(consumer, JSON.stringify(partitions))
            .map((row) => [String(row['organisation']) as OrganisationId, Number(row['n'])]),
        ),
      ),
    backlog: (consumer, organisation, partitions, limit) =>
      Promise.resolve(
        oldest
          .all(consumer, JSON.stringify(partitions), organisation, limit)
          .map((row) =>
            spilledOf(
              { topic: String(row['topic']), partition: Number(row['part']), offset: BigInt(row['offset'] as bigint) },
              String(row['event']),
              String(row['provenance']),
            ),
          ),
      ),
    backlogSize: (consumer) => Promise.resolve(Number(size.get(consumer)?.['n'] ?? 0)),
    close: () => {
      db.close();
    },
  };
};
