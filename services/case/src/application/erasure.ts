import type { SubjectParts } from '@toeverlaat/contracts';
import type { Rejection } from '@toeverlaat/event-log';
import type { BlobStore } from '@toeverlaat/sealing';
import { mayErase, type ErasedFor, type ErasureOwner } from '@toeverlaat/service-kit';
import { err, ok, type OrganisationId, type Result } from '@toeverlaat/values';
import { attachedBlobs } from './attachments.js';
import { NOT_FOUND, type CaseCore, type ExistingCase } from './core.js';

const refusal = (code: string): Result<never, Rejection> => err({ kind: 'RuleRefused', code });

/** Everyone who has keys of their own in this case. */
const keyHolders = (state: ExistingCase): ReadonlySet<string> =>
  new Set([
    state.applicant.participantId,
    state.handler.participantId,
    ...state.formerHandlers.map(({ participantId }) => participantId),
    ...Object.keys(state.participants),
    ...Object.keys(state.exclusions),
    ...Object.values(state.personalNotes).map(({ author }) => author),
    ...(state.handover.status === 'none' || state.handover.successor === undefined
      ? []
      : [state.handover.successor.participantId]),
  ]);

/** Whether one person may go from a case that lives on. */
const mayLoseParticipant = (state: ExistingCase, participantId: string): Result<void, Rejection> => {
  if (!keyHolders(state).has(participantId)) return err(NOT_FOUND);
  // Nobody could find or work the case any more.
  if (state.handler.participantId === participantId) return refusal('erasure_of_handler');
  // Without the link nobody would know whom to keep out (design rule 10).
  if (state.status === 'open' && state.exclusions[participantId] !== undefined)
    return refusal('erasure_of_open_record');
  return ok(undefined);
};

/**
 * What the case service may destroy: a closed case, an advice, an entry of the register or the name in it, an access request that
 * was answered, or one person in a case while the case lives.
 */
export const createErasureOwner = (core: CaseCore, blobs: Pick<BlobStore, 'remove'>): ErasureOwner => {
  const check = async (
    organisation: OrganisationId,
    subject: SubjectParts,
    why: ErasedFor,
  ): Promise<Result<void, Rejection>> => {
    const { keyClass, recordId, participantId } = subject;
    if (keyClass === 'advice')
      // An advice is over when it is given.
      return mayErase(await core.advice.load(organisation, recordId), () =>
        participantId === undefined ? ok(undefined) : err(NOT_FOUND),
      );
    if (keyClass === 'third_party_entry')
      // An entry waits for nothing; the name of a worker may go from it alone.
      return mayErase(await core.thirdParty.load(organisation, recordId), (state) =>
        participantId === undefined || (state.status === 'kept' && participantId === state.workerParticipantId)
          ? ok(undefined)
          : err(NOT_FOUND),
      );
    if (keyClass === 'subject_access')
      return mayErase(await core.subjectAccess.load(organisation, recordId), (state) => {
        if (participantId !== undefined) return err(NOT_FOUND);
        // The person who asked waits for an answer (GDPR art. 12(3)).
        return state.status === 'open' && why !== 'elsewhere' ? refusal('erasure_of_open_record') : ok(undefined);
      });
    return mayErase(await core.cases.load(organisation, recordId), (state) => {
      if (participantId !== undefined) return mayLoseParticipant(state, participantId);
      return state.status === 'closed' || why === 'elsewhere' ? ok(undefined) : refusal('erasure_of_open_record');
    });
  };

  return {
    check,
    collect: async (organisation, { keyClass, recordId, participantId }) => {
      const loaded =
        keyClass === 'case' && participantId === undefined ? await core.cases.load(organisation, recordId) : undefined;
      const state = loaded?.kind === 'loaded' && loaded.state.status !== 'absent' ? loaded.state : undefined;
      const attached = state === undefined ? [] : attachedBlobs(state);
      return async () => {
        for (const blob of attached) await blobs.remove(organisation, blob);
      };
    },
  };
};
