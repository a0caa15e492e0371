import {
  epochOf,
  epochRecipient,
  KeyStoreUnavailable,
  recordOf,
  type KeyState,
  type LedgerEntry,
  type NewKey,
  type Vault,
  type VaultKey,
  type Wrap,
} from '@toeverlaat/sealing';
import type { OrganisationId } from '@toeverlaat/values';
import type { PoolClient } from 'pg';
import type { Last } from './connection.js';
import { openKeyDatabase, type PostgresKeysOptions } from './key-database.js';
import { EVERY_CLASS, VAULT_SCHEMA as S } from './key-schema.js';

type WrapRow = { readonly key_id: string; readonly recipient: string; readonly wrapped: Buffer };
type StateRow = {
  readonly subject: string | null;
  readonly key_id: string | null;
  readonly destroyed: string | null;
  readonly allowed: boolean;
};

const ALLOWED = `EXISTS (SELECT 1 FROM ${S}.credential c WHERE c.role = current_user AND c.record_class IN ('${EVERY_CLASS}', split_part(a.subject, '/', 1)))`;

const wrapsIn = (rows: readonly Pick<WrapRow, 'recipient' | 'wrapped'>[]): readonly Wrap[] =>
  rows.map(({ recipient, wrapped }) => ({ recipient, wrapped: new Uint8Array(wrapped) }));

/** Up to here each key's wraps are asked for by a statement of its own, which looks into one part; more go in one over all. */
const FEW = 4;
const WRAPS = `SELECT key_id, recipient, wrapped FROM ${S}.key_wrap WHERE organisation = $1 AND key_id`;

/** The wraps of these keys. Named: planning over all parts would take the server far longer than the answer. */
const wrapsOf = async (
  client: PoolClient,
  last: Last,
  organisation: OrganisationId,
  keyIds: readonly string[],
): Promise<ReadonlyMap<string, readonly WrapRow[]>> => {
  if (keyIds.length === 0) return new Map();
  const asked =
    keyIds.length > FEW
      ? [client.query<WrapRow>(`${WRAPS} = ANY ($2::text[]) ORDER BY key_id, recipient`, [organisation, keyIds])]
      : keyIds.map((keyId) =>
          client.query<WrapRow>({
            name: 'wraps of a key',
            text: `${WRAPS} = $2 ORDER BY recipient`,
            values: [organisation, keyId],
          }),
        );
  const answers = await last(Promise.all(asked));
  return Map.groupBy(
    answers.flatMap(({ rows }) => rows),
    (row) => row.key_id,
  );
};

/** One state for each row, in order. */
const statesOf = (
  asked: number,
  rows: readonly StateRow[],
  wraps: ReadonlyMap<string, readonly WrapRow[]>,
): readonly KeyState[] => {
  // An answer that is not there never means "no such key".
  if (rows.length !== asked) throw new KeyStoreUnavailable('the vault left a question unanswered');
  return rows.map(({ subject, key_id: keyId, destroyed, allowed }): KeyState => {
    if (!allowed) throw new KeyStoreUnavailable('the vault: no credential for this record class');
    if (keyId !== null && subject !== null)
      return { kind: 'live', key: { subject, keyId, wraps: wrapsIn(wraps.get(keyId) ?? []) } };
    return destroyed === null ? { kind: 'none' } : { kind: 'destroyed', subject: destroyed };
  });
};

/** Keys, ledger and wraps as of one moment, so that what is destroyed meanwhile is one or the other. */
const asOfOneMoment = (client: PoolClient): Promise<unknown> =>
  client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');

const bySubject = async (
  client: PoolClient,
  last: Last,
  organisation: OrganisationId,
  subjects: readonly string[],
): Promise<readonly KeyState[]> => {
  if (subjects.length === 0) return [];
  const [, { rows }] = await Promise.all([
    asOfOneMoment(client),
    client.query<StateRow>({
      name: 'keys by subject',
      text: `SELECT a.subject, k.key_id, d.destroyed, ${ALLOWED} AS allowed
       FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS a (subject, record, n)
       LEFT JOIN ${S}.data_key k ON k.organisation = $1 AND k.subject = a.subject
       LEFT JOIN LATERAL (SELECT a.subject AS destroyed FROM ${S}.destroyed_subject g
         WHERE g.organisation = $1 AND g.subject IN (a.subject, a.record) LIMIT 1) d ON true
       ORDER BY a.n`,
      values: [organisation, subjects, subjects.map(recordOf)],
    }),
  ]);
  const keyIds = rows.flatMap(({ key_id: keyId }) => (keyId === null ? [] : [keyId]));
  return statesOf(subjects.length, rows, await wrapsOf(client, last, organisation, keyIds));
};

