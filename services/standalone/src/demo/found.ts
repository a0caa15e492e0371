import * as c from '@toeverlaat/contracts';
import { bootstrapCaller } from '@toeverlaat/directory';
import type { RpcClient } from '@toeverlaat/contracts';
import { addMonths } from '@toeverlaat/legal';
import { addDays, type LocalDate, type OrganisationId } from '@toeverlaat/values';
import { StepRefused } from './actors.js';
import { patient } from './patient.js';
import {
  demoOrganisations,
  gentia,
  organisationNamed,
  subjectOf,
  type DemoOrganisation,
  type Member,
} from './people.js';
import { sceneOf, weeksAgo, type Scene, type World } from './world.js';

/** Weeks before the present at which the demonstration's organisations begin. */
export const FOUNDED_WEEKS_AGO = 60;

const registration = (organisation: DemoOrganisation, operator: boolean) => {
  const [seat] = organisation.sites;
  const [administrator] = organisation.members;
  return {
    organisation: organisation.id,
    kind: organisation.kind,
    legalName: organisation.legalName,
    regime: organisation.regime,
    site: { ...seat, languages: [...seat.languages] },
    issuer: '',
    administrator: {
      personId: administrator.person,
      name: administrator.name,
      email: `${administrator.person}@${organisation.id}.example`,
      languages: [...administrator.languages],
      subject: subjectOf(administrator.person, organisation.id),
      platformOperator: operator,
    },
  };
};

/** The first organisation comes from the installation itself, as before there is anybody to sign in. */
const registerFirst = async (rpc: RpcClient, scene: Scene, organisation: DemoOrganisation, issuer: string) => {
  const commandId = scene.key('register');
  const reply = await patient(rpc).command(
    c.registerOrganisation,
    { requestId: commandId, correlationId: commandId, caller: bootstrapCaller, purpose: 'operate', language: 'nl' },
    { commandId, data: { ...registration(organisation, true), issuer } },
  );
  if (!reply.ok)
    throw new StepRefused(
      { as: 'platform_operator', subject: 'installation', organisation: organisation.id },
      c.registerOrganisation.pattern,
      { kind: reply.rejection.kind, ...('code' in reply.rejection ? { code: reply.rejection.code } : {}) },
    );
};

const enter = async (scene: Scene, member: Member, issuer: string, today: LocalDate): Promise<void> => {
  const [administrator] = organisationNamed(scene.organisation).members;
  const admin = scene.as(administrator.person, 'administrator');
  const { person, name, site, languages } = member;
  if (person !== administrator.person) {
    await scene.does(admin, `enter ${person}`, c.registerPerson, {
      personId: person,
      siteId: site,
      name,
      email: `${person}@${scene.organisation}.example`,
      languages: [...languages],
    });
    await scene.does(admin, `link ${person}`, c.linkSubject, {
      personId: person,
      issuer,
      subject: subjectOf(person, scene.organisation),
    });
    for (const role of member.roles ?? [])
      await scene.does(admin, `grant ${role} ${person}`, c.grantCapacity, {
        personId: person,
        role,
        sites: 'all',
        from: today,
      });
  }
};

/** Proposed by the employer, agreed by the worker members of the committee, started: the way of the law. */
export const designate = async (
  scene: Scene,
  who: {
    readonly person: string;
    readonly home?: OrganisationId;
    readonly sites: readonly string[];
    readonly languages: readonly c.Language[];
  },
  dates: { readonly agreed: LocalDate; readonly from: LocalDate },
): Promise<string> => {
  const employer = scene.as('karel', 'employer');
  const { person, home } = who;
  const designationId = await scene.does(employer, `propose ${person}`, c.proposeDesignation, {
    personId: person,
    ...(home === undefined ? {} : { home }),
    sites: [...who.sites],
    languages: [...who.languages],
  });
  await scene.does(scene.as('carla', 'committee_member'), `agree ${person}`, c.recordPriorAgreement, {
    designationId,
    body: 'committee_worker_members',
    on: dates.agreed,
    unanimous: true,
  });
  await scene.does(employer, `start ${person}`, c.startDesignation, { designationId, from: dates.from });
  return designationId;
};

