import * as c from '@toeverlaat/contracts';
import type { CodeOf, informalType, kindOfFacts, outcome } from '@toeverlaat/legal';
import { addDays, type LocalDate, type OrganisationId } from '@toeverlaat/values';
import { asked, StepRefused, type Actor } from './actors.js';
import { FOUNDED_WEEKS_AGO } from './found.js';
import { demoOrganisations, organisationNamed, subjectOf, zorgnet, type DemoOrganisation } from './people.js';
import { randomOf, type Random } from './random.js';
import { accept, cardOf, participantIn, requestOf, signOnPaper } from './steps.js';
import { givenNames, messages, points, topics } from './texts.js';
import { demoReceipt, sceneOf, weeksAgo, type World } from './world.js';

type Kind = CodeOf<typeof kindOfFacts>;
type Binding = 'nl' | 'fr' | 'de';

/**
 * Reports by kind of facts at one external service in 2019 (`domain.md` §9 [52]); what it does not name is spread over
 * the kinds that remain.
 */
export const mix: readonly (readonly [Kind, number])[] = [
  ['conflict', 1_255],
  ['burn_out', 807],
  ['bullying', 459],
  ['violence', 121],
  ['unwanted_sexual_behaviour', 53],
  ['workload', 250],
  ['discrimination_related', 42],
  ['other', 140],
];
const TOTAL = mix.reduce((sum, [, count]) => sum + count, 0);
const GOLDEN = 0.618_033_988_749_894_9;

/** The kind of the n-th case: any run of cases has the mix, nearly to the case. */
export const kindOf = (seed: number, n: number): Kind => {
  const offset = randomOf('mix', seed).next();
  let left = ((offset + n * GOLDEN) % 1) * TOTAL;
  for (const [kind, count] of mix) {
    if (left < count) return kind;
    left -= count;
  }
  return 'other';
};

/** How hearing went: in time, offered in vain, or not at all until it was late. */
type Hearing = 'in_time' | 'offered' | 'late';

export type CasePlan = {
  readonly n: number;
  readonly organisation: OrganisationId;
  readonly site: string;
  readonly language: Binding;
  readonly kind: Kind;
  readonly way: 'signed_in' | 'named' | 'anonymous';
  /** Index of the applicant among the organisation's extra workers; for `signed_in`. */
  readonly applicant: number;
  readonly name: string;
  readonly counsellor: string;
  readonly startsOn: LocalDate;
  readonly hearing: Hearing;
  readonly heardAfter: number;
  readonly contacts: readonly number[];
  readonly informalType: CodeOf<typeof informalType> | undefined;
  readonly outcome: CodeOf<typeof outcome>;
  /** Undefined: still open. */
  readonly closedAfter: number | undefined;
};

/** Counsellors who take the extra cases, by site: who is elected in scenario 8 is left out. */
const counsellorsOf = (organisation: DemoOrganisation, site: string): readonly [string, ...string[]] => {
  const own = organisation.members.filter(
    ({ person, counsellorAt }) => person !== 'marc' && counsellorAt?.includes(site) === true,
  );
  const outside = organisation.provider?.mandates.filter(({ role }) => role === 'counsellor') ?? [];
  const [first, ...others] = [...own, ...outside].map(({ person }) => person);
  if (first === undefined) throw new RangeError(`no counsellor at ${site} of ${organisation.id}`);
  return [first, ...others];
};

const SHARES = [0.5, 0.26, 0.08, 0.08, 0.08];
const organisationFor = (random: Random): DemoOrganisation => {
  let left = random.next();
  for (const [index, organisation] of demoOrganisations.entries()) {
    left -= SHARES[index] ?? 0;
    if (left < 0) return organisation;
  }
  return demoOrganisations[0];
};

/**
 * Counsellors of the demonstration have two fixed days, Tuesday and Friday: what happens on one day happens side by side,
 * and fewer days make a faster play.
 */
