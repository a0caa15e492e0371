import type { AuthoritySource } from '@toeverlaat/access';
import { BOOTSTRAP_CAPACITY, foundOrganisation, type Founding } from '@toeverlaat/contracts';
import {
  plainText,
  type Command,
  type CommandContext,
  type CommandMeta,
  type CommandOutcome,
  type Decider,
  type Rejection,
  type Runner,
} from '@toeverlaat/event-log';
import { agreementRequired, lawVersion } from '@toeverlaat/legal';
import { admit, commandContext, partOf, replyOf, serveCommand, type Served } from '@toeverlaat/service-kit';
import { createdIdOf, organisationId, type LocalDate, type OrganisationId } from '@toeverlaat/values';
import { covers } from '../domain/common.js';
import { contractDecider } from '../domain/contract/index.js';
import { designationDecider, type DesignationCommand } from '../domain/designation/index.js';
import { mandateDecider } from '../domain/mandate/index.js';
import { organisationDecider, type OrganisationKind } from '../domain/organisation/index.js';
import {
  functionsAt,
  personDecider,
  presentAt,
  type PersonCommand,
  type PersonFunction,
} from '../domain/person/index.js';
import { granted, notFound, refused, replying, subjectTag, type Core } from './core.js';

/** One command of a founding: tried on its decider alone first, then carried out. */
type Step = {
  /** The part of the founding it is for, as a path: `people.2.counsellor`. */
  readonly field: string;
  readonly rehearse: (meta: Omit<CommandMeta, 'commandId'>) => Rejection | undefined;
  readonly run: () => Promise<CommandOutcome>;
};

type Designated = NonNullable<Founding['people'][number]['counsellor']>;

/** What a founding leans on of the external service: as its own directory has it now. */
type Provider = {
  readonly kind: OrganisationKind;
  /** By directory id; undefined: nobody, or not any more. */
  readonly functionsOf: (personId: string) => readonly PersonFunction[] | undefined;
};

/** Names the part of the founding that a decider refused. */
const within = (field: string, rejection: Rejection): Rejection => {
  if (rejection.kind !== 'RuleRefused') return rejection;
  const own = rejection.params?.['field'];
  return { ...rejection, params: { ...rejection.params, field: own === undefined ? field : `${field}.${own}` } };
};

/** Steps against one aggregate, whose rehearsed states are kept so that each step sees those before it. */
const stepsOn = <C extends Command, E, S>(core: Core, runner: Runner<C, S>, decider: Decider<C, E, S>) => {
  const states = new Map<string, S>();
  return (field: string, id: string, command: Omit<C, 'meta'>, context: CommandContext): Step => ({
    field,
    rehearse: (meta) => {
      const state = states.get(id) ?? decider.initial;
      const decision = decider.decide({ ...command, meta: { ...meta, commandId: context.commandId } } as C, state);
      if (decision.kind === 'rejected') return within(field, decision.rejection);
      states.set(id, decision.events.reduce<S>(decider.evolve, state));
      return undefined;
    },
    run: () => core.execute(runner, id, command, context),
  });
};