const organise = async (
  world: World,
  organisation: DemoOrganisation,
  issuer: string,
  rpc: RpcClient,
  day: LocalDate,
): Promise<void> => {
  const scene = sceneOf(world, organisation.id, 'founding');
  if (organisation.id === gentia) await registerFirst(rpc, scene, organisation, issuer);
  else {
    const operator = world.driver.actor({
      as: 'platform_operator',
      subject: subjectOf('olga', gentia),
      organisation: gentia,
    });
    await scene.does(operator, 'register', c.registerOrganisation, { ...registration(organisation, false), issuer });
  }
  await world.settle();
  world.driver.forget();

  const [administrator, ...others] = organisation.members;
  const admin = scene.as(administrator.person, 'administrator');
  for (const site of organisation.sites.slice(1))
    await scene.does(admin, `site ${site.siteId}`, c.openSite, { ...site, languages: [...site.languages] });
  await scene.does(admin, 'workers', c.recordWorkers, { workers: organisation.workers, countedOn: day });
  await scene.does(admin, 'committee', c.recordConsultationBody, { body: 'committee_worker_members', from: day });
  await scene.does(
    admin,
    'adviser',
    c.arrangePreventionAdviser,
    organisation.provider === undefined
      ? { placement: 'internal' }
      : { placement: 'external', service: organisation.provider.id },
  );
  for (const member of others) await enter(scene, member, issuer, day);
  await world.settle();
  world.driver.forget();

  for (const member of organisation.members) {
    if (member.counsellorAt === undefined) continue;
    const designationId = await designate(
      scene,
      { person: member.person, sites: member.counsellorAt, languages: member.languages },
      { agreed: day, from: day },
    );
    await scene.does(admin, `training ${member.person}`, c.recordTraining, {
      designationId,
      hours: member.person === 'greta' ? 18 : 30,
      on: day,
    });
  }
  await mandateAuditor(scene, day);
  const { provider } = organisation;
  if (provider !== undefined) {
    await scene.does(admin, 'contract', c.concludeContract, { provider: provider.id, from: day });
    const home = organisationNamed(provider.id);
    for (const { person, role } of provider.mandates) {
      await scene.does(admin, `mandate ${person}`, c.giveMandate, {
        personId: person,
        home: provider.id,
        role,
        sites: 'all',
        from: day,
      });
      await world.settle();
      if (role === 'counsellor')
        await designate(
          scene,
          {
            person,
            home: provider.id,
            sites: organisation.sites.map(({ siteId }) => siteId),
            languages: home.members.find((member) => member.person === person)?.languages ?? ['nl'],
          },
          { agreed: day, from: day },
        );
    }
  }
  await world.settle();
  world.driver.forget();
};

/** Two years of audit, one after the other, so that whatever day the demonstration is on there is one that runs. */
const mandateAuditor = async (scene: Scene, day: LocalDate): Promise<void> => {
  const [first, second, end] = [day, addMonths(day, 12), addMonths(day, 24)];
  for (const [from, to] of [
    [first, second],
    [second, end],
  ] as const)
    await scene.does(scene.as('dora', 'data_protection_officer'), `audit from ${from}`, c.giveAuditMandate, {
      person: 'aude',
      scope: 'organisation',
      from,
      to,
      motive: 'Jaarlijkse controle van de inzagegeschiedenis',
    });
};

/** Organisations, sites, people, capacities, counsellors, contracts and mandates of the demonstration. */
export const found = async (world: World, issuer: string, rpc: RpcClient): Promise<void> => {
  const day = weeksAgo(world, FOUNDED_WEEKS_AGO);
  await world.at(day, '08:00');
  for (const organisation of demoOrganisations) await organise(world, organisation, issuer, rpc, day);
  // Whoever runs the installation sees its health, not the directory of an organisation.
  const ann = sceneOf(world, gentia, 'founding').as('ann', 'administrator');
  const olga = await ann.query(c.personQuery, { person: 'olga' });
  if (olga.ok)
    for (const capacity of olga.value.capacities)
      if (capacity.role === 'administrator')
        await sceneOf(world, gentia, 'founding').does(ann, 'olga operates', c.endCapacity, {
          personId: 'olga',
          capacityId: capacity.id,
          // From the next day: the day of the founding stays what it was when it is played again.
          on: addDays(day, 1),
        });
  await world.settle();
  world.driver.forget();
};