const officeDay = (date: LocalDate): LocalDate => {
  const weekday = new Date(`${date}T00:00:00.000Z`).getUTCDay();
  return addDays(date, weekday === 6 ? 3 : weekday > 2 ? 5 - weekday : 2 - weekday);
};
const daysBetween = (from: LocalDate, to: LocalDate): number =>
  Math.round((Date.parse(`${to}T00:00:00.000Z`) - Date.parse(`${from}T00:00:00.000Z`)) / 86_400_000);

/** Workers beyond the named ones: few enough requests each that finding one's own stays cheap. */
export const extraWorkers = (cases: number): number => (cases === 0 ? 0 : Math.max(4, Math.ceil(cases / 25)));

export const planOf = (world: Pick<World, 'seed' | 'today'>, n: number, cases: number): CasePlan => {
  const random = randomOf('case', world.seed, n);
  const organisation = organisationFor(random);
  const site = random.pick(organisation.sites);
  const language = random.pick(site.languages as readonly [Binding, ...Binding[]]);
  const kind = kindOf(world.seed, n);
  const chance = random.next();
  const way = chance < 0.45 ? 'signed_in' : chance < 0.75 ? 'named' : 'anonymous';
  const first = weeksAgo(world, FOUNDED_WEEKS_AGO - 2);
  const startsOn = officeDay(addDays(first, random.whole(0, (FOUNDED_WEEKS_AGO - 3) * 7)));
  /** Days after the start, moved on to an office day. */
  const after = (days: number): number => daysBetween(startsOn, officeDay(addDays(startsOn, days)));
  const went = random.next();
  const hearing: Hearing = went < 0.89 ? 'in_time' : went < 0.94 ? 'offered' : 'late';
  // From day 7 on the next office day may be one too late.
  const heardAfter = after(hearing === 'late' ? random.whole(12, 20) : random.whole(1, 7));
  const contacts: number[] = [];
  for (let at = heardAfter, more = random.whole(0, 3); more > 0; more -= 1) {
    at = after(at + random.whole(5, 20));
    contacts.push(at);
  }
  const typed = random.next();
  // A document needs a known name: without one, listening and advice is what there is.
  const informal =
    hearing === 'offered'
      ? undefined
      : way === 'anonymous' || typed < 0.7
        ? ('advice' as const)
        : typed < 0.88
          ? ('intervention_with_another_person' as const)
          : ('reconciliation' as const);
  const ended = random.next();
  const result =
    hearing === 'offered'
      ? ('withdrawn' as const)
      : ended < 0.34
        ? ('resolved' as const)
        : ended < 0.7
          ? ('improved' as const)
          : ended < 0.8
            ? ('withdrawn' as const)
            : ended < 0.88
              ? ('formal' as const)
              : ended < 0.95
                ? ('referred' as const)
                : ('left' as const);
  const last = contacts.at(-1) ?? heardAfter;
  return {
    n,
    organisation: organisation.id,
    site: site.siteId,
    language,
    kind,
    way,
    applicant: random.whole(0, extraWorkers(cases) - 1),
    name: `${random.pick(givenNames)} ${String.fromCharCode(random.whole(65, 90))}.`,
    counsellor: random.pick(counsellorsOf(organisation, site.siteId)),
    startsOn,
    hearing,
    heardAfter,
    contacts,
    informalType: informal,
    outcome: result,
    closedAfter: random.chance(0.92) ? after(last + random.whole(7, 45)) : undefined,
  };
};

export const extraWorkerId = (index: number): string => `w${String(index + 1).padStart(5, '0')}`;

