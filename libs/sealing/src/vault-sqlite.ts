import type { OrganisationId } from '@toeverlaat/values';
import { setImmediate as turn } from 'node:timers/promises';
import { openKeyDatabase } from './sqlite.js';
import {
  epochOf,
  epochRecipient,
  recordOf,
  type DestroyNote,
  type KeyState,
  type LedgerEntry,
  type Vault,
  type Wrap,
} from './vault.js';

/** 'TvVl' */
const APPLICATION = 0x5476566c;

// Rows are appended in the order of arrival (no WITHOUT ROWID): pages split at the end only, so that a deleted wrap
// rarely leaves a copy in the slack of another page; `purge` looks for those that it does leave.
const SCHEMA = `
CREATE TABLE IF NOT EXISTS epoch (organisation TEXT NOT NULL, epoch INTEGER NOT NULL, PRIMARY KEY (organisation)) STRICT;
CREATE TABLE IF NOT EXISTS data_key (
  organisation TEXT NOT NULL, key_id TEXT NOT NULL, subject TEXT NOT NULL,
  PRIMARY KEY (organisation, key_id), UNIQUE (organisation, subject)) STRICT;
CREATE TABLE IF NOT EXISTS key_wrap (
  organisation TEXT NOT NULL, key_id TEXT NOT NULL, recipient TEXT NOT NULL, wrapped BLOB NOT NULL,
  PRIMARY KEY (organisation, key_id, recipient)) STRICT;
CREATE INDEX IF NOT EXISTS key_wrap_recipient ON key_wrap (organisation, recipient);
CREATE TABLE IF NOT EXISTS destroyed_subject (
  organisation TEXT NOT NULL, subject TEXT NOT NULL, at TEXT NOT NULL, destroyed_by TEXT NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (organisation, subject)) STRICT;
CREATE TABLE IF NOT EXISTS destroyed_key (
  organisation TEXT NOT NULL, key_id TEXT NOT NULL, subject TEXT NOT NULL, PRIMARY KEY (organisation, key_id)) STRICT;
CREATE TABLE IF NOT EXISTS purge_due (organisation TEXT NOT NULL, PRIMARY KEY (organisation)) STRICT`;

/** A destruction that waits for those of the same moment. */
type Waiting = {
  readonly organisation: OrganisationId;
  readonly subject: string;
  readonly note: DestroyNote;
  readonly resolve: (destroyed: { readonly destroyedKeys: readonly string[] }) => void;
  readonly reject: (error: unknown) => void;
};

