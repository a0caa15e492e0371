import type { EventLog } from '@toeverlaat/event-log';
import { beginAnew, ledgerFault, repeatErasures, type Anchor } from '@toeverlaat/records';
import type { SealingService } from '@toeverlaat/sealing';
import type { Clock, OrganisationId } from '@toeverlaat/values';
import type { Product } from '../compose.js';
import { newestLedger } from './ledger.js';
import { BackupRefused } from './refusal.js';

/** An installation as it was put back, behind the ports: files, or databases. */
export type Restorable = {
  readonly log: EventLog;
  readonly sealing: SealingService;
  readonly clock: Clock;
  /** Whose keys the vault may hold. */
  readonly organisations: () => Promise<readonly OrganisationId[]>;
  /** Every one has to answer: the one that does not may be the one that knows more. */
  readonly anchors: readonly Anchor[];
  /** Copies of an anchor, as files. */
  readonly ledgers: readonly string[];
  /** Where the keyring is, for a refusal. */
  readonly keyring: string;
};

export type Applied = {
  /** Subjects whose keys were destroyed again. */
  readonly repeated: number;
  /** Seals that the backup lacked and the ledger had. */
  readonly recovered: number;
  readonly seals: number;
};

/**
 * What a restore does before anything opens, whatever is behind the ports (ADR 55, 56): takes the newest ledger of what was
 * erased, destroys it again, gives every log a new name that names the old head, and starts epochs with none before them. Done
 * twice for one restore it is done once, wherever it was cut off.
 * @param restore id of the restore
 * @param at called before each step, for crash injection
 * @throws BackupRefused, EvidenceStopped
 */
export const applyNewestLedger = async (
  { log, sealing, clock, organisations, anchors, ledgers, keyring }: Restorable,
  restore: string,
  at: (step: string) => void,
): Promise<Applied> => {
  at('ledger');
  const records = await newestLedger(anchors, ledgers);
  const fault = await ledgerFault({ log, clock, sealing }, records);
  if (fault !== undefined) throw new BackupRefused(fault, `${records.length} seals`);
  const keyIds = records.flatMap((record) => record.keyIds);
  const all = await organisations();
  let repeated = 0;
  for (const organisation of all)
    repeated += await repeatErasures({ log, clock, sealing, at }, organisation, {
      restore,
      keyIds,
      seal: Math.max(0, records.length - 1),
    });
  at('origin');
  const { recovered } = await beginAnew({ log, clock, sealing }, { restore, records });
  at('rotate');
  // Epochs of the backup's time end here: what other backups of the vault hold opens with this keyring no more.
  for (const organisation of all) {
    const rotated = await sealing.rotate(organisation, { dropPrevious: true });
    if (!rotated.ok) throw new BackupRefused('wrong_epoch', keyring);
  }
  return { repeated, recovered, seals: records.length };
};

/** How often dates are looked at before it is opened: what each look begins, the next one finds ended. */
const LOOKS = 3;
const SETTLE_MS = 120_000;
/** Of so many milliseconds at a time: views of a long log are built from its start. */
const WAITS = 120;

/** Services had not dropped what they derived in hours: something stands that a person has to look at. */
export class NotCarriedOut extends Error {
  override readonly name = 'NotCarriedOut';
}

const settled = async (product: Pick<Product, 'whenSettled'>): Promise<void> => {
  for (let wait = 0; wait < WAITS; wait += 1) if (await product.whenSettled(SETTLE_MS)) return;
  throw new NotCarriedOut('views or reactions stand; the same command goes on once they do not');
};

/**
 * Carries the repeated erasures out over every service, in a product without a door.
 * @throws NotCarriedOut
 */
export const carryOut = async (product: Pick<Product, 'whenSettled' | 'runTimers'>): Promise<void> => {
  for (let look = 0; look < LOOKS; look += 1) {
    await settled(product);
    await product.runTimers();
  }
  await settled(product);
};