/** Every command that a founding comes to, in order; each with an id made of the founding's and of what it is about. */
const planOf = async (
  core: Core,
  data: Founding,
  base: CommandContext,
  today: LocalDate,
  provider: Provider | undefined,
): Promise<readonly Step[]> => {
  const { runners } = core;
  const { organisation, issuer, administrator } = data;
  const ofOrganisation = stepsOn(core, runners.organisation, organisationDecider);
  const ofPerson = stepsOn(core, runners.person, personDecider);
  const ofDesignation = stepsOn(core, runners.designation, designationDecider);
  const ofContract = stepsOn(core, runners.contract, contractDecider);
  const ofMandate = stepsOn(core, runners.mandate, mandateDecider);
  const idOf = (kind: string, context: CommandContext): string => createdIdOf(organisation, context.commandId, kind);
  const competent =
    data.consultationBody?.body ??
    agreementRequired({ hasCommittee: false, hasUnionDelegation: false }, lawVersion).body;

  const entered = async (
    field: string,
    personId: string,
    entry: Pick<Founding['people'][number], 'siteId' | 'name' | 'email' | 'languages' | 'subject' | 'worker'>,
    roles: readonly Extract<PersonCommand, { type: 'GrantCapacity' }>['data']['role'][],
  ): Promise<readonly Step[]> => {
    const { siteId, name, email, languages, subject, worker } = entry;
    const on = (command: Omit<PersonCommand, 'meta'>, part: string): Step =>
      ofPerson(field, personId, command, partOf(base, `${part} ${personId}`));
    const grant = (role: (typeof roles)[number] | 'worker'): Step => {
      const context = partOf(base, `grant ${role} ${personId}`);
      const sites = role === 'worker' ? [siteId] : ('all' as const);
      const given = { capacityId: idOf('capacity', context), role, sites, from: today };
      return ofPerson(field, personId, { type: 'GrantCapacity', data: given }, context);
    };
    const tag = await subjectTag(core, organisation, issuer, subject);
    return [
      on(
        {
          type: 'RegisterPerson',
          data: {
            siteId,
            languages,
            name: plainText(name),
            ...(email === undefined ? {} : { email: plainText(email) }),
          },
        },
        'enter',
      ),
      on({ type: 'LinkSubject', data: { tag, issuer: plainText(issuer), subject: plainText(subject) } }, 'link'),
      ...(worker ? [grant('worker')] : []),
      ...roles.map(grant),
    ];
  };

  const designated = (
    field: string,
    who: Pick<
      Extract<DesignationCommand, { type: 'ProposeDesignation' }>['data'],
      'personId' | 'home' | 'languages' | 'functions' | 'mandateId'
    >,
    { sites, agreement, from, training }: Designated,
  ): readonly Step[] => {
    const name = `${who.home} ${who.personId}`;
    const proposal = partOf(base, `propose ${name}`);
    const designationId = idOf('designation', proposal);
    const on = (command: Omit<DesignationCommand, 'meta'>, part: string): Step =>
      ofDesignation(field, designationId, command, partOf(base, `${part} ${name}`));
    const trained = partOf(base, `training ${name}`);
    return [
      ofDesignation(
        field,
        designationId,
        {
          type: 'ProposeDesignation',
          data: {
            ...who,
            sites,
            placement: who.home === organisation ? 'internal' : 'external',
            designated: false,
            mandated: who.mandateId !== undefined,
          },
        },
        proposal,
      ),
      on({ type: 'RecordPriorAgreement', data: { ...agreement, competent } }, 'agree'),
      on({ type: 'StartDesignation', data: { from, functions: who.functions } }, 'start'),
      ...(training === undefined
        ? []
        : [
            ofDesignation(
              field,
              designationId,
              { type: 'RecordTraining', data: { ...training, trainingId: idOf('training', trained) } },
              trained,
            ),
          ]),
    ];
  };

  const onOrganisation = (field: string, command: Parameters<typeof ofOrganisation>[2], part: string): Step =>
    ofOrganisation(field, organisation, command, part === '' ? base : partOf(base, part));
  const { kind, legalName, regime, site, sites, workers, consultationBody, preventionAdviser, contract } = data;
  const steps: Step[] = [
    onOrganisation('organisation', { type: 'RegisterOrganisation', data: { kind, legalName, regime } }, ''),
    ...[site, ...sites].map((one, at) =>
      onOrganisation(at === 0 ? 'site' : `sites.${at - 1}`, { type: 'OpenSite', data: one }, `site ${one.siteId}`),
    ),
    onOrganisation('issuer', { type: 'AcceptIssuer', data: { issuer } }, 'issuer'),
  ];
  if (workers !== undefined) steps.push(onOrganisation('workers', { type: 'RecordWorkers', data: workers }, 'workers'));
  if (consultationBody !== undefined)
    steps.push(
      onOrganisation('consultationBody', { type: 'RecordConsultationBody', data: consultationBody }, 'committee'),
    );
  if (preventionAdviser !== undefined)
    steps.push(
      onOrganisation('preventionAdviser', { type: 'ArrangePreventionAdviser', data: preventionAdviser }, 'adviser'),
    );
  steps.push(
    ...(await entered(
      'administrator',
      administrator.personId ?? idOf('person', base),
      { ...administrator, siteId: site.siteId, worker: true },
      administrator.platformOperator ? ['administrator', 'platform_operator'] : ['administrator'],
    )),
  );
  for (const [at, { personId, functions, roles, counsellor, ...entry }] of data.people.entries()) {
    const field = `people.${at}`;
    steps.push(...(await entered(field, personId, entry, roles)));
    for (const [n, taken] of functions.entries())
      steps.push(
        ofPerson(
          `${field}.functions.${n}`,
          personId,
          { type: 'TakeFunction', data: taken },
          partOf(base, `function ${taken.function} ${personId}`),
        ),
      );
    if (counsellor === undefined) continue;
    const held = functions.filter(({ from }) => from <= today).map((one) => one.function);
    const who = { personId, home: organisation, languages: entry.languages, functions: held };
    steps.push(...designated(`${field}.counsellor`, who, counsellor));
  }
  if (contract === undefined) return steps;

  const { provider: home, from, to, mandates } = contract;
  const concluded = partOf(base, 'contract');
  const providerKind =
    provider?.kind ?? refused({ kind: 'InvalidInput', field: 'contract.provider', rule: 'unknown_organisation' });
  steps.push(
    ofContract(
      'contract',
      idOf('contract', concluded),
      { type: 'ConcludeContract', data: { provider: home, providerKind, from, to } },
      concluded,
    ),
  );
  for (const [at, { personId, role, counsellor, from: begins }] of mandates.entries()) {
    const field = `contract.mandates.${at}`;
    const functions =
      provider?.functionsOf(personId) ??
      refused({ kind: 'InvalidInput', field: `${field}.personId`, rule: 'unknown_person' });
    const giving = partOf(base, `mandate ${role} ${personId}`);
    const mandateId = idOf('mandate', giving);
    steps.push(
      ofMandate(
        field,
        mandateId,
        {
          type: 'GiveMandate',
          data: { personId, home, role, sites: 'all', from: begins, to, contracts: [{ from, to }] },
        },
        giving,
      ),
    );
    if (counsellor === undefined) continue;
    const { languages, ...designation } = counsellor;
    const holds = covers({ from: begins, to }, today);
    steps.push(
      ...designated(
        `${field}.counsellor`,
        { personId, home, languages, functions, ...(holds ? { mandateId } : {}) },
        designation,
      ),
    );
  }
  return steps;
};