/** The vault in a SQLite file of its own. @throws KeyFileUnusable */
export const openSqliteVault = (file: string): Vault => {
  const { db, run, snapshot, transaction, purge, close } = openKeyDatabase({
    file,
    application: APPLICATION,
    schema: SCHEMA,
  });

  const keyBySubject = db.prepare('SELECT key_id FROM data_key WHERE organisation=? AND subject=?');
  const keyById = db.prepare('SELECT subject FROM data_key WHERE organisation=? AND key_id=?');
  const wrapsOf = db.prepare(
    'SELECT recipient, wrapped FROM key_wrap WHERE organisation=? AND key_id=? ORDER BY rowid',
  );
  const subjectGone = db.prepare('SELECT 1 FROM destroyed_subject WHERE organisation=? AND subject IN (?, ?)');
  const keyGone = db.prepare('SELECT subject FROM destroyed_key WHERE organisation=? AND key_id=?');
  const keysGone = db.prepare('SELECT key_id FROM destroyed_key WHERE organisation=? AND subject=? ORDER BY key_id');
  const epochRow = db.prepare('SELECT epoch FROM epoch WHERE organisation=?');
  const insertKey = db.prepare('INSERT INTO data_key (organisation, key_id, subject) VALUES (?,?,?)');
  const insertWrap = db.prepare('INSERT INTO key_wrap (organisation, key_id, recipient, wrapped) VALUES (?,?,?,?)');
  const keysUnder = db.prepare(
    'SELECT key_id FROM data_key WHERE organisation=? AND (subject=? OR (subject>=? AND subject<?))',
  );
  const deleteWraps = db.prepare('DELETE FROM key_wrap WHERE organisation=? AND key_id=?');
  const deleteKey = db.prepare('DELETE FROM data_key WHERE organisation=? AND key_id=?');
  const insertGoneKey = db.prepare('INSERT INTO destroyed_key (organisation, key_id, subject) VALUES (?,?,?)');
  const insertGone = db.prepare(
    'INSERT INTO destroyed_subject (organisation, subject, at, destroyed_by, reason) VALUES (?,?,?,?,?)',
  );
  const markPurge = db.prepare('INSERT OR IGNORE INTO purge_due (organisation) VALUES (?)');
  const anyPurgeDue = db.prepare('SELECT 1 FROM purge_due LIMIT 1');

  const wraps = (organisation: OrganisationId, keyId: string): readonly Wrap[] =>
    wrapsOf.all(organisation, keyId).map((row) => ({
      recipient: String(row['recipient']),
      wrapped: row['wrapped'] instanceof Uint8Array ? row['wrapped'] : new Uint8Array(0),
    }));

  const stateOf = (organisation: OrganisationId, subject: string): KeyState => {
    const row = keyBySubject.get(organisation, subject);
    if (row !== undefined) {
      const keyId = String(row['key_id']);
      return { kind: 'live', key: { subject, keyId, wraps: wraps(organisation, keyId) } };
    }
    const gone = subjectGone.get(organisation, subject, recordOf(subject)) !== undefined;
    return gone ? { kind: 'destroyed', subject } : { kind: 'none' };
  };

  const currentEpoch = (organisation: OrganisationId): number | undefined => {
    const row = epochRow.get(organisation);
    return row === undefined ? undefined : Number(row['epoch']);
  };

  const purgeWhole = (): void => {
    purge();
    db.exec('DELETE FROM purge_due');
  };
  // A process that ended between a destruction and its purge left this mark.
  if (anyPurgeDue.get() !== undefined) purgeWhole();

  /** Deletes what a subject's keys are in the open transaction; gives the bytes that must stand nowhere afterwards. */
  const deleteKeys = ({ organisation, subject, note }: Waiting): readonly Uint8Array[] => {
    if (subjectGone.get(organisation, subject, subject) !== undefined) return [];
    // '#' is followed by '$': the range holds the participants of the record and nothing else.
    const keyIds = keysUnder
      .all(organisation, subject, `${subject}#`, `${subject}$`)
      .map((row) => String(row['key_id']));
    const bytes = keyIds.flatMap((keyId) => wraps(organisation, keyId).map((wrap) => wrap.wrapped));
    for (const keyId of keyIds) {
      deleteWraps.run(organisation, keyId);
      deleteKey.run(organisation, keyId);
      insertGoneKey.run(organisation, keyId, subject);
    }
    insertGone.run(organisation, subject, note.at, note.by, note.reason);
    markPurge.run(organisation);
    return bytes;
  };

  const waiting: Waiting[] = [];
  let destroying: Promise<void> | undefined;
  /**
   * Those that come at the same moment share a transaction and a look through every page: that look takes as long as the file is
   * large, so one for each of ten thousand would take ever longer.
   */
  const destroyWaiting = async (): Promise<void> => {
    for (;;) {
      await turn();
      const group = waiting.splice(0);
      if (group.length === 0) return;
      try {
        // A look that failed before owes one through everything: what it looked for is not known any more.
        const owed = await run(() => anyPurgeDue.get() !== undefined);
        const gone = await transaction(() => group.flatMap(deleteKeys));
        await run(() => {
          if (owed) return purgeWhole();
          if (gone.length === 0) return;
          purge(gone);
          db.exec('DELETE FROM purge_due');
        });
        for (const { organisation, subject, resolve } of group)
          resolve(
            await run(() => ({
              destroyedKeys: keysGone.all(organisation, subject).map((row) => String(row['key_id'])),
            })),
          );
      } catch (error) {
        // Whichever of them stand in the file by now: each is asked for again, and found.
        for (const { reject } of group) reject(error);
      }
    }
  };

  return {
    findBySubject: (organisation, subjects) =>
      snapshot(() => subjects.map((subject) => stateOf(organisation, subject))),
    findById: (organisation, keyIds) =>
      snapshot(() =>
        keyIds.map((keyId): KeyState => {
          const row = keyById.get(organisation, keyId);
          if (row !== undefined)
            return { kind: 'live', key: { subject: String(row['subject']), keyId, wraps: wraps(organisation, keyId) } };
          const gone = keyGone.get(organisation, keyId);
          return gone === undefined ? { kind: 'none' } : { kind: 'destroyed', subject: String(gone['subject']) };
        }),
      ),
    create: (organisation, epoch, keys) =>
      transaction(() => {
        const current = currentEpoch(organisation);
        if (current !== epoch) return { kind: 'stale_epoch', epoch: current } as const;
        const states = () => keys.map((key) => stateOf(organisation, key.subject));
        const before = states();
        if (before.some((state) => state.kind === 'destroyed')) return { kind: 'states', states: before } as const;
        for (const { subject, keyId, wrap } of keys) {
          if (keyBySubject.get(organisation, subject) !== undefined) continue;
          insertKey.run(organisation, keyId, subject);
          insertWrap.run(organisation, keyId, wrap.recipient, wrap.wrapped);
        }
        return { kind: 'states', states: states() } as const;
      }),
    destroy: (organisation, subject, note) =>
      new Promise((resolve, reject) => {
        waiting.push({ organisation, subject, note, resolve, reject });
        destroying ??= destroyWaiting().finally(() => {
          destroying = undefined;
        });
      }),
    ledger: (organisation) =>
      snapshot(() =>
        db
          .prepare(
            'SELECT subject, at, destroyed_by, reason FROM destroyed_subject WHERE organisation=? ORDER BY rowid',
          )
          .all(organisation)
          .map((row): LedgerEntry => {
            const subject = String(row['subject']);
            const keyIds = keysGone.all(organisation, subject).map((key) => String(key['key_id']));
            return {
              subject,
              by: String(row['destroyed_by']),
              reason: String(row['reason']),
              at: String(row['at']),
              keyIds,
            };
          }),
      ),
    epoch: (organisation) => run(() => currentEpoch(organisation)),
    startEpoch: (organisation, epoch) =>
      transaction(() => {
        db.prepare(
          'INSERT INTO epoch (organisation, epoch) VALUES (?,?) ON CONFLICT DO UPDATE SET epoch=max(epoch, excluded.epoch)',
        ).run(organisation, epoch);
      }),
    notUnderEpoch: (organisation, epoch, limit) =>
      snapshot(() =>
        db
          .prepare(
            `SELECT DISTINCT w.key_id, k.subject FROM key_wrap w
             JOIN data_key k ON k.organisation=w.organisation AND k.key_id=w.key_id
             WHERE w.organisation=? AND w.recipient LIKE 'epoch:%' AND w.recipient<>? LIMIT ?`,
          )
          .all(organisation, epochRecipient(epoch), limit)
          .map((row) => {
            const keyId = String(row['key_id']);
            const old = wraps(organisation, keyId).filter(
              (wrap) => ![undefined, epoch].includes(epochOf(wrap.recipient)),
            );
            return { subject: String(row['subject']), keyId, wraps: old };
          }),
      ),
    rewrap: (organisation, changes) =>
      transaction(() => {
        for (const { keyId, from, wrap } of changes) {
          const removed = db
            .prepare('DELETE FROM key_wrap WHERE organisation=? AND key_id=? AND recipient=?')
            .run(organisation, keyId, from);
          if (removed.changes === 0) continue;
          db.prepare('INSERT OR REPLACE INTO key_wrap (organisation, key_id, recipient, wrapped) VALUES (?,?,?,?)').run(
            organisation,
            keyId,
            wrap.recipient,
            wrap.wrapped,
          );
        }
      }),
    scrub: () => run(purgeWhole),
    close,
  };
};
