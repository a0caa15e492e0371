import { caseIdOfRequest, exclusionsOverQuery, requestReadersQuery, standingOverQuery } from '@toeverlaat/contracts';
import { isErased, type Rejection } from '@toeverlaat/event-log';
import {
  isService,
  momentsOf,
  NOTHING_REPLAYED,
  readersOver,
  serveQuery,
  serviceCaller,
  type ExclusionsSource,
  type Moment,
  type Served,
  type Standing,
  type StandingSource,
} from '@toeverlaat/service-kit';
import type { PersonRef } from '@toeverlaat/access';
import { err, ok, type Result } from '@toeverlaat/values';
import { evolveRequest, initialRequest, requestCodec, type RequestState } from '../domain/request/index.js';
import { designationOf, isBoundByCase, loadRequest, type Core } from './core.js';

const INTERVENERS = ['counsellor', 'prevention_adviser'] as const;

/**
 * Replays who could read a request, for the access history. Its handler, and a backup or adviser to whom it was escalated, could
 * not while the case of the request excluded them (design rule 10); until it is accepted there is none, and nobody is.
 */
export const createRequestReaders = (core: Core): Served => {
  const standingOf: StandingSource = (context, asked) => core.runtime.rpc.query(standingOverQuery, context, asked);
  return serveQuery(requestReadersQuery, async (context, { record, from, to }) => {
    const { caller } = context;
    const { organisation } = caller;
    if (!isService(caller, 'records')) return err({ kind: 'NotFound' });
    const found = await loadRequest(core, organisation, record);
    if (!found.ok) return found.error.kind === 'NotFound' ? ok(NOTHING_REPLAYED) : found;
    const { after: _, ...plain } = context;
    const asking = { ...plain, purpose: 'operate', caller: serviceCaller('intake', organisation) };
    const people = new Map<string, PersonRef>();
    /** Whom a designation is of never changes. */
    const personOf = async (designationId: string): Promise<Result<PersonRef, Rejection>> => {
      const known = people.get(designationId);
      if (known !== undefined) return ok(known);
      const designation = await designationOf(core, asking, designationId);
      if (!designation.ok) return designation;
      const person = { organisation: designation.value.home, person: designation.value.person };
      people.set(designationId, person);
      return ok(person);
    };
    const momentOf = async (state: RequestState): Promise<Result<Omit<Moment, 'at'>, Rejection>> => {
      if (state.status === 'none') return ok({ standings: [], excludes: () => false });
      const standings: Standing[] = [
        {
          roles: [state.way === 'signed_in' ? 'worker' : 'anonymous_worker'],
          relation: 'applicant',
          recordClass: 'request',
          pseudonym: state.applicantParticipantId,
        },
      ];
      const add = async (
        relation: 'chosen_counsellor' | 'handler' | 'backup_named',
        pseudonym: string,
        designationId: string | undefined,
      ): Promise<Result<undefined, Rejection>> => {
        const person = designationId === undefined ? ok(undefined) : await personOf(designationId);
        if (!person.ok) return person;
        standings.push({ roles: INTERVENERS, relation, recordClass: 'request', pseudonym, person: person.value });
        return ok(undefined);
      };
      if (state.status === 'waiting' || state.status === 'accepted') {
        const relation = state.status === 'waiting' ? 'chosen_counsellor' : 'handler';
        const added = await add(relation, state.handler, state.designationId);
        if (!added.ok) return added;
      }
      const { escalatedTo, second, person } = state;
      if (escalatedTo !== undefined) {
        const designationId = second?.handler === escalatedTo ? second.designationId : undefined;
        const added = await add('backup_named', escalatedTo, designationId);
        if (!added.ok) return added;
      }
      return ok({
        standings,
        excludes: (one) =>
          person !== undefined && !isErased(person) && one.organisation === organisation && one.person === person,
      });
    };
    const { events } = found.value.loaded;
    const moments = await momentsOf(core.runtime, events, {
      codec: requestCodec,
      initial: initialRequest,
      evolve: evolveRequest,
      momentOf,
    });
    if (!moments.ok) return moments;
    const keyRecipients = await core.runtime.sealing.recipients(organisation, `request/${record}`);
    const exclusions: ExclusionsSource = async (excluded, period) => {
      const answer = await core.runtime.rpc.query(exclusionsOverQuery, asking, {
        caseId: caseIdOfRequest(organisation, record),
        people: excluded.map((one) => ({ home: one.organisation, person: one.person })),
        ...period,
      });
      return answer.ok ? ok(answer.value.spans) : err(answer.rejection);
    };
    const behind = { binds: ({ relation }: Standing) => isBoundByCase(relation), exclusions };
    const replayed = { events, moments: moments.value, keyRecipients, behind };
    return readersOver(standingOf, 'intake', context, replayed, { from, to });
  });
};
