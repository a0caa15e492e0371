import { activeAt, actorKindSchema, homeOf, type Caller, type Verb } from '@toeverlaat/access';
import type {
  auditMandatesOnMeQuery,
  auditMandatesQuery,
  AuditMandateRow,
  CommandReply,
  CommandRequest,
  endAuditMandate,
  giveAuditMandate,
  RequestContext,
  CommandHandler,
  QueryHandler,
} from '@toeverlaat/contracts';
import { plainText, type ConfidentialText, type Rejection, type SealedValue } from '@toeverlaat/event-log';
import {
  admit,
  commandContext,
  deny,
  freshCaller,
  openTexts,
  ownPseudonyms,
  release,
  replyOf,
  refused,
} from '@toeverlaat/service-kit';
import { createdIdOf, localDateOf, ok, startOfDate, type LocalDate, type Result } from '@toeverlaat/values';
import type { ViewReader } from '@toeverlaat/views';
import {
  AUDIT_MANDATES_ID,
  isKnown,
  mandatesOf,
  mandateStateOn,
  type AuditMandate,
  type AuditMandateCommand,
} from '../domain/audit-mandates/index.js';
import type { AccessCore } from './core.js';
import { pageOfList } from './pages.js';

const sealedOf = (text: ConfidentialText): SealedValue | undefined => ('ct' in text ? text : undefined);
const rowOf = (mandate: AuditMandate, today: LocalDate, motive: string | null): AuditMandateRow => ({
  mandateId: mandate.mandateId,
  scope: mandate.scope,
  records: [...(mandate.records ?? [])],
  handlers: [...(mandate.handlers ?? [])],
  from: mandate.from,
  to: mandate.endedOn ?? mandate.to,
  state: mandateStateOn(mandate, today),
  givenAs: actorKindSchema.parse(mandate.givenAs),
  motive,
});