const byId = async (
  client: PoolClient,
  last: Last,
  organisation: OrganisationId,
  keyIds: readonly string[],
): Promise<readonly KeyState[]> => {
  if (keyIds.length === 0) return [];
  // Which class an unknown id would have nobody knows: of one without credentials the answer is `none`, never `destroyed`.
  const [, { rows }, wraps] = await Promise.all([
    asOfOneMoment(client),
    client.query<StateRow>({
      name: 'keys by id',
      text: `SELECT k.subject, k.key_id, d.subject AS destroyed, true AS allowed
       FROM unnest($2::text[]) WITH ORDINALITY AS a (key_id, n)
       LEFT JOIN ${S}.data_key k ON k.organisation = $1 AND k.key_id = a.key_id
       LEFT JOIN ${S}.destroyed_key d ON d.organisation = $1 AND d.key_id = a.key_id
       ORDER BY a.n`,
      values: [organisation, keyIds],
    }),
    wrapsOf(client, last, organisation, [...new Set(keyIds)]),
  ]);
  return statesOf(keyIds.length, rows, wraps);
};

const epochIn = async (client: PoolClient, organisation: OrganisationId): Promise<number | undefined> =>
  (await client.query<{ epoch: number }>(`SELECT epoch FROM ${S}.epoch WHERE organisation = $1`, [organisation]))
    .rows[0]?.epoch;

/** What changes standing keys of one organisation goes one after the other, and never crosses a creation. */
const inTurn = (client: PoolClient, organisation: OrganisationId): Promise<unknown> =>
  client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`${S} ${organisation}`]);

/** Creations of one organisation go side by side (the subject's uniqueness settles who is first), changes wait for them. */
const besideCreations = (client: PoolClient, organisation: OrganisationId): Promise<unknown> =>
  client.query('SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))', [`${S} ${organisation}`]);

/**
 * Keys with their wraps, in one statement: none where one of the subjects is destroyed or the epoch has moved on; else those
 * whose subject has no key yet, in one order so that two creators never wait for each other in a circle.
 * @returns how many
 */
const addKeys = async (
  client: PoolClient,
  organisation: OrganisationId,
  epoch: number,
  keys: readonly NewKey[],
): Promise<number> => {
  const { rowCount } = await client.query({
    name: 'add keys',
    text: `WITH fresh AS (
       INSERT INTO ${S}.data_key (organisation, key_id, subject)
       SELECT $1, a.key_id, a.subject FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS a (key_id, subject, n)
       WHERE (SELECT e.epoch FROM ${S}.epoch e WHERE e.organisation = $1) = $7
         AND NOT EXISTS (SELECT 1 FROM ${S}.destroyed_subject g
           WHERE g.organisation = $1 AND g.subject = ANY ($3::text[] || $4::text[]))
       ORDER BY a.subject, a.n
       ON CONFLICT (organisation, subject) DO NOTHING
       RETURNING key_id)
     INSERT INTO ${S}.key_wrap (organisation, key_id, recipient, record_class, wrapped)
     SELECT $1, a.key_id, a.recipient, split_part(a.subject, '/', 1), a.wrapped
     FROM unnest($2::text[], $3::text[], $5::text[], $6::bytea[]) AS a (key_id, subject, recipient, wrapped)
     JOIN fresh ON fresh.key_id = a.key_id`,
    values: [
      organisation,
      keys.map((key) => key.keyId),
      keys.map((key) => key.subject),
      keys.map((key) => recordOf(key.subject)),
      keys.map((key) => key.wrap.recipient),
      keys.map((key) => Buffer.from(key.wrap.wrapped)),
      epoch,
    ],
  });
  return rowCount ?? 0;
};

