import type { Caller, RecordClass } from '@toeverlaat/access';
import type {
  freezeAnnualReportCommand,
  recordFactsCommand,
  releaseFiguresCommand,
  RequestContext,
  CommandHandler,
} from '@toeverlaat/contracts';
import type { CommandContext, Position, Rejection } from '@toeverlaat/event-log';
import { lawSettings, lawVersion } from '@toeverlaat/legal';
import {
  admit,
  commandContext,
  derivedId,
  freshCaller,
  isService,
  replyOf,
  refused,
  systemContext,
} from '@toeverlaat/service-kit';
import { err, ok, uuidV5, type OrganisationId, type Result } from '@toeverlaat/values';
import { RELEASES_ID } from '../domain/release/index.js';
import { factsView } from '../views/index.js';
import { factsComplete, factsOf, type Core, type SettingsSource } from './core.js';

/**
 * The envelope of a fact. Command and correlation are made from the fact alone: those of the message it came with would
 * tie it to the others of its batch, and to whatever sent it (design §7).
 */
const factContext = (organisation: OrganisationId, factId: string): CommandContext =>
  systemContext(organisation, 'count', uuidV5('fact', organisation, factId));

/** Facts appended at a time; the log groups them into one commit. */
const AT_ONCE = 64;

export const createCommands = (core: Core, settingsOf: SettingsSource) => {
  const { runtime } = core;

  const admitted = async (
    context: RequestContext,
    recordClass: RecordClass,
    record: string,
    query: string,
  ): Promise<Result<Caller, Rejection>> => {
    const fresh = await freshCaller(runtime, context, { recordClass, record, query });
    if (!fresh.ok) return fresh;
    const allowed = await admit(runtime, context, fresh.value, {
      verb: 'create',
      recordClass,
      record,
      query,
      relations: ['same_organisation'],
    });
    return allowed.ok ? ok(fresh.value) : err(allowed.error);
  };

  const recordFacts: CommandHandler<typeof recordFactsCommand> = async (context, { commandId, data }) => {
    const { caller } = context;
    if (!isService(caller, 'case')) return refused({ kind: 'NotAllowed', verb: 'record_facts' });
    const { organisation } = caller;
    let position: Position | undefined;
    let repeated = true;
    for (let start = 0; start < data.facts.length; start += AT_ONCE) {
      const outcomes = await Promise.all(
        data.facts
          .slice(start, start + AT_ONCE)
          .map(({ factId, ...fact }) =>
            core.facts.execute(factId, { type: 'RecordFact', data: fact }, factContext(organisation, factId)),
          ),
      );
      for (const outcome of outcomes) {
        // What was recorded stays; the batch comes again and finds it.
        if (!outcome.ok) return refused(outcome.rejection);
        repeated &&= outcome.repeated;
        if (outcome.position !== undefined && (position === undefined || position < outcome.position))
          ({ position } = outcome);
      }
    }
    return { ok: true, id: commandId, revision: 0, position: position ?? null, repeated };
  };

  const releaseFigures: CommandHandler<typeof releaseFiguresCommand> = async (context, request) => {
    const { from, to, hideMore } = request.data;
    const caller = await admitted(context, 'statutory_figures', `${from}-${to}`, 'reporting.releaseFigures');
    if (!caller.ok) return refused(caller.error);
    if (!(await factsComplete(core))) return refused({ kind: 'Unavailable', detail: 'facts are being read' });
    const { organisation } = caller.value;
    const own = await settingsOf(organisation);
    if (!own.ok) return refused({ kind: 'Unavailable', detail: 'settings' });
    const { smallCellThreshold, smallestReleaseMonths } = lawSettings(own.value, lawVersion);
    const releaseId = derivedId(request.commandId, 'release');
    const outcome = await core.releases.execute(
      RELEASES_ID,
      {
        type: 'ReleaseFigures',
        data: {
          releaseId,
          from,
          to,
          hideMore,
          threshold: smallCellThreshold,
          smallestMonths: smallestReleaseMonths,
          viewVersion: factsView.version,
          facts: factsOf(core, organisation),
        },
      },
      commandContext(context, request),
    );
    return replyOf(releaseId, outcome);
  };

  const freezeAnnualReport: CommandHandler<typeof freezeAnnualReportCommand> = async (context, request) => {
    const { year, entered } = request.data;
    const caller = await admitted(context, 'statutory_figures', year, 'reporting.freezeAnnualReport');
    if (!caller.ok) return refused(caller.error);
    if (!(await factsComplete(core))) return refused({ kind: 'Unavailable', detail: 'facts are being read' });
    const outcome = await core.reports.execute(
      year,
      {
        type: 'FreezeAnnualReport',
        data: {
          year,
          entered,
          viewVersion: factsView.version,
          facts: factsOf(core, caller.value.organisation, { from: `${year}-01`, to: `${year}-12` }),
        },
      },
      commandContext(context, request),
    );
    return replyOf(year, outcome);
  };

  return { recordFacts, releaseFigures, freezeAnnualReport };
};
export type Commands = ReturnType<typeof createCommands>;
