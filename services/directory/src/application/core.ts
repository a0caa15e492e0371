import {
  homeOf,
  type AuthoritySource,
  type Caller,
  type FieldGroup,
  type RecordClass,
  type Relation,
  type Verb,
} from '@toeverlaat/access';
import type { CommandReply, RequestContext } from '@toeverlaat/contracts';
import {
  createRunner,
  type Command,
  type CommandContext,
  type CommandOutcome,
  type Loaded,
  type Position,
  type Rejection,
  type Runner,
  type SealedValue,
} from '@toeverlaat/event-log';
import { SealingError } from '@toeverlaat/sealing';
import {
  admit,
  deny,
  existing,
  freshCaller,
  openServiceViews,
  openTexts,
  release,
  runnerParts,
  type ServiceRuntime,
} from '@toeverlaat/service-kit';
import { err, localDateOf, ok, type LocalDate, type OrganisationId, type Result } from '@toeverlaat/values';
import { ViewNotReady, type SqlRow } from '@toeverlaat/views';
import { contractCategory, contractCodec, contractDecider } from '../domain/contract/index.js';
import { designationCategory, designationCodec, designationDecider } from '../domain/designation/index.js';
import { mandateCategory, mandateCodec, mandateDecider } from '../domain/mandate/index.js';
import { organisationCategory, organisationCodec, organisationDecider } from '../domain/organisation/index.js';
import { personCategory, personCodec, personDecider } from '../domain/person/index.js';
import { directoryViews } from '../views/index.js';

/** Milliseconds a command or a query waits for the views to have what this process itself has written. */
const OWN_WRITES_MS = 2_000;

/** The shell around the deciders: runners, views, and what every command and query needs. */
export const createCore = (runtime: ServiceRuntime) => {
  const common = runnerParts(runtime);
  const runners = {
    organisation: createRunner({
      ...common,
      category: organisationCategory,
      codec: organisationCodec,
      decider: organisationDecider,
    }),
    person: createRunner({ ...common, category: personCategory, codec: personCodec, decider: personDecider }),
    designation: createRunner({
      ...common,
      category: designationCategory,
      codec: designationCodec,
      decider: designationDecider,
    }),
    contract: createRunner({ ...common, category: contractCategory, codec: contractCodec, decider: contractDecider }),
    mandate: createRunner({ ...common, category: mandateCategory, codec: mandateCodec, decider: mandateDecider }),
  };
  const views = openServiceViews(runtime, directoryViews);
  let written: Position | undefined;

  /** Waits until the views have this process's own writes; rules that look at other records then see them. */
  const settled = async (): Promise<void> => {
    if (written !== undefined) await views.whenProcessed(written, OWN_WRITES_MS);
  };

  const execute = async <C extends Command, S>(
    runner: Runner<C, S>,
    id: string,
    command: Omit<C, 'meta'>,
    context: CommandContext,
  ): Promise<CommandOutcome> => {
    const outcome = await runner.execute(id, command, context);
    if (outcome.ok && outcome.position !== undefined && (written === undefined || written < outcome.position))
      written = outcome.position;
    return outcome;
  };

  return {
    runtime,
    runners,
    views,
    execute,
    settled,
    today: (): LocalDate => localDateOf(runtime.clock.now()),
    /** Rows of a view over every organisation: sign-in, authority under mandates, and timers; no caller's own question. */
    across: <T extends SqlRow>(view: string, sql: string, params: readonly (string | number | null)[]) =>
      views.query(view).acrossOrganisations<T>(sql, params),
  };
};
export type Core = ReturnType<typeof createCore>;

/** Who acts in an organisation, as their access history names them; entries of another directory cannot be mistaken for its own. */
export const actorName = (organisation: string, home: string, person: string): string =>
  home === organisation ? person : `${home}/${person}`;

export const yearOf = (date: LocalDate): string => date.slice(0, 4);

/**
 * The pseudonyms of an entry in an organisation, this year's first, back to the year the entry was made. A year whose
 * mapping was destroyed is left out.
 */
export const pseudonymsOf = async (
  core: Core,
  organisation: OrganisationId,
  home: OrganisationId,
  person: string,
): Promise<readonly string[]> => {
  const { sealing } = core.runtime;
  const row = core.views
    .query('people')
    .get<{ registered_year: string }>('SELECT registered_year FROM people WHERE organisation = ? AND person = ?', [
      home,
      person,
    ]);
  const year = Number(yearOf(core.today()));
  const first = Math.min(year, Number(row?.registered_year ?? year));
  const found: string[] = [];
  for (let at = year; at >= first; at -= 1) {
    try {
      found.push(await sealing.pseudonym(organisation, String(at), actorName(organisation, home, person)));
    } catch (error) {
      if (!(error instanceof SealingError) || error.error.kind !== 'KeyDestroyed') throw error;
    }
  }
  return found;
};

/** The key under which a token's subject is looked up in one organisation; the organisation's own key makes it. */
export const subjectTag = (
  core: Core,
  organisation: OrganisationId,
  issuer: string,
  subject: string,
): Promise<string> => core.runtime.sealing.pseudonym(organisation, 'oidc', JSON.stringify([issuer, subject]));