/** Enters the extra workers of every organisation, on the day it was founded. */
export const enterExtraWorkers = async (world: World, cases: number, issuer: string): Promise<void> => {
  const count = extraWorkers(cases);
  for (const organisation of demoOrganisations) {
    const scene = sceneOf(world, organisation.id, 'extra workers');
    const admin = scene.as('ann', 'administrator');
    const enter = async (index: number): Promise<void> => {
      const random = randomOf('worker', world.seed, organisation.id, index);
      const person = extraWorkerId(index);
      const site = random.pick(organisation.sites);
      await scene.does(admin, `enter ${person}`, c.registerPerson, {
        personId: person,
        siteId: site.siteId,
        name: `${random.pick(givenNames)} ${String.fromCharCode(random.whole(65, 90))}. ${index + 1}`,
        languages: [...site.languages],
      });
      await scene.does(admin, `link ${person}`, c.linkSubject, {
        personId: person,
        issuer,
        subject: subjectOf(person, organisation.id),
      });
    };
    for (let from = 0; from < count; from += 32)
      await Promise.all(Array.from({ length: Math.min(32, count - from) }, (_, index) => enter(from + index)));
  }
  await world.settle();
  world.driver.forget();
};

/** Plays one case from its request to wherever it stands today. */
export const playCase = async (world: World, plan: CasePlan, cards: Cards): Promise<void> => {
  const { organisation, site, language, kind } = plan;
  const scene = sceneOf(world, organisation, `case ${plan.n}`);
  const words = messages[kind][language];
  const random = randomOf('course', world.seed, plan.n);
  const day = (after: number): LocalDate => addDays(plan.startsOn, after);
  const isPast = (after: number): boolean => day(after) < world.today;

  // ── the request ──
  await world.at(plan.startsOn, '10:00');
  const receipt = plan.way === 'signed_in' ? undefined : await demoReceipt(`${world.seed} ${plan.n}`, language);
  const worker: Actor =
    receipt === undefined
      ? scene.as(extraWorkerId(plan.applicant), 'worker', language)
      : world.driver.actor({ as: 'anonymous_worker', organisation, language });
  const message = random.pick(words);
  const ask = async (person: string, step: string) =>
    worker.command(
      c.sendRequestCommand,
      scene.key(step),
      requestOf(site, await cards.of(organisation, site, person), language, {
        way: plan.way,
        kindOfFacts: kind,
        message,
        ...(receipt === undefined ? {} : { receipt: receipt.registration }),
        ...(plan.way === 'named' ? { name: plan.name, safeChannel: `+32 470 ${String(100_000 + plan.n)}` } : {}),
      }),
    );
  let chosen = plan.counsellor;
  let sent = await ask(chosen, 'send');
  if (!sent.ok && sent.refusal.code === 'counsellor_absent') {
    // The card says so: the worker takes another one.
    chosen = counsellorsOf(organisationNamed(organisation), site).find((person) => person !== chosen) ?? chosen;
    sent = await ask(chosen, 'send to another');
  }
  if (!sent.ok) throw new StepRefused(worker.who, c.sendRequestCommand.pattern, sent.refusal);
  const requestId = sent.id;
  const home = organisationNamed(organisation).provider === undefined ? organisation : zorgnet;
  const counsellor = scene.from(home, chosen, 'counsellor', language);
  if (plan.hearing === 'late')
    for (const after of [7, 11])
      if (isPast(after)) {
        await world.at(day(after), '06:00');
        await world.timers();
      }

  // ── the hearing ──
  const first = plan.heardAfter;
  if (!isPast(first)) return;
  await world.at(day(first), '10:00');
  await counsellor.query(c.requestQuery, { requestId });
  const caseId = await accept(scene, counsellor, 'accept', requestId);
  if (plan.hearing === 'offered') {
    await scene.does(counsellor, 'offer', c.offerHearingCommand, {
      caseId,
      offeredOn: day(first),
      proposedFor: day(first + 4),
      channel: 'phone',
    });
    if (!isPast(12)) return;
    await world.at(day(12), '06:00');
    await world.timers();
  } else {
    await scene.does(counsellor, 'hear', c.recordContactCommand, {
      caseId,
      heldOn: day(first),
      channel: random.pick(['in_person', 'in_person', 'phone', 'video']),
      durationMinutes: random.whole(4, 18) * 5,
      riskSources: [random.pick(['relations', 'organisation', 'content', 'conditions', 'circumstances'])],
      optionsExplained: ['informal_advice', 'informal_intervention'],
      language,
      otherPartyCapacity: random.pick(['colleague', 'line_manager', 'group']),
      topic: topics[language][0],
      isHearing: true,
    });
  }

  // ── contacts ──
  for (const after of plan.contacts) {
    if (!isPast(after)) return;
    await world.at(day(after), '10:00');
    await scene.does(counsellor, `contact ${after}`, c.recordContactCommand, {
      caseId,
      heldOn: day(after),
      channel: random.pick(['in_person', 'phone', 'written_message']),
      durationMinutes: random.whole(2, 9) * 5,
      riskSources: ['relations'],
      optionsExplained: [],
      language,
      topic: topics[language][1],
      isHearing: false,
    });
  }

  // ── what was chosen ──
  if (plan.informalType !== undefined) {
    const chosenOn = day(plan.contacts.at(-1) ?? first);
    await scene.does(counsellor, 'choose', c.chooseInformalTypeCommand, {
      caseId,
      informalType: plan.informalType,
      chosenOn,
    });
    if (plan.informalType !== 'advice') await intervene(scene, counsellor, caseId, chosenOn, plan);
  }

  // ── the end ──
  if (plan.closedAfter === undefined || !isPast(plan.closedAfter)) return;
  await world.at(day(plan.closedAfter), '10:00');
  await scene.does(counsellor, 'outcome', c.recordOutcomeCommand, {
    caseId,
    outcome: plan.outcome,
    recordedFor: day(plan.closedAfter),
  });
  await scene.does(counsellor, 'close', c.closeCaseCommand, { caseId, closedOn: day(plan.closedAfter) });
};