/** Mandates to look at the access history: given, ended, and shown to those whom they cover. */
export const createMandates = (core: AccessCore, history: ViewReader) => {
  const { runtime } = core;
  const today = (): LocalDate => localDateOf(runtime.clock.now());

  const admitted = async (
    context: RequestContext,
    verb: Verb,
    record: string,
    query: string,
    relation: 'same_organisation' | 'self' = 'same_organisation',
  ): Promise<Result<Caller, Rejection>> => {
    const recordClass = 'audit_mandate';
    const fresh = await freshCaller(runtime, context, { recordClass, record, query });
    if (!fresh.ok) return fresh;
    const allowed = await admit(runtime, context, fresh.value, {
      verb,
      recordClass,
      record,
      query,
      relations: [relation],
    });
    return allowed.ok ? ok(fresh.value) : allowed;
  };

  const execute = async (
    context: RequestContext,
    request: CommandRequest<unknown>,
    mandateId: string,
    command: Omit<AuditMandateCommand, 'meta'>,
  ): Promise<CommandReply> =>
    replyOf(mandateId, await core.mandates.execute(AUDIT_MANDATES_ID, command, commandContext(context, request)));

  const give: CommandHandler<typeof giveAuditMandate> = async (context, request) => {
    const caller = await admitted(context, 'create', '-', 'records.giveAuditMandate');
    if (!caller.ok) return refused(caller.error);
    const { organisation, person: giver } = caller.value;
    if (giver === undefined) return refused({ kind: 'NotFound' });
    const { person, home = organisation, scope, records = [], handlers = [], from, to, motive } = request.data;
    const now = runtime.clock.now();
    const capacities = await runtime.authority.capacitiesOf(home, person, now);
    if (!capacities.ok) return refused({ kind: 'Unavailable', detail: 'authority' });
    // On the first day it can be used: who is to become auditor next month may be given one now.
    const first = from > localDateOf(now) ? from : localDateOf(now);
    const isAuditor = activeAt(capacities.value, first).some(
      (one) => one.role === 'auditor' && one.organisation === organisation,
    );
    const mandateId = createdIdOf(organisation, request.commandId, 'audit mandate');
    return execute(context, request, mandateId, {
      type: 'GiveAuditMandate',
      data: {
        mandateId,
        auditor: { organisation: home, person },
        isAuditor,
        scope,
        records,
        handlers,
        from,
        to,
        givenBy: { organisation: homeOf(caller.value), person: giver },
        motive: plainText(motive),
      },
    });
  };

  const end: CommandHandler<typeof endAuditMandate> = async (context, request) => {
    const { mandateId, motive } = request.data;
    const query = 'records.endAuditMandate';
    const caller = await admitted(context, 'act', mandateId, query);
    if (!caller.ok) return refused(caller.error);
    const reply = await execute(context, request, mandateId, {
      type: 'EndAuditMandate',
      data: { mandateId, motive: plainText(motive) },
    });
    if (reply.ok || reply.rejection.kind !== 'NotFound') return reply;
    const recordClass = 'audit_mandate';
    return refused((await deny(runtime, context, caller.value, { recordClass, record: mandateId, query })).error);
  };

  const list: QueryHandler<typeof auditMandatesQuery> = async (context, { page }) => {
    const query = 'records.auditMandates';
    const asker = await admitted(context, 'list', '-', query);
    if (!asker.ok) return asker;
    const caller = asker.value;
    const { organisation } = caller;
    const state = await core.mandatesOf(organisation);
    if (!state.ok) return state;
    const all =
      caller.role === 'auditor'
        ? caller.person === undefined
          ? []
          : mandatesOf(state.value, { organisation: homeOf(caller), person: caller.person })
        : state.value.mandates.filter(isKnown);
    const found = pageOfList(all.toReversed(), ({ mandateId }) => mandateId, page);
    if (!found.ok) return found;
    const { rows, next } = found.value;
    return release(
      runtime,
      context,
      caller,
      {
        recordClass: 'audit_mandate',
        organisation,
        records: rows.map(({ mandateId }) => mandateId),
        fields: ['scope', 'motive'],
        query,
        outcome: 'listed',
      },
      async () => {
        const motives = await openTexts(
          runtime,
          organisation,
          rows.map(({ motive }) => sealedOf(motive)),
        );
        if (!motives.ok) return motives;
        return ok({ rows: rows.map((row, at) => rowOf(row, today(), motives.value[at] ?? null)), next });
      },
    );
  };

  /** Of the records that a mandate names: those that this person looked at, by the history itself. */
  const lookedAt = (organisation: string, own: readonly string[], mandate: AuditMandate): readonly string[] => {
    const { records = [] } = mandate;
    const until = startOfDate(mandate.endedOn ?? mandate.to);
    return records.filter(
      (record) =>
        history.get(
          `SELECT 1 FROM access_of_record CROSS JOIN access USING (organisation, recorded_at, event_id)
             WHERE organisation = ? AND record = ? AND recorded_at < ? AND staff = 1
               AND who IN (${own.map(() => '?').join(', ')}) LIMIT 1`,
          [organisation, record, until, ...own],
        ) !== undefined,
    );
  };

  const onMe: QueryHandler<typeof auditMandatesOnMeQuery> = async (context, { page }) => {
    const query = 'records.auditMandatesOnMe';
    const asker = await admitted(context, 'list', '-', query, 'self');
    if (!asker.ok) return asker;
    const caller = asker.value;
    const { organisation } = caller;
    const own = await ownPseudonyms(runtime, context, caller);
    if (!own.ok) return own;
    const state = await core.mandatesOf(organisation);
    if (!state.ok) return state;
    const known = state.value.mandates.filter(isKnown);
    const covering = known.toReversed().flatMap((mandate): readonly AuditMandate[] => {
      switch (mandate.scope) {
        case 'organisation':
          return [mandate];
        case 'handlers': {
          const handlers = (mandate.handlers ?? []).filter((pseudonym) => own.value.includes(pseudonym));
          return handlers.length === 0 ? [] : [{ ...mandate, handlers }];
        }
        case 'records': {
          // Which other records it names is not theirs to know (design rule 10).
          const records = lookedAt(organisation, own.value, mandate);
          return records.length === 0 ? [] : [{ ...mandate, records: [...records] }];
        }
      }
    });
    const found = pageOfList(covering, ({ mandateId }) => mandateId, page);
    if (!found.ok) return found;
    const { rows, next } = found.value;
    return release(
      runtime,
      context,
      caller,
      {
        recordClass: 'audit_mandate',
        organisation,
        records: rows.map(({ mandateId }) => mandateId),
        fields: ['scope'],
        query,
        outcome: 'listed',
      },
      () => Promise.resolve(ok({ rows: rows.map((row) => rowOf(row, today(), null)), next })),
    );
  };

  return { give, end, list, onMe };
};
