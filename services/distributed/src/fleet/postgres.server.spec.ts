import { serviceNames, type ServiceName } from '@toeverlaat/contracts';
import { encodeMetadata, streamName, type EventToAppend, type Position } from '@toeverlaat/event-log';
import { openPostgresEventLog, openPostgresMessaging } from '@toeverlaat/postgres';
import { describeWith } from '@toeverlaat/testing/needs';
import { canonicalBytes, eventIdOf, newCommandId, organisationId, randomId } from '@toeverlaat/values';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepareDatabases, removeDatabases, type Databases } from './postgres.js';

// Two organisations that share every id on purpose (design rule 5).
const organisations = [organisationId('gentia'), organisationId('zorgnet')];

const eventIn = (category: string): EventToAppend => {
  const commandId = newCommandId();
  const eventId = eventIdOf(category, commandId, 0);
  const type = `${category}Noted.v1`;
  const metadata = encodeMetadata({
    v: 1,
    eventId,
    type,
    organisation: organisationId('gentia'),
    recordedAt: '2026-03-02T09:00:00.000Z',
    actor: { pseudonym: 'p', capacity: 'counsellor' },
    purpose: 'test',
    commandId,
    fingerprint: '',
    correlationId: commandId,
    causationId: commandId,
    policyVersion: '1',
    lawVersion: '1',
  });
  return { eventId, type, metadata, data: canonicalBytes({}) };
};

describeWith('postgres', 'the roles of a deployment on PostgreSQL', (address) => {
  const name = `roles${process.pid}`;
  let folder: string;
  let databases: Databases;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'toeverlaat-roles-'));
    databases = await prepareDatabases(address, name, join(folder, 'database.json'));
  }, 180_000);
  afterAll(async () => {
    await removeDatabases(address, name);
    rmSync(folder, { recursive: true, force: true });
  });

  /** What each attempt to append to a category of every service came to. */
  const attempts = async (log: string): Promise<readonly string[]> => {
    const opened = await openPostgresEventLog({ connectionString: log });
    try {
      const came: string[] = [];
      for (const owner of serviceNames)
        for (const organisation of organisations) {
          const category = `${owner}.rights`;
          const stream = streamName(category, organisation, 'one');
          const answer = await opened.append({
            organisation,
            stream,
            expected: 'any',
            events: [eventIn(category)],
          });
          came.push(`${owner} ${organisation} ${answer.ok ? 'stands' : answer.error.kind}`);
        }
      return came;
    } finally {
      await opened.close();
    }
  };
  const expected = (may: (owner: ServiceName) => boolean): readonly string[] =>
    serviceNames.flatMap((owner) =>
      organisations.map((organisation) => `${owner} ${organisation} ${may(owner) ? 'stands' : 'LogReadOnly'}`),
    );

  it('let each service append to its own streams alone; who rotates keys reads', async () => {
    for (const service of serviceNames)
      expect(await attempts(databases.of(service).log)).toEqual(expected((owner) => owner === service));
    expect(await attempts(databases.keeper.log)).toEqual(expected(() => true));
    for (const { log } of [databases.rotation, databases.operator])
      expect(await attempts(log)).toEqual(expected(() => false));
  }, 180_000);

  it('take no stream whose name says another owner than its columns', async () => {
    const client = new Client({ connectionString: databases.of('case').log });
    await client.connect();
    try {
      await client.query(`SELECT set_config('toeverlaat.organisations', '*', false)`);
      for (const [stream, category, organisation] of [
        ['intake.request-gentia_x', 'case.case', 'gentia'],
        ['case.case-zorgnet_x', 'case.case', 'gentia'],
        ['case.case-gentia_x', 'intake.request', 'gentia'],
        ['case.casex-gentia_x', 'case.case', 'gentia'],
      ])
        await expect(
          client.query(
            `INSERT INTO toeverlaat_log.events (stream, category, organisation, revision, event_id, type, metadata, data, leaf)
             VALUES ($1, $2, $3, 0, gen_random_uuid(), 't', '', '', decode(repeat('00', 32), 'hex'))`,
            [stream, category, organisation],
          ),
        ).rejects.toMatchObject({ code: '42501' });
      for (const statement of [
        `INSERT INTO toeverlaat_log.writer VALUES (current_user, '*')`,
        'DELETE FROM toeverlaat_log.writer',
      ])
        await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' });
    } finally {
      await client.end();
    }
  }, 180_000);

  it('keep what one service’s relays, reactions and consumers know from being changed by another', async () => {
    const position = '7' as Position;
    const open = (url: string) => openPostgresMessaging({ connectionString: url });
    const own = await open(databases.of('intake').messaging);
    const other = await open(databases.of('case').messaging);
    const operator = await open(databases.operator.messaging);
    try {
      const item = { reactor: 'toeverlaat.intake', position, event: undefined, reason: 'x', attempts: 1 };
      await own.reactors.advance('toeverlaat.intake', position, [item]);
      await own.relays.advance('intake', { position, last: undefined });
      await own.deliveries.settle('toeverlaat.intake', {
        handled: new Map([['directory.person-gentia_p1', 3]]),
        parked: [],
        spilled: [],
        unspilled: [],
      });
      expect(await own.relays.lease('intake', 'one', 60_000)).toBe(true);

      // How far a relay is everybody may know; nothing else, and nobody changes it.
      expect((await other.relays.checkpoint('intake'))?.position).toBe(position);
      expect(await other.reactors.allParked()).toEqual([]);
      expect(await other.reactors.discard('toeverlaat.intake', position, 'not mine', 'now')).toBe(false);
      expect(await other.reactors.requestReplay('toeverlaat.intake', position)).toBe(false);
      expect(await other.reactors.checkpoint('toeverlaat.intake')).toBeUndefined();
      await other.relays.reset('intake', undefined);
      await other.relays.release('intake', 'one');
      for (const attempt of [
        () => other.relays.advance('intake', { position: '9' as Position, last: undefined }),
        () => other.reactors.advance('toeverlaat.intake', '9' as Position, []),
        () => other.reactors.advance('toeverlaat.case', '9' as Position, [{ ...item, position: '9' as Position }]),
        () => other.relays.lease('intake', 'two', 60_000),
        () =>
          other.deliveries.settle('toeverlaat.intake', {
            handled: new Map([['directory.person-gentia_p1', 9]]),
            parked: [],
            spilled: [],
            unspilled: [],
          }),
      ])
        await expect(attempt()).rejects.toMatchObject({ code: '42501' });

      expect((await own.relays.checkpoint('intake'))?.position).toBe(position);
      expect(await own.deliveries.handled('toeverlaat.intake', ['directory.person-gentia_p1'])).toEqual(
        new Map([['directory.person-gentia_p1', 3]]),
      );
      expect(await own.relays.lease('intake', 'two', 60_000)).toBe(false);

      expect(await operator.reactors.allParked()).toEqual([item]);
      expect(await operator.reactors.discard('toeverlaat.intake', position, 'entered twice', randomId())).toBe(true);
      expect(await own.reactors.allParked()).toEqual([]);
    } finally {
      await Promise.all([own.close(), other.close(), operator.close()]);
    }
  }, 180_000);

  it('have a password each', async () => {
    const urls = [...serviceNames.map((service) => databases.of(service).log), databases.keeper.log];
    expect(new Set(urls.map((url) => new URL(url).password)).size).toBe(urls.length);
  }, 180_000);
});
