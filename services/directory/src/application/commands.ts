import {
  type AuthoritySource,
  type Caller,
  type RecordClass,
  type Relation,
  type Role,
  type Verb,
} from '@toeverlaat/access';
import * as contracts from '@toeverlaat/contracts';
import type { CommandDef, CommandReply, CommandRequest, RequestContext } from '@toeverlaat/contracts';
import { plainText, type CommandContext, type CommandOutcome } from '@toeverlaat/event-log';
import { agreementRequired, lawVersion } from '@toeverlaat/legal';
import {
  admit,
  commandContext,
  existing,
  freshCaller,
  partOf,
  replyOf,
  serveCommand,
  timerContext,
  type Served,
} from '@toeverlaat/service-kit';
import {
  createdIdOf,
  organisationId,
  reactionCommandId,
  type LocalDate,
  type OrganisationId,
  type PersonId,
} from '@toeverlaat/values';
import type { z } from 'zod';
import { earliest, type Period } from '../domain/common.js';
import type { DesignationCommand, KnownDesignation } from '../domain/designation/index.js';
import type { MandateCommand } from '../domain/mandate/index.js';
import {
  openSites,
  type ConsultationBody,
  type OrganisationCommand,
  type RegisteredOrganisation,
} from '../domain/organisation/index.js';
import { capacitiesAt, functionsAt, presentAt, type KnownPerson, type PersonCommand } from '../domain/person/index.js';
import {
  authorise,
  denying,
  granted,
  invalidField,
  isSelf,
  notFound,
  present,
  refused,
  replying,
  ruleRefused,
  subjectTag,
  type Core,
} from './core.js';

/** Before there is any administrator: the composition root registers organisations as this, and nothing else. */
export const bootstrapCaller: Caller = {
  role: 'platform_operator',
  organisation: organisationId('toeverlaat'),
  pseudonym: 'bootstrap',
  capacityId: 'bootstrap',
  sites: [],
};

type Handler<I extends z.ZodType> = (
  context: RequestContext,
  request: CommandRequest<z.output<I>>,
  command: CommandContext,
) => Promise<CommandReply>;
type Permission = {
  readonly verb: Verb;
  readonly recordClass: RecordClass;
  /** Narrower than the policy: of those it lets act on such a record, only these give this command. */
  readonly only?: readonly Role[];
};

/** The entry that a command is about, as its input names it; `-` for one that names none. */
const namedIn = (data: unknown): string => {
  const named = data as Readonly<Partial<Record<'designationId' | 'personId' | 'contractId' | 'mandateId', string>>>;
  return named.designationId ?? named.personId ?? named.contractId ?? named.mandateId ?? '-';
};

/** What the caller is to a designation; one that is not there is nothing to anybody. */
const relationTo = (caller: Caller, state: KnownDesignation | undefined): Relation => {
  if (state === undefined) return 'none';
  return isSelf(caller, state.home, state.personId) ? 'self' : 'same_organisation';
};

const period = (row: { starts: string; ends: string | null; ended_on: string | null }): Period => ({
  from: row.starts,
  to: earliest(row.ends ?? undefined, row.ended_on ?? undefined),
});