/** The other party is named, a point agreed, the document signed, and only that is told. */
const intervene = async (
  scene: ReturnType<typeof sceneOf>,
  counsellor: Actor,
  caseId: string,
  on: LocalDate,
  plan: CasePlan,
): Promise<void> => {
  const reconciliation = plan.informalType === 'reconciliation';
  const other = organisationNamed(plan.organisation).members.at(-1)?.person ?? 'pieter';
  await scene.does(counsellor, 'other party', c.addParticipantCommand, {
    caseId,
    role: reconciliation ? 'reconciliation_partner' : 'hierarchical_line',
    capacity: reconciliation ? 'colleague' : 'line_manager',
    person: other,
  });
  const participantId = await participantIn(counsellor, caseId, other);
  await scene.does(counsellor, 'point', c.agreeTellingCommand, {
    caseId,
    participantId,
    agreedOn: on,
    words: points[plan.language],
  });
  await signOnPaper(scene, counsellor, caseId, on);
  const { participants } = await asked(counsellor, c.caseByIdQuery, { caseId });
  const pointIds = participants.flatMap((one) => one.points.map(({ pointId }) => pointId));
  await scene.does(counsellor, 'tell', c.tellParticipantCommand, {
    caseId,
    participantId,
    pointIds,
    toldOn: on,
    channel: 'in_person',
    words: points[plan.language],
  });
  if (reconciliation)
    await scene.does(counsellor, 'agree', c.agreeToReconciliationCommand, { caseId, participantId, agreedOn: on });
  else
    await scene.does(counsellor, 'intervene', c.carryOutInterventionCommand, {
      caseId,
      participantId,
      pointIds,
      carriedOutOn: on,
      channel: 'in_person',
    });
};

/** The cards, looked up once per site and counsellor. */
export type Cards = {
  readonly of: (organisation: OrganisationId, site: string, person: string) => Promise<string>;
};
export const createCards = (world: World): Cards => {
  const known = new Map<string, Promise<string>>();
  return {
    of: (organisation, site, person) => {
      const key = `${organisation} ${site} ${person}`;
      const found =
        known.get(key) ?? cardOf(sceneOf(world, organisation, 'cards').as('pieter', 'worker'), site, person);
      known.set(key, found);
      return found;
    },
  };
};
