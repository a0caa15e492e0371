import { AnchorUnavailable, recordsIn, type Anchor, type AnchorRecord } from '@toeverlaat/records';
import { readFileSync } from 'node:fs';
import { BackupRefused } from './refusal.js';

const inFile = (file: string): readonly AnchorRecord[] => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new BackupRefused('ledger_missing', file, { cause: error });
  }
  const records = recordsIn(text);
  // A file that is given holds something: one that holds nothing is not what was meant.
  if (records.length === 0) throw new BackupRefused('ledger_false', file);
  return records;
};

const atAnchor = async (anchor: Anchor): Promise<readonly AnchorRecord[]> => {
  try {
    return await anchor.from(0);
  } catch (error) {
    if (error instanceof AnchorUnavailable)
      throw new BackupRefused('anchor_not_reached', anchor.name, { cause: error });
    throw error;
  }
};

/**
 * The newest ledger that there is, out of every anchor of the installation and every copy that was given. Each anchor has to
 * answer: the one that does not may be the one that knows more. Copies that contradict each other are of two histories.
 * @throws BackupRefused `ledger_missing`, `ledger_false`, `anchor_not_reached`
 */
export const newestLedger = async (
  anchors: readonly Anchor[],
  files: readonly string[],
): Promise<readonly AnchorRecord[]> => {
  if (anchors.length === 0 && files.length === 0) throw new BackupRefused('ledger_missing', '--ledger');
  const found = [
    ...(await Promise.all(anchors.map(async (anchor) => ({ where: anchor.name, records: await atAnchor(anchor) })))),
    ...files.map((file) => ({ where: file, records: inFile(file) })),
  ];
  const newest = found.reduce<readonly AnchorRecord[]>(
    (longest, { records }) => (records.length > longest.length ? records : longest),
    [],
  );
  for (const { where, records } of found)
    if (records.some(({ entry }, at) => entry !== newest[at]?.entry)) throw new BackupRefused('ledger_false', where);
  return newest;
};