/** Every command of the service: validated, authorised, decided (design §3). */
export const createCommands = (core: Core, authority: AuthoritySource) => {
  const { runners, execute } = core;

  const organisationOf = async (organisation: OrganisationId): Promise<RegisteredOrganisation> =>
    present(await runners.organisation.load(organisation, organisation)).state;

  /** @throws Refused when a site is not an open one of the organisation, or out of reach of the caller's capacity */
  const checkSites = async (
    caller: Caller,
    organisation: OrganisationId,
    sites: 'all' | readonly string[],
    field: string,
  ): Promise<void> => {
    if (caller.sites !== 'all' && (sites === 'all' || sites.some((site) => !caller.sites.includes(site))))
      invalidField(field, 'site_out_of_reach');
    if (sites === 'all') return;
    const open = new Set(openSites(await organisationOf(organisation)).map((site) => site.siteId));
    if (sites.some((site) => !open.has(site))) invalidField(field, 'unknown_site');
  };

  const personOf = async (organisation: OrganisationId, person: string): Promise<KnownPerson> =>
    present(await runners.person.load(organisation, person)).state;

  const designationOf = async (organisation: OrganisationId, id: string): Promise<KnownDesignation> =>
    present(await runners.designation.load(organisation, id)).state;

  /** As recorded, else the least the law asks of an organisation that has neither committee nor delegation. */
  const competentBody = async (organisation: OrganisationId): Promise<ConsultationBody> =>
    (await organisationOf(organisation)).body?.body ??
    agreementRequired({ hasCommittee: false, hasUnionDelegation: false }, lawVersion).body;

  const contractPeriods = (client: OrganisationId, provider: string): readonly Period[] =>
    core.views
      .query('mandates')
      .all<{ starts: string; ends: string | null; ended_on: string | null }>(
        'SELECT starts, ends, ended_on FROM contracts WHERE organisation = ? AND provider = ?',
        [client, provider],
      )
      .map(period);

  /** The mandate as counsellor of somebody of another directory that holds today, and whether a contract covers it. */
  const counsellorMandate = async (client: OrganisationId, home: string, person: string, today: LocalDate) => {
    const rows = core.views.query('mandates').all<{ mandate: string }>(
      `SELECT mandate FROM mandates WHERE organisation = ? AND home = ? AND person = ? AND role = 'counsellor'
         AND starts <= ? AND (ends IS NULL OR ends > ?) AND (revoked_on IS NULL OR revoked_on > ?) ORDER BY mandate`,
      [client, home, person, today, today, today],
    );
    const covered = contractPeriods(client, home).some(
      (contract) => contract.from <= today && (contract.to === undefined || today < contract.to),
    );
    return covered ? rows[0]?.mandate : undefined;
  };

  const serve = <I extends z.ZodType>(def: CommandDef<I>, permission: Permission, handler: Handler<I>): Served =>
    serveCommand(def, (context, request) =>
      replying(async () => {
        const { verb, recordClass, only } = permission;
        const query = def.pattern.slice(def.pattern.indexOf('.') + 1);
        const { caller } = await authorise(core, authority, context, { verb, recordClass, record: '-', query });
        const verified = { ...context, caller };
        return denying(core, verified, { recordClass, record: namedIn(request.data), query }, async () => {
          if (only !== undefined && !only.some((role) => role === caller.role)) refused({ kind: 'NotAllowed', verb });
          return handler(verified, request, commandContext(verified, request));
        });
      }),
    );

  const onOrganisation = <I extends z.ZodType>(
    def: CommandDef<I>,
    recordClass: RecordClass,
    toCommand: (
      data: z.output<I>,
      context: RequestContext,
    ) => Omit<OrganisationCommand, 'meta'> | Promise<Omit<OrganisationCommand, 'meta'>>,
  ): Served =>
    serve(def, { verb: 'act', recordClass }, async (context, request, command) => {
      const { organisation } = context.caller;
      const outcome = await execute(
        runners.organisation,
        organisation,
        await toCommand(request.data, context),
        command,
      );
      return replyOf(organisation, outcome);
    });

  /** A command on one entry; the administrator's reach over sites covers where the person works. */
  const onPerson = <I extends z.ZodType<{ personId: PersonId }>>(
    def: CommandDef<I>,
    recordClass: RecordClass,
    toCommand: (
      data: z.output<I>,
      context: RequestContext,
      command: CommandContext,
    ) => Omit<PersonCommand, 'meta'> | Promise<Omit<PersonCommand, 'meta'>>,
    after?: (data: z.output<I>, command: CommandContext, outcome: CommandOutcome) => Promise<void>,
  ): Served =>
    serve(
      def,
      { verb: recordClass === 'capacity' ? 'create' : 'act', recordClass },
      async (context, request, command) => {
        const { organisation, sites } = context.caller;
        const { personId } = request.data;
        const entry = await personOf(organisation, personId);
        if (sites !== 'all' && !sites.includes(entry.siteId)) notFound();
        const outcome = await execute(
          runners.person,
          personId,
          await toCommand(request.data, context, command),
          command,
        );
        if (outcome.ok && after !== undefined) await after(request.data, command, outcome);
        return replyOf(personId, outcome);
      },
    );

  const onDesignation = <I extends z.ZodType<{ designationId: string }>>(
    def: CommandDef<I>,
    permission: Omit<Permission, 'verb' | 'recordClass'>,
    toCommand: (
      data: z.output<I>,
      state: KnownDesignation,
      context: RequestContext,
      command: CommandContext,
    ) => Omit<DesignationCommand, 'meta'> | Promise<Omit<DesignationCommand, 'meta'>>,
  ): Served =>
    serve(def, { verb: 'act', recordClass: 'designation', ...permission }, async (context, request, command) => {
      const { organisation } = context.caller;
      const { designationId } = request.data;
      const state = await designationOf(organisation, designationId);
      const outcome = await execute(
        runners.designation,
        designationId,
        await toCommand(request.data, state, context, command),
        command,
      );
      return replyOf(designationId, outcome);
    });

  /** By the counsellor or the administrator. */
  const onAbsence = <I extends z.ZodType<{ designationId: string }>>(
    def: CommandDef<I>,
    toCommand: (data: z.output<I>, command: CommandContext) => Omit<DesignationCommand, 'meta'>,
  ): Served =>
    serveCommand(def, (context, request) =>
      replying(async () => {
        const { organisation } = context.caller;
        const { designationId } = request.data;
        const found = existing(await runners.designation.load(organisation, designationId));
        if (!found.ok && found.error.kind !== 'NotFound') refused(found.error);
        const attempt = {
          recordClass: 'absence',
          record: designationId,
          query: def.pattern.slice(def.pattern.indexOf('.') + 1),
        } as const;
        const { caller } = await authorise(core, authority, context, {
          ...attempt,
          verb: 'act',
          relation: relationTo(context.caller, found.ok ? found.value.state : undefined),
        });
        const verified = { ...context, caller };
        const command = commandContext(verified, request);
        return denying(core, verified, attempt, async () =>
          replyOf(
            designationId,
            await execute(runners.designation, designationId, toCommand(request.data, command), command),
          ),
        );
      }),
    );

  // ── reactions inside the service ──

  /** What the law says of a designation today; ends it when it may not go on. */
  const review = async (
    organisation: OrganisationId,
    designationId: string,
    context: CommandContext,
  ): Promise<CommandOutcome> => {
    const state = await designationOf(organisation, designationId);
    const today = core.today();
    const home = organisationId(state.home);
    const loaded = await runners.person.load(home, state.personId);
    // An entry that cannot be read now says nothing; one that was erased is nobody any more.
    if (loaded.kind === 'unavailable') return { ok: false, rejection: { kind: 'Unavailable', detail: loaded.detail } };
    const entry = loaded.kind === 'loaded' && loaded.state.status !== 'none' ? loaded.state : undefined;
    const mandated =
      state.placement === 'internal' ||
      (await counsellorMandate(organisation, home, state.personId, today)) === state.mandateId;
    return execute(
      runners.designation,
      designationId,
      {
        type: 'ReviewEligibility',
        data: {
          functions: entry === undefined ? [] : functionsAt(entry, today),
          present: entry !== undefined && presentAt(entry, today),
          mandated,
        },
      },
      context,
    );
  };

  const openDesignations = (home: string, person: string) =>
    core.across<{ organisation: string; designation: string }>(
      'designations',
      `SELECT organisation, designation FROM designations
         WHERE home = ? AND person = ? AND (status <> 'ended' OR ended_on > ?) ORDER BY organisation, designation`,
      [home, person, core.today()],
    );

  /** After something changed about a person: their designations are reviewed at once; `runTimers` catches what a crash left. */
  const reviewDesignationsOf = async (home: OrganisationId, person: string, context: CommandContext): Promise<void> => {
    await core.settled();
    for (const row of openDesignations(home, person)) {
      const organisation = organisationId(row.organisation);
      await review(organisation, row.designation, {
        ...context,
        organisation,
        // The administrator of the person's own organisation is nobody in a client's.
        actor: { pseudonym: 'system', capacity: 'system' },
        purpose: 'reaction',
        commandId: reactionCommandId(`review-designation ${organisation} ${row.designation}`, context.commandId),
        expectedRevision: undefined,
        body: undefined,
      });
    }
  };

  /** Reviews every designation that is not over; any replica may, and twice is once (design rule 8). */
  const reviewAll = async (): Promise<void> => {
    await core.settled();
    const today = core.today();
    const rows = core.across<{ organisation: string; designation: string }>(
      'designations',
      "SELECT organisation, designation FROM designations WHERE status <> 'ended' OR ended_on > ? ORDER BY organisation, designation",
      [today],
    );
    for (const row of rows) {
      const organisation = organisationId(row.organisation);
      await review(
        organisation,
        row.designation,
        timerContext('review-designation', organisation, row.designation, today),
      );
    }
  };

  const steps = async (all: readonly (() => Promise<CommandOutcome>)[]): Promise<CommandOutcome> => {
    let last: CommandOutcome | undefined;
    for (const next of all) {
      const outcome = await next();
      if (!outcome.ok) return outcome;
      last = last?.ok === true && !last.repeated ? { ...outcome, repeated: false } : outcome;
    }
    return last ?? refused({ kind: 'Unavailable', detail: 'no step' });
  };

  // ── organisation ──

  const registerOrganisation = serveCommand(contracts.registerOrganisation, (context, request) =>
    replying(async () => {
      const { organisation, kind, legalName, regime, site, issuer, administrator } = request.data;
      const { recorder, clock } = core.runtime;
      const asks = { authority, recorder, clock };
      // The composition root has no capacity that a directory could know; no transport lets anybody else be it.
      const caller =
        context.caller.capacityId === bootstrapCaller.capacityId
          ? context.caller
          : granted(
              await freshCaller(asks, context, {
                recordClass: 'organisation',
                record: organisation,
                query: contracts.registerOrganisation.pattern,
              }),
            );
      granted(
        await admit(asks, context, caller, {
          verb: 'create',
          recordClass: 'organisation',
          record: organisation,
          query: contracts.registerOrganisation.pattern,
          relations: ['none'],
        }),
      );
      const base: CommandContext = { ...commandContext(context, request), organisation };
      const personId = administrator.personId ?? createdIdOf(organisation, request.commandId, 'person');
      const tag = await subjectTag(core, organisation, issuer, administrator.subject);
      const today = core.today();
      const grants = administrator.platformOperator
        ? (['worker', 'administrator', 'platform_operator'] as const)
        : (['worker', 'administrator'] as const);
      const outcome = await steps([
        () =>
          execute(
            runners.organisation,
            organisation,
            { type: 'RegisterOrganisation', data: { kind, legalName, regime } },
            base,
          ),
        () => execute(runners.organisation, organisation, { type: 'OpenSite', data: site }, partOf(base, 1)),
        () => execute(runners.organisation, organisation, { type: 'AcceptIssuer', data: { issuer } }, partOf(base, 2)),
        () =>
          execute(
            runners.person,
            personId,
            {
              type: 'RegisterPerson',
              data: {
                siteId: site.siteId,
                languages: administrator.languages,
                name: plainText(administrator.name),
                ...(administrator.email === undefined ? {} : { email: plainText(administrator.email) }),
              },
            },
            partOf(base, 3),
          ),
        () =>
          execute(
            runners.person,
            personId,
            {
              type: 'LinkSubject',
              data: { tag, issuer: plainText(issuer), subject: plainText(administrator.subject) },
            },
            partOf(base, 4),
          ),
        ...grants.map((role, index) => () => {
          const granting = partOf(base, 5 + index);
          return execute(
            runners.person,
            personId,
            {
              type: 'GrantCapacity',
              data: {
                capacityId: createdIdOf(organisation, granting.commandId, 'capacity'),
                role,
                sites: role === 'worker' ? [site.siteId] : 'all',
                from: today,
              },
            },
            granting,
          );
        }),
      ]);
      return replyOf(personId, outcome);
    }),
  );

  const related =
    (type: 'RecordPredecessor' | 'RecordSuccessor') => (data: z.output<typeof contracts.recordPredecessor.data>) =>
      ({ type, data }) as const;

  // ── people ──

  const registerPerson = serve(
    contracts.registerPerson,
    { verb: 'create', recordClass: 'person' },
    async (context, request, command) => {
      const { organisation } = context.caller;
      const { siteId, languages, name, email, worker } = request.data;
      await checkSites(context.caller, organisation, [siteId], 'siteId');
      const personId = request.data.personId ?? createdIdOf(organisation, request.commandId, 'person');
      const grant = partOf(command, 1);
      const outcome = await steps([
        () =>
          execute(
            runners.person,
            personId,
            {
              type: 'RegisterPerson',
              data: {
                siteId,
                languages,
                name: plainText(name),
                ...(email === undefined ? {} : { email: plainText(email) }),
              },
            },
            command,
          ),
        ...(worker
          ? [
              () =>
                execute(
                  runners.person,
                  personId,
                  {
                    type: 'GrantCapacity',
                    data: {
                      capacityId: createdIdOf(organisation, grant.commandId, 'capacity'),
                      role: 'worker',
                      sites: [siteId],
                      from: core.today(),
                    },
                  },
                  grant,
                ),
            ]
          : []),
      ]);
      return replyOf(personId, outcome);
    },
  );

  const movePerson = serve(
    contracts.movePerson,
    { verb: 'act', recordClass: 'person' },
    async (context, request, command) => {
      const { organisation } = context.caller;
      const { personId, siteId, on } = request.data;
      await checkSites(context.caller, organisation, [siteId], 'siteId');
      const entry = await personOf(organisation, personId);
      // Found by where they do not reach yet, and ended last: a repeat after a crash finds what is left to do.
      const moved = capacitiesAt(entry, on).filter(
        (one) => one.role === 'worker' && one.sites !== 'all' && !one.sites.includes(siteId),
      );
      const outcome = await steps([
        () => execute(runners.person, personId, { type: 'MovePerson', data: { siteId, on } }, command),
        ...moved.flatMap((capacity) => {
          const grant = partOf(command, `grant ${capacity.capacityId}`);
          const { to } = capacity;
          const capacityId = createdIdOf(organisation, grant.commandId, 'capacity');
          return [
            () =>
              execute(
                runners.person,
                personId,
                {
                  type: 'GrantCapacity',
                  data: { capacityId, role: 'worker', sites: [siteId], from: on, ...(to === undefined ? {} : { to }) },
                },
                grant,
              ),
            () =>
              execute(
                runners.person,
                personId,
                { type: 'EndCapacity', data: { capacityId: capacity.capacityId, on } },
                partOf(command, `end ${capacity.capacityId}`),
              ),
          ];
        }),
      ]);
      return replyOf(personId, outcome);
    },
  );

  const linkSubject = onPerson(contracts.linkSubject, 'person', async (data, context) => {
    const { organisation } = context.caller;
    const { personId, issuer, subject } = data;
    if (!(await organisationOf(organisation)).issuers.includes(issuer)) invalidField('issuer', 'not_accepted');
    const tag = await subjectTag(core, organisation, issuer, subject);
    await core.settled();
    const others = core.views
      .query('people')
      .all<{ person: string }>('SELECT person FROM tags WHERE organisation = ? AND tag = ? AND person <> ?', [
        organisation,
        tag,
        personId,
      ]);
    if (others.length > 0) ruleRefused('subject_linked_elsewhere');
    return { type: 'LinkSubject', data: { tag, issuer: plainText(issuer), subject: plainText(subject) } };
  });

  const grantCapacity = onPerson(contracts.grantCapacity, 'capacity', async (data, context, command) => {
    const { organisation } = context.caller;
    const { personId, ...grant } = data;
    // Nobody widens their own authority: a second administrator, or the platform operator, does.
    if (isSelf(context.caller, organisation, personId)) ruleRefused('own_capacity');
    await checkSites(context.caller, organisation, grant.sites, 'sites');
    return {
      type: 'GrantCapacity',
      data: { ...grant, capacityId: createdIdOf(organisation, command.commandId, 'capacity') },
    };
  });

  const reviewAfter = (data: { readonly personId: string }, command: CommandContext) =>
    reviewDesignationsOf(command.organisation, data.personId, command);

  // ── designations ──

  const designate = ['administrator', 'employer'] as const;

  const proposeDesignation = serve(
    contracts.proposeDesignation,
    { verb: 'create', recordClass: 'designation', only: designate },
    async (context, request, command) => {
      const { organisation } = context.caller;
      const { personId, sites, languages } = request.data;
      const home = request.data.home ?? organisation;
      await checkSites(context.caller, organisation, sites, 'sites');
      const designationId = createdIdOf(organisation, request.commandId, 'designation');
      const today = core.today();
      await core.settled();
      const mandateId =
        home === organisation ? undefined : await counsellorMandate(organisation, home, personId, today);
      // Of another organisation's directory nothing is told, not even that an entry exists, without a mandate.
      const entry = home === organisation || mandateId !== undefined ? await personOf(home, personId) : undefined;
      if (entry !== undefined && !presentAt(entry, today)) ruleRefused('person_left');
      const designated = openDesignations(home, personId).some(
        (row) => row.organisation === organisation && row.designation !== designationId,
      );
      const outcome = await execute(
        runners.designation,
        designationId,
        {
          type: 'ProposeDesignation',
          data: {
            personId,
            home,
            placement: home === organisation ? 'internal' : 'external',
            ...(mandateId === undefined ? {} : { mandateId }),
            sites,
            languages,
            functions: entry === undefined ? [] : functionsAt(entry, today),
            designated,
            mandated: mandateId !== undefined,
          },
        },
        command,
      );
      return replyOf(designationId, outcome);
    },
  );

  const startDesignation = onDesignation(contracts.startDesignation, { only: designate }, async ({ from }, state) => {
    const entry = await personOf(organisationId(state.home), state.personId);
    return { type: 'StartDesignation', data: { from, functions: functionsAt(entry, core.today()) } };
  });

  const nameSuccessor = onDesignation(
    contracts.nameSuccessor,
    { only: designate },
    async ({ designationId, successor }, _state, context) => {
      if (successor === designationId) ruleRefused('successor_is_self');
      const loaded = await runners.designation.load(context.caller.organisation, successor);
      const active = loaded.kind === 'loaded' && loaded.state.status === 'active';
      return { type: 'NameSuccessor', data: { successor, active } };
    },
  );

  // ── contracts and mandates ──

  const concludeContract = serve(
    contracts.concludeContract,
    { verb: 'create', recordClass: 'service_contract' },
    async (context, request, command) => {
      const { organisation } = context.caller;
      const { provider, from, to } = request.data;
      const profile = await runners.organisation.load(provider, provider);
      if (profile.kind !== 'loaded' || profile.state.status === 'none')
        return invalidField('provider', 'unknown_organisation');
      const contractId = createdIdOf(organisation, request.commandId, 'contract');
      const outcome = await execute(
        runners.contract,
        contractId,
        { type: 'ConcludeContract', data: { provider, providerKind: profile.state.kind, from, to } },
        command,
      );
      return replyOf(contractId, outcome);
    },
  );

  const reviewClient = async (client: OrganisationId, command: CommandContext): Promise<void> => {
    await core.settled();
    const rows = core.views.query('designations').all<{ designation: string }>(
      `SELECT designation FROM designations WHERE organisation = ? AND placement = 'external'
           AND (status <> 'ended' OR ended_on > ?) ORDER BY designation`,
      [client, core.today()],
    );
    for (const row of rows)
      await review(client, row.designation, {
        ...command,
        purpose: 'reaction',
        commandId: reactionCommandId(`review-designation ${client} ${row.designation}`, command.commandId),
        expectedRevision: undefined,
        body: undefined,
      });
  };

  const endContract = serve(
    contracts.endContract,
    { verb: 'act', recordClass: 'service_contract' },
    async (context, request, command) => {
      const { contractId, on } = request.data;
      const outcome = await execute(runners.contract, contractId, { type: 'EndContract', data: { on } }, command);
      if (outcome.ok) await reviewClient(context.caller.organisation, command);
      return replyOf(contractId, outcome);
    },
  );

  const giveMandate = serve(
    contracts.giveMandate,
    { verb: 'create', recordClass: 'mandate' },
    async (context, request, command) => {
      const { organisation } = context.caller;
      const { data } = request;
      await checkSites(context.caller, organisation, data.sites, 'sites');
      await core.settled();
      const periods = contractPeriods(organisation, data.home);
      // Without a contract nothing is told of who works for the other organisation.
      if (periods.length > 0) {
        const entry = await runners.person.load(data.home, data.personId);
        if (entry.kind !== 'loaded' || entry.state.status !== 'present')
          return invalidField('personId', 'unknown_person');
      }
      const mandateId = createdIdOf(organisation, request.commandId, 'mandate');
      const give: Omit<MandateCommand, 'meta'> = { type: 'GiveMandate', data: { ...data, contracts: periods } };
      return replyOf(mandateId, await execute(runners.mandate, mandateId, give, command));
    },
  );

  const revokeMandate = serve(
    contracts.revokeMandate,
    { verb: 'act', recordClass: 'mandate' },
    async (context, request, command) => {
      const { mandateId, on } = request.data;
      const outcome = await execute(runners.mandate, mandateId, { type: 'RevokeMandate', data: { on } }, command);
      if (outcome.ok) await reviewClient(context.caller.organisation, command);
      return replyOf(mandateId, outcome);
    },
  );

  const withBody = async <T extends object>(data: T, context: RequestContext) => ({
    ...data,
    competent: await competentBody(context.caller.organisation),
  });
  const without = <T extends { designationId: string }>({ designationId: _id, ...rest }: T): Omit<T, 'designationId'> =>
    rest;

  const served: readonly Served[] = [
    registerOrganisation,
    onOrganisation(contracts.renameOrganisation, 'organisation', (data) => ({ type: 'RenameOrganisation', data })),
    onOrganisation(contracts.recordWorkers, 'organisation', (data) => ({ type: 'RecordWorkers', data })),
    onOrganisation(contracts.openSite, 'site', (data) => ({ type: 'OpenSite', data })),
    onOrganisation(contracts.changeSite, 'site', (data) => ({ type: 'ChangeSite', data })),
    onOrganisation(contracts.closeSite, 'site', (data) => ({ type: 'CloseSite', data })),
    onOrganisation(contracts.recordPredecessor, 'organisation', related('RecordPredecessor')),
    onOrganisation(contracts.recordSuccessor, 'organisation', related('RecordSuccessor')),
    onOrganisation(contracts.recordConsultationBody, 'organisation', (data) => ({
      type: 'RecordConsultationBody',
      data,
    })),
    onOrganisation(contracts.arrangePreventionAdviser, 'organisation', (data) => ({
      type: 'ArrangePreventionAdviser',
      data,
    })),
    onOrganisation(contracts.recordCounsellorAskedFor, 'organisation', (data) => ({
      type: 'RecordCounsellorAskedFor',
      data,
    })),
    onOrganisation(contracts.changeSetting, 'organisation', (data) => ({ type: 'ChangeSetting', data })),
    onOrganisation(contracts.changeFiguresSetting, 'organisation', (data) => ({ type: 'ChangeFiguresSetting', data })),
    onOrganisation(contracts.setWorkingHours, 'organisation', (data) => ({ type: 'SetWorkingHours', data })),
    onOrganisation(contracts.acceptIssuer, 'organisation', (data) => ({ type: 'AcceptIssuer', data })),
    onOrganisation(contracts.dropIssuer, 'organisation', (data) => ({ type: 'DropIssuer', data })),

    registerPerson,
    movePerson,
    onPerson(contracts.renamePerson, 'person', ({ name }) => ({
      type: 'RenamePerson',
      data: { name: plainText(name) },
    })),
    onPerson(contracts.changeEmail, 'person', ({ email }) => ({
      type: 'ChangeEmail',
      data: { email: plainText(email) },
    })),
    onPerson(contracts.changeLanguages, 'person', ({ languages }) => ({
      type: 'ChangeLanguages',
      data: { languages },
    })),
    onPerson(
      contracts.takeFunction,
      'person',
      (data) => ({ type: 'TakeFunction', data: { function: data.function, from: data.from } }),
      reviewAfter,
    ),
    onPerson(contracts.layDownFunction, 'person', (data) => ({
      type: 'LayDownFunction',
      data: { function: data.function, on: data.on },
    })),
    linkSubject,
    onPerson(contracts.unlinkSubject, 'person', async ({ issuer, subject }, context) => ({
      type: 'UnlinkSubject',
      data: { tag: await subjectTag(core, context.caller.organisation, issuer, subject) },
    })),
    grantCapacity,
    onPerson(contracts.endCapacity, 'capacity', ({ capacityId, on }) => ({
      type: 'EndCapacity',
      data: { capacityId, on },
    })),
    onPerson(contracts.recordLeaving, 'person', ({ on }) => ({ type: 'RecordLeaving', data: { on } }), reviewAfter),

    proposeDesignation,
    startDesignation,
    onDesignation(
      contracts.recordPriorAgreement,
      { only: ['administrator', 'committee_member'] },
      async (data, _state, context) => ({ type: 'RecordPriorAgreement', data: await withBody(without(data), context) }),
    ),
    onDesignation(contracts.withdrawProposal, { only: designate }, () => ({ type: 'WithdrawProposal', data: {} })),
    onDesignation(contracts.changeDesignationScope, { only: designate }, async (data, _state, context) => {
      await checkSites(context.caller, context.caller.organisation, data.sites, 'sites');
      return { type: 'ChangeScope', data: await withBody(without(data), context) };
    }),
    onDesignation(contracts.recordTraining, { only: designate }, (data, _state, context, command) => ({
      type: 'RecordTraining',
      data: { ...without(data), trainingId: createdIdOf(context.caller.organisation, command.commandId, 'training') },
    })),
    onDesignation(contracts.recordSupervision, { only: designate }, ({ on }) => ({
      type: 'RecordSupervision',
      data: { on },
    })),
    onAbsence(contracts.enterAbsence, (data, command) => ({
      type: 'EnterAbsence',
      data: { ...without(data), absenceId: createdIdOf(command.organisation, command.commandId, 'absence') },
    })),
    onAbsence(contracts.endAbsence, ({ absenceId, backOn }) => ({ type: 'EndAbsence', data: { absenceId, backOn } })),
    onDesignation(contracts.resignDesignation, { only: designate }, ({ on }) => ({
      type: 'ResignDesignation',
      data: { on },
    })),
    onDesignation(contracts.removeCounsellor, { only: designate }, async (data, _state, context) => ({
      type: 'RemoveCounsellor',
      data: await withBody(without(data), context),
    })),
    nameSuccessor,

    concludeContract,
    endContract,
    giveMandate,
    revokeMandate,
  ];
  return { served, reviewAll };
};
