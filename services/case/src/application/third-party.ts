import { homeOf, type Caller, type Verb } from '@toeverlaat/access';
import * as c from '@toeverlaat/contracts';
import type { RequestContext } from '@toeverlaat/contracts';
import { plainText, type Rejection, type SealedValue } from '@toeverlaat/event-log';
import {
  admit,
  commandContext,
  derivedId,
  freshCaller,
  release,
  replyOf,
  serveCommand,
  serveQuery,
  type Awaitable,
  type Served,
  refused,
} from '@toeverlaat/service-kit';
import { createdIdOf, err, ok, type Result } from '@toeverlaat/values';
import { readPage, sealedColumn, type OrderColumn } from '@toeverlaat/views';
import type { KeptEntry, ThirdPartyCommand } from '../domain/third-party-entry/index.js';
import type { RegisterRow } from '../views/index.js';
import { NOT_FOUND, openAll, openTexts, refOf, unavailable, type CaseCore } from './core.js';
import { newFactId } from './facts.js';

type Asking = { readonly verb: Verb; readonly query: string };

const recordClass = 'third_party_entry';
/** The register is the organisation's: those whom the law lets read it read the whole of it, whoever wrote an entry. */
const relations = ['same_organisation'] as const;

const NEWEST_STATEMENT: readonly OrderColumn[] = [
  { column: 'statement_on', direction: 'desc' },
  { column: 'entry_id', direction: 'asc' },
];

/**
 * The register of facts by third parties (Codex art. I.3-3): kept by the counsellor, or the prevention adviser of the internal
 * service; open to them and to the employer. Unlike a case it stands under no professional secrecy, which is why a worker is
 * named in it only with their consent.
 */
