import { subjectParts } from '@toeverlaat/contracts';
import { createRunner, type EventLog } from '@toeverlaat/event-log';
import type { SealingService } from '@toeverlaat/sealing';
import { systemContext } from '@toeverlaat/service-kit';
import { InvariantBroken, uuidV5, type Clock, type OrganisationId } from '@toeverlaat/values';
import { erasureCategory, erasureCodec, erasureDecider, erasureIdOf } from '../domain/erasure/index.js';

export type RepeatParts = {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly sealing: SealingService;
  /** Called before each key, for crash injection. */
  readonly at?: (step: string) => void;
};

/** What a restore applies: its id, the ledger's key ids, and the seal they go up to. */
export type AppliedLedger = { readonly restore: string; readonly keyIds: readonly string[]; readonly seal: number };

const NO_FINGERPRINT = new Uint8Array(32);
/** Key ids that one question to the vault may hold. */
const AT_ONCE = 500;

/**
 * Destroys again what the ledger has and this vault still holds: recorded first, so that the process of erasing carries on with it
 * (services drop what they derived, a certificate follows), then the key. Done twice it is done once.
 * @returns how many subjects were destroyed
 * @throws SealingError; InvariantBroken when the log does not take the record
 */
export const repeatErasures = async (
  { log, clock, sealing, at = () => undefined }: RepeatParts,
  organisation: OrganisationId,
  { restore, keyIds, seal }: AppliedLedger,
): Promise<number> => {
  const erasures = createRunner({
    log,
    clock,
    category: erasureCategory,
    codec: erasureCodec,
    decider: erasureDecider,
    // Nothing of an erasure is sealed.
    sealer: sealing,
    fingerprintKey: () => Promise.resolve(NO_FINGERPRINT),
  });
  const found = new Set<string>();
  for (let from = 0; from < keyIds.length; from += AT_ONCE)
    for (const { subject } of await sealing.liveAmong(organisation, keyIds.slice(from, from + AT_ONCE)))
      found.add(subject);
  // With a record its participants go: they are no erasures of their own.
  const subjects = [...found].filter((subject) => !subject.includes('#') || !found.has(subject.split('#')[0] ?? ''));
  for (const subject of subjects.toSorted()) {
    const erasureId = erasureIdOf(organisation, subject);
    const parts = subjectParts(subject);
    at('repeat');
    // A key of no record, such as the pseudonyms of a year, has no erasure: the ledger is all there is of it.
    if (parts !== undefined) {
      const outcome = await erasures.execute(
        erasureId,
        { type: 'RepeatErasure', data: { subject, service: parts.service, restore, seal } },
        systemContext(organisation, 'erase', uuidV5('repeat-erasure', restore, organisation, subject)),
      );
      if (!outcome.ok)
        throw new InvariantBroken(`an erasure of the ledger was not recorded: ${outcome.rejection.kind}`);
    }
    at('destroy');
    const destroyed = await sealing.destroy(organisation, subject, {
      by: erasureId,
      reason: 'erasure_ledger',
      at: clock.now(),
    });
    if (!destroyed.ok) throw new InvariantBroken(`a key of the ledger was not destroyed: ${destroyed.error.kind}`);
  }
  return subjects.length;
};