/** Carries a rejection out of the depth of a handler; caught at its edge and nowhere else. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(readonly rejection: Rejection) {
    super(rejection.kind);
  }
}
export const refused = (rejection: Rejection): never => {
  throw new Refused(rejection);
};
export const notFound = (): never => refused({ kind: 'NotFound' });
export const invalidField = (field: string, rule: string): never => refused({ kind: 'InvalidInput', field, rule });
export const ruleRefused = (code: string): never => refused({ kind: 'RuleRefused', code });

/** The value, or the refusal on its way to the edge. */
export const granted = <T>(result: Result<T, Rejection>): T => (result.ok ? result.value : refused(result.error));

const rejectionOf = (error: unknown): Rejection => {
  if (error instanceof Refused) return error.rejection;
  if (error instanceof SealingError)
    return error.error.kind === 'KeyDestroyed' ? { kind: 'Erased' } : { kind: 'Unavailable', detail: 'key' };
  if (error instanceof ViewNotReady) return { kind: 'Unavailable', detail: 'views are being built' };
  throw error;
};

/** A query's answer, or the typed refusal that its depth threw. */
export const answering = async <T>(work: () => Promise<T>): Promise<Result<T, Rejection>> => {
  try {
    return ok(await work());
  } catch (error) {
    return err(rejectionOf(error));
  }
};

export const replying = async (work: () => Promise<CommandReply>): Promise<CommandReply> => {
  try {
    return await work();
  } catch (error) {
    return { ok: false, rejection: rejectionOf(error) };
  }
};

/**
 * Records what turned out further on to be nothing, or nothing for this caller: an entry that is not there, one outside
 * their sites. Without it the history would tell the two apart (design rules 7 and 10).
 */
export const denying = async (
  core: Core,
  context: RequestContext,
  asked: Pick<Asked, 'recordClass' | 'record' | 'query'>,
  work: () => Promise<CommandReply>,
): Promise<CommandReply> => {
  const reply = await replying(work);
  if (reply.ok || (reply.rejection.kind !== 'NotFound' && reply.rejection.kind !== 'NotAllowed')) return reply;
  const { error } = await deny(core.runtime, context, context.caller, asked, reply.rejection);
  return { ok: false, rejection: error };
};

/** The state of a record that must be there. */
export const present = <S extends { readonly status: string }>(
  loaded: Loaded<S>,
): { readonly state: Exclude<S, { readonly status: 'none' }>; readonly revision: number } => granted(existing(loaded));

export type Asked = {
  readonly verb: Verb;
  readonly recordClass: RecordClass;
  readonly relation?: Relation;
  /** Id of the record asked for. */
  readonly record: string;
  readonly query: string;
};

/** The caller's authority, from the log, and what the policy gives; a refusal is recorded first (design rules 7, 10, 11). */
export const authorise = async (
  core: Core,
  authority: AuthoritySource,
  context: RequestContext,
  asked: Asked,
): Promise<{ readonly caller: Caller; readonly fields: readonly FieldGroup[] }> => {
  const { relation = 'same_organisation', ...ask } = asked;
  const { recorder, clock } = core.runtime;
  const asks = { authority, recorder, clock };
  const caller = granted(await freshCaller(asks, context, ask));
  return granted(await admit(asks, context, caller, { ...ask, relations: [relation] }));
};

/** Whether the caller is this very entry. */
export const isSelf = (caller: Caller, home: string, person: string): boolean =>
  caller.person === person && homeOf(caller) === home;

/**
 * How the entries that were looked at stand in the access history. Beside the case that a counsellor or an adviser opened
 * in the same minute an entry's own id would tell the auditor whom that case is about, so it stands there under a name of
 * this one request: found again by who knows entry and request, tied to no other reading (ADR 6).
 */
const recordedAs = (
  core: Core,
  context: RequestContext,
  caller: Caller,
  what: { readonly recordClass: RecordClass; readonly records: readonly string[] },
): Promise<readonly string[]> | readonly string[] =>
  what.recordClass === 'person' && (caller.role === 'counsellor' || caller.role === 'prevention_adviser')
    ? Promise.all(
        what.records.map((record) =>
          core.runtime.sealing.pseudonym(
            caller.organisation,
            yearOf(core.today()),
            JSON.stringify(['looked up', context.requestId, record]),
          ),
        ),
      )
    : what.records;

/** Names, and nothing before its access record is durable (design rule 7). Null for an erased one. */
export const openNames = async (
  core: Core,
  authority: AuthoritySource,
  context: RequestContext,
  caller: Caller,
  what: {
    readonly recordClass: RecordClass;
    readonly records: readonly string[];
    readonly fields: readonly string[];
    readonly query: string;
    readonly outcome: 'listed' | 'opened';
  },
  sealed: readonly { readonly home: OrganisationId; readonly value: SealedValue | undefined }[],
): Promise<readonly (string | null)[]> => {
  const { recorder, clock, sealing } = core.runtime;
  const records = await recordedAs(core, context, caller, what);
  return granted(
    await release(
      { authority, recorder, clock },
      context,
      caller,
      { ...what, records, organisation: caller.organisation },
      async () => {
        const homes = [...new Set(sealed.map((one) => one.home))];
        const texts: (string | null)[] = sealed.map(() => null);
        for (const home of homes) {
          const indexes = [...sealed.keys()].filter((index) => sealed[index]?.home === home);
          const opened = await openTexts(
            { sealing },
            home,
            indexes.map((index) => sealed[index]?.value),
          );
          if (!opened.ok) return opened;
          for (const [at, index] of indexes.entries()) texts[index] = opened.value[at] ?? null;
        }
        return ok(texts);
      },
    ),
  );
};