/** `toeverlaat_vault.key_wrap_7` → `key_wrap_7` */
const partsOf = (rows: readonly { readonly part: string }[]): readonly string[] =>
  rows.map(({ part }) => part.slice(part.lastIndexOf('.') + 1));

/**
 * The vault on PostgreSQL, for many processes. What a role may not use (rows of other record classes) it does not see.
 * @throws KeyServerUnfit, KeyStoreUnavailable, PostgresConnectionRefused
 */
export const openPostgresVault = async (options: PostgresKeysOptions): Promise<Vault> => {
  const { transaction, markDeleted, purge, close } = await openKeyDatabase('the vault', S, options);

  return {
    findBySubject: (organisation, subjects) =>
      transaction(organisation, (client, last) => bySubject(client, last, organisation, subjects)),
    findById: (organisation, keyIds) =>
      transaction(organisation, (client, last) => byId(client, last, organisation, keyIds)),
    create: async (organisation, epoch, keys) => {
      // One round trip: each statement sees what was committed before it began, the last one what it depends on.
      const { current, added } = await transaction(organisation, async (client, last) => {
        const [, standing, count] = await Promise.all([
          besideCreations(client, organisation),
          epochIn(client, organisation),
          last(addKeys(client, organisation, epoch, keys)),
        ]);
        return { current: standing, added: count };
      });
      if (current !== epoch) return { kind: 'stale_epoch', epoch: current };
      if (added === keys.length)
        return {
          kind: 'states',
          states: keys.map(({ subject, keyId, wrap }) => ({ kind: 'live', key: { subject, keyId, wraps: [wrap] } })),
        };
      // Another was first, or it is destroyed.
      const subjects = keys.map((key) => key.subject);
      const states = await transaction(organisation, (client, last) => bySubject(client, last, organisation, subjects));
      return { kind: 'states', states };
    },
    destroy: async (organisation, subject, note) => {
      await transaction(organisation, async (client) => {
        await inTurn(client, organisation);
        const [gone] = (
          await client.query(`SELECT 1 FROM ${S}.destroyed_subject WHERE organisation = $1 AND subject = $2`, [
            organisation,
            subject,
          ])
        ).rows;
        if (gone !== undefined) return;
        await client.query(
          `INSERT INTO ${S}.destroyed_subject (organisation, subject, at, destroyed_by, reason) VALUES ($1, $2, $3, $4, $5)`,
          [organisation, subject, note.at, note.by, note.reason],
        );
        // '#' is followed by '$': the range holds the participants of the record and nothing else.
        const { rows: keys } = await client.query<{ key_id: string }>(
          `SELECT key_id FROM ${S}.data_key
           WHERE organisation = $1 AND (subject = $2 OR (subject >= $3 AND subject < $4))`,
          [organisation, subject, `${subject}#`, `${subject}$`],
        );
        const keyIds = keys.map((row) => row.key_id);
        const { rows: wraps } = await client.query<{ part: string }>(
          `DELETE FROM ${S}.key_wrap WHERE organisation = $1 AND key_id = ANY ($2) RETURNING tableoid::regclass::text AS part`,
          [organisation, keyIds],
        );
        await client.query(`DELETE FROM ${S}.data_key WHERE organisation = $1 AND key_id = ANY ($2)`, [
          organisation,
          keyIds,
        ]);
        await client.query(
          `INSERT INTO ${S}.destroyed_key (organisation, key_id, subject)
           SELECT $1, a.key_id, $3 FROM unnest($2::text[]) AS a (key_id)`,
          [organisation, keyIds, subject],
        );
        await markDeleted(client, partsOf(wraps));
      });
      await purge();
      return transaction(organisation, async (client) => {
        const { rows } = await client.query<{ key_id: string }>(
          `SELECT key_id FROM ${S}.destroyed_key WHERE organisation = $1 AND subject = $2 ORDER BY key_id`,
          [organisation, subject],
        );
        return { destroyedKeys: rows.map((row) => row.key_id) };
      });
    },
    ledger: (organisation) =>
      transaction(organisation, async (client) => {
        const { rows } = await client.query<{
          subject: string;
          at: string;
          destroyed_by: string;
          reason: string;
          key_ids: string[];
        }>(
          `SELECT s.subject, s.at, s.destroyed_by, s.reason,
             ARRAY (SELECT k.key_id FROM ${S}.destroyed_key k
               WHERE k.organisation = $1 AND k.subject = s.subject ORDER BY k.key_id) AS key_ids
           FROM ${S}.destroyed_subject s WHERE s.organisation = $1 ORDER BY s.seq`,
          [organisation],
        );
        return rows.map((row): LedgerEntry => ({
          subject: row.subject,
          by: row.destroyed_by,
          reason: row.reason,
          at: row.at,
          keyIds: row.key_ids,
        }));
      }),
    epoch: (organisation) => transaction(organisation, (client, last) => last(epochIn(client, organisation))),
    startEpoch: (organisation, epoch) =>
      transaction(organisation, async (client) => {
        await inTurn(client, organisation);
        await client.query(
          `INSERT INTO ${S}.epoch (organisation, epoch) VALUES ($1, $2)
           ON CONFLICT (organisation) DO UPDATE SET epoch = greatest(epoch.epoch, excluded.epoch)`,
          [organisation, epoch],
        );
      }),
    notUnderEpoch: (organisation, epoch, limit) =>
      transaction(organisation, async (client) => {
        const { rows } = await client.query<{ key_id: string; subject: string; recipient: string; wrapped: Buffer }>(
          `SELECT k.key_id, k.subject, w.recipient, w.wrapped FROM ${S}.key_wrap w
           JOIN ${S}.data_key k ON k.organisation = $1 AND k.key_id = w.key_id
           WHERE w.organisation = $1 AND w.key_id IN (SELECT DISTINCT o.key_id FROM ${S}.key_wrap o
             WHERE o.organisation = $1 AND o.recipient LIKE 'epoch:%' AND o.recipient <> $2 LIMIT $3)
           ORDER BY k.key_id, w.recipient`,
          [organisation, epochRecipient(epoch), limit],
        );
        const keys = new Map<string, VaultKey>();
        for (const row of rows) {
          if ([undefined, epoch].includes(epochOf(row.recipient))) continue;
          const wraps = keys.get(row.key_id)?.wraps ?? [];
          keys.set(row.key_id, {
            subject: row.subject,
            keyId: row.key_id,
            wraps: [...wraps, ...wrapsIn([row])],
          });
        }
        return [...keys.values()];
      }),
    rewrap: (organisation, changes) =>
      transaction(organisation, async (client) => {
        await inTurn(client, organisation);
        const remove = (keyIds: readonly string[], recipients: readonly string[]) =>
          client.query<{ key_id: string; part: string }>(
            `DELETE FROM ${S}.key_wrap w USING unnest($2::text[], $3::text[]) AS a (key_id, recipient)
             WHERE w.organisation = $1 AND w.key_id = a.key_id AND w.recipient = a.recipient
             RETURNING w.key_id, w.tableoid::regclass::text AS part`,
            [organisation, keyIds, recipients],
          );
        const old = await remove(
          changes.map((change) => change.keyId),
          changes.map((change) => change.from),
        );
        const standing = new Set(old.rows.map((row) => row.key_id));
        const wanted = new Map(
          changes
            .filter(({ keyId }) => standing.has(keyId))
            .map(({ keyId, wrap }) => [`${keyId} ${wrap.recipient}`, { keyId, wrap }] as const),
        );
        const wraps = [...wanted.values()];
        const [keyIds, recipients] = [wraps.map((one) => one.keyId), wraps.map((one) => one.wrap.recipient)];
        const replaced = await remove(keyIds, recipients);
        await client.query(
          `INSERT INTO ${S}.key_wrap (organisation, key_id, recipient, record_class, wrapped)
           SELECT $1, k.key_id, a.recipient, k.record_class, a.wrapped
           FROM unnest($2::text[], $3::text[], $4::bytea[]) AS a (key_id, recipient, wrapped)
           JOIN ${S}.data_key k ON k.organisation = $1 AND k.key_id = a.key_id`,
          [organisation, keyIds, recipients, wraps.map((one) => Buffer.from(one.wrap.wrapped))],
        );
        await markDeleted(client, partsOf([...old.rows, ...replaced.rows]));
      }),
    scrub: purge,
    close,
  };
};