const providerOf = async (
  core: Core,
  data: Founding,
  today: LocalDate,
  fresh: boolean,
): Promise<Provider | undefined> => {
  const { contract } = data;
  if (contract === undefined) return undefined;
  const home: OrganisationId = organisationId(contract.provider);
  const profile = await core.runners.organisation.load(home, home);
  if (profile.kind === 'unavailable') return refused({ kind: 'Unavailable', detail: profile.detail });
  if (profile.kind !== 'loaded' || profile.state.status === 'none') return undefined;
  const functions = new Map<string, readonly PersonFunction[]>();
  for (const { personId } of contract.mandates) {
    const entry = await core.runners.person.load(home, personId);
    if (entry.kind === 'unavailable') return refused({ kind: 'Unavailable', detail: entry.detail });
    if (entry.kind === 'loaded' && entry.state.status !== 'none' && presentAt(entry.state, today))
      functions.set(personId, functionsAt(entry.state, today));
  }
  // What was decided once is answered as then, whoever has left since; a designation left over is ended by its review.
  return { kind: profile.state.kind, functionsOf: (personId) => functions.get(personId) ?? (fresh ? undefined : []) };
};

/**
 * An organisation with what it needs to be used, from the installation itself. Nothing of it stands yet, so all of it can be
 * decided on the deciders alone: a founding of which one part is refused appends nothing. A crash between two appends is
 * completed by a repeat (design rule 8).
 */
export const createFounding = (core: Core, authority: AuthoritySource): Served =>
  serveCommand(foundOrganisation, (context, request) =>
    replying(async () => {
      const { data } = request;
      const { organisation } = data;
      const { recorder, clock } = core.runtime;
      // Who the installation is, the transport knows by its certificate; no capacity of a directory is it.
      if (context.caller.capacityId !== BOOTSTRAP_CAPACITY) notFound();
      granted(
        await admit({ authority, recorder, clock }, context, context.caller, {
          verb: 'create',
          recordClass: 'organisation',
          record: organisation,
          query: foundOrganisation.pattern,
          relations: ['none'],
        }),
      );
      const base: CommandContext = { ...commandContext(context, request), organisation };
      const today = core.today();
      const standing = await core.runners.organisation.load(organisation, organisation);
      if (standing.kind === 'unavailable') refused({ kind: 'Unavailable', detail: standing.detail });
      const fresh = standing.kind === 'absent' || (standing.kind === 'loaded' && standing.state.status === 'none');
      const steps = await planOf(core, data, base, today, await providerOf(core, data, today, fresh));
      // Where something stands, the first step tells whether this founding made it: the same again completes it.
      if (fresh)
        for (const step of steps) {
          const { actor } = base;
          const rejection = step.rehearse({ organisation, at: clock.now(), today, actor, lawVersion });
          if (rejection !== undefined) return { ok: false, rejection };
        }
      let last: CommandOutcome = refusedOutcome;
      let repeated = true;
      for (const step of steps) {
        last = await step.run();
        if (!last.ok) return { ok: false, rejection: within(step.field, last.rejection) };
        repeated &&= last.repeated;
      }
      return replyOf(organisation, last.ok ? { ...last, repeated } : last);
    }),
  );

const refusedOutcome: CommandOutcome = { ok: false, rejection: { kind: 'Unavailable', detail: 'no step' } };
