import { DatabaseSync } from 'node:sqlite';

/** Which key-encryption keys of an organisation a file has to do with: epochs, ascending. */
export type EpochsOf = ReadonlyMap<string, readonly number[]>;

const readWith = (file: string, sql: string): EpochsOf => {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 2_000 });
  try {
    const found = new Map<string, number[]>();
    for (const row of db.prepare(sql).all()) {
      const organisation = String(row['organisation']);
      const epochs = found.get(organisation) ?? [];
      epochs.push(Number(row['epoch']));
      found.set(organisation, epochs);
    }
    return found;
  } finally {
    db.close();
  }
};

/**
 * The epochs that keys of a vault file are wrapped under, without opening it for use: a copy stays the copy it was. Two while
 * a rotation is under way.
 * @throws SQLite's error for a file that is no vault
 */
export const epochsOfVault = (file: string): EpochsOf =>
  readWith(
    file,
    `SELECT organisation, CAST(substr(recipient, 7) AS INTEGER) AS epoch FROM key_wrap WHERE recipient LIKE 'epoch:%'
     UNION SELECT organisation, epoch FROM epoch ORDER BY 1, 2`,
  );

/** The epochs that a keyring file holds. @throws SQLite's error for a file that is no keyring */
export const epochsOfKeyring = (file: string): EpochsOf =>
  readWith(file, 'SELECT organisation, epoch FROM epoch_key ORDER BY organisation, epoch');