export const createThirdParty = (core: CaseCore, views: Awaitable) => {
  const { runtime } = core;

  const admitted = async (
    context: RequestContext,
    record: string,
    { verb, query }: Asking,
  ): Promise<Result<Caller, Rejection>> => {
    const fresh = await freshCaller(runtime, context, { recordClass, record, query });
    if (!fresh.ok) return fresh;
    const let_ = await admit(runtime, context, fresh.value, { recordClass, record, query, verb, relations });
    return let_.ok ? ok(fresh.value) : let_;
  };

  /** One entry, for whoever may read the register; what is not there is refused and recorded like any other attempt. */
  const entryFor = async (
    context: RequestContext,
    entryId: string,
    asking: Asking,
  ): Promise<Result<{ readonly caller: Caller; readonly state: KeptEntry; readonly revision: number }, Rejection>> => {
    const { query, verb } = asking;
    const fresh = await freshCaller(runtime, context, { recordClass, record: entryId, query });
    if (!fresh.ok) return fresh;
    const caller = fresh.value;
    const loaded = await core.thirdParty.load(caller.organisation, entryId);
    if (loaded.kind === 'unavailable') return err(unavailable('key'));
    const there = loaded.kind === 'erased' || (loaded.kind === 'loaded' && loaded.state.status === 'kept');
    const let_ = await admit(runtime, context, caller, {
      recordClass,
      record: entryId,
      query,
      verb,
      relations: there ? relations : [],
    });
    if (!let_.ok) return let_;
    if (loaded.kind === 'erased') return err({ kind: 'Erased' });
    return loaded.kind === 'loaded' && loaded.state.status === 'kept'
      ? ok({ caller, state: loaded.state, revision: loaded.revision })
      : err(NOT_FOUND);
  };

  const record = serveCommand(c.recordThirdPartyEntryCommand, async (context, request) => {
    const { workerName, workerAgreesToName, place, description, site, ...data } = request.data;
    const query = c.recordThirdPartyEntryCommand.pattern;
    const { organisation } = context.caller;
    const id = createdIdOf(organisation, request.commandId, 'third party entry');
    const let_ = await admitted(context, id, { verb: 'create', query });
    if (!let_.ok) return refused(let_.error);
    const caller = let_.value;
    const person = refOf(caller);
    if (person === undefined || (caller.role !== 'counsellor' && caller.role !== 'prevention_adviser'))
      return refused(NOT_FOUND);
    const profile = await runtime.rpc.query(c.organisationProfileQuery, context, {});
    if (!profile.ok) return refused(profile.rejection);
    if (!profile.value.sites.some(({ siteId }) => siteId === site))
      return refused({ kind: 'InvalidInput', field: 'site', rule: 'unknown' });
    const command: Omit<ThirdPartyCommand, 'meta'> = {
      type: 'RecordThirdPartyEntry',
      data: {
        ...data,
        site,
        place: place === undefined ? undefined : plainText(place),
        description: plainText(description),
        keeper: {
          pseudonym: caller.pseudonym,
          participantId: derivedId(request.commandId, 'keeper'),
          person,
          capacity: caller.role,
          internal: homeOf(caller) === organisation,
        },
        worker: {
          participantId: derivedId(request.commandId, 'worker'),
          name: workerName === undefined ? undefined : plainText(workerName),
          agreesToName: workerAgreesToName,
        },
        factIds: data.kinds.map(newFactId),
      },
    };
    return replyOf(id, await core.thirdParty.execute(id, command, commandContext(context, request)));
  });

  const noteFollowUp = serveCommand(c.noteThirdPartyFollowUpCommand, async (context, request) => {
    const { entryId, notedOn, words } = request.data;
    const query = c.noteThirdPartyFollowUpCommand.pattern;
    const found = await entryFor(context, entryId, { verb: 'act', query });
    if (!found.ok) return refused(found.error);
    const command: Omit<ThirdPartyCommand, 'meta'> = {
      type: 'NoteThirdPartyFollowUp',
      data: { followUpId: derivedId(request.commandId, 'follow up'), notedOn, words: plainText(words) },
    };
    return replyOf(entryId, await core.thirdParty.execute(entryId, command, commandContext(context, request)));
  });

  const withdrawName = serveCommand(c.withdrawThirdPartyNameCommand, async (context, request) => {
    const { entryId } = request.data;
    const query = c.withdrawThirdPartyNameCommand.pattern;
    const found = await entryFor(context, entryId, { verb: 'act', query });
    if (!found.ok) return refused(found.error);
    const command: Omit<ThirdPartyCommand, 'meta'> = { type: 'WithdrawThirdPartyName', data: {} };
    return replyOf(entryId, await core.thirdParty.execute(entryId, command, commandContext(context, request)));
  });

  const register = serveQuery(
    c.thirdPartyRegisterQuery,
    async (context, { first, after }) => {
      const query = c.thirdPartyRegisterQuery.pattern;
      const let_ = await admitted(context, '-', { verb: 'list', query });
      if (!let_.ok) return let_;
      const caller = let_.value;
      const { organisation } = caller;
      const page = readPage<RegisterRow>(core.views.query('third_party_register'), {
        select: 'SELECT * FROM register',
        where: 'organisation = ?',
        params: [organisation],
        order: NEWEST_STATEMENT,
        limit: first,
        cursor: after,
      });
      if (!page.ok) return err(page.error);
      const { rows, next } = page.value;
      const sealed = rows.map((row) =>
        [row.facts_from, row.facts_to, row.site, row.capacity, row.kinds].map((column) =>
          column === null ? undefined : sealedColumn(column),
        ),
      );
      const what = { recordClass, organisation, query, outcome: 'listed' } as const;
      const fields = ['factsFrom', 'factsTo', 'site', 'capacity', 'kinds'];
      const records = rows.map((row) => row.entry_id);
      return release(runtime, context, caller, { ...what, records, fields }, async () => {
        const wanted = sealed.flat().filter((value): value is SealedValue => value !== undefined);
        const answers = await openAll(core, organisation, wanted);
        if (!answers.ok) return answers;
        type Row = c.QueryAnswer<typeof c.thirdPartyRegisterQuery>['rows'][number];
        const of = (value: SealedValue | undefined): unknown =>
          value === undefined ? null : (answers.value.get(value) ?? null);
        return ok({
          rows: rows.map((row, index): Row => {
            const [factsFrom, factsTo, site, capacity, kinds] = (sealed[index] ?? []).map(of);
            return {
              entryId: row.entry_id,
              recordedAt: row.recorded_at,
              statementOn: row.statement_on,
              ...c.registerCodesSchema.parse({ factsFrom, factsTo, site, capacity, kinds }),
            };
          }),
          next: next ?? null,
        });
      });
    },
    views,
  );

  const entry = serveQuery(
    c.thirdPartyEntryQuery,
    async (context, { entryId }) => {
      const query = c.thirdPartyEntryQuery.pattern;
      const found = await entryFor(context, entryId, { verb: 'open', query });
      if (!found.ok) return found;
      const { caller, state, revision } = found.value;
      const { organisation } = caller;
      const fields = ['site', 'kinds', 'description', 'place', 'workerName', 'followUps'];
      const what = { recordClass, organisation, records: [entryId], fields, query, outcome: 'opened' } as const;
      return release(runtime, context, caller, what, async () => {
        const followUps = Object.entries(state.followUps);
        const texts = await openTexts(core, organisation, [
          state.description,
          state.place,
          state.workerName,
          ...followUps.map(([, { words }]) => words),
        ]);
        if (!texts.ok) return texts;
        return ok({
          entryId,
          revision,
          statementOn: state.statementOn,
          factsFrom: state.factsFrom,
          factsTo: state.factsTo ?? null,
          site: state.site,
          place: texts.value.of(state.place),
          capacity: state.capacity,
          kinds: [...state.kinds],
          description: texts.value.of(state.description),
          workerName: texts.value.of(state.workerName),
          workerId: state.workerParticipantId,
          followUps: followUps.map(([followUpId, { notedOn, words }]) => ({
            followUpId,
            notedOn,
            words: texts.value.of(words),
          })),
          // Whoever works cases hears of a hold; nothing may tell the employer of an investigation (design rule 10).
          kept: await core.notices.of(organisation, entryId, {
            side: caller.role === 'employer' ? 'other' : 'controller',
            language: context.language,
          }),
        });
      });
    },
    views,
  );

  const served: readonly Served[] = [record, noteFollowUp, withdrawName, register, entry];
  return { served };
};
