import type { Role } from '@toeverlaat/access';
import * as c from '@toeverlaat/contracts';
import { wordingVersion } from '@toeverlaat/legal';
import { serviceCaller } from '@toeverlaat/service-kit';
import { localDateOf, uuidV5, type Instant, type OrganisationId } from '@toeverlaat/values';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { DEMO_ISSUER } from '../demo-idp/index.js';
import { StepRefused, type Actor } from '../demo/actors.js';
import { subjectOf, twins } from '../demo/people.js';
import { stageOf } from '../demo/seed.js';
import { cardOf, requestOf } from '../demo/steps.js';
import { openTheatre, type ProductTheatre } from './support.js';
import { OPEN_MS } from './testing/theatre.js';

/*
 * The live decision and its replay say the same: whoever was let through to content at a moment is one of those who could have
 * read then, and nobody else is (design rules 10, 13; ADR 82).
 */

const people = [
  ['lies', 'counsellor'],
  ['marc', 'counsellor'],
  ['eva', 'prevention_adviser'],
  ['karel', 'employer'],
  ['luc', 'employer'],
  ['bert', 'prevention_adviser'],
  ['aude', 'auditor'],
] as const satisfies readonly (readonly [string, Role])[];
type Person = (typeof people)[number][0];

/** What may happen to a request, its case, what goes out of it, an entry of the register, and to those who work here. */
const steps = fc.oneof(
  { weight: 3, arbitrary: fc.constant('accept' as const) },
  { weight: 3, arbitrary: fc.constant('register' as const) },
  { weight: 2, arbitrary: fc.constant('escalate' as const) },
  { weight: 1, arbitrary: fc.constant('recuse' as const) },
  { weight: 3, arbitrary: fc.constantFrom('refer', 'take up', 'hand over') },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'exclude lies',
      'exclude marc',
      'exclude eva',
      'involve marc',
      'involve lies',
      'involve eva',
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'appoint luc',
      'appoint bert',
      'dismiss luc',
      'dismiss bert',
      'dismiss karel',
      'appoint karel',
    ),
  },
);
type Step = typeof steps extends fc.Arbitrary<infer T> ? T : never;
const histories = fc.record({
  escalation: fc.constantFrom('second_counsellor' as const, 'prevention_adviser' as const),
  steps: fc.array(steps, { minLength: 4, maxLength: 7 }),
});

/** Histories in which each of them changes hands, whatever chance brings beside them. */
const EXAMPLES: [{ escalation: 'second_counsellor' | 'prevention_adviser'; steps: Step[] }][] = [
  [
    {
      escalation: 'second_counsellor',
      steps: ['accept', 'register', 'escalate', 'appoint luc', 'exclude marc', 'recuse', 'dismiss luc'],
    },
  ],
  [
    {
      escalation: 'prevention_adviser',
      steps: ['register', 'accept', 'appoint bert', 'involve lies', 'escalate', 'involve eva', 'dismiss bert'],
    },
  ],
  [
    {
      escalation: 'second_counsellor',
      steps: ['accept', 'refer', 'take up', 'hand over', 'register', 'exclude eva'],
    },
  ],
];

const roleOf = (person: string): 'employer' | 'prevention_adviser' =>
  person === 'bert' ? 'prevention_adviser' : 'employer';

const opening = {
  request: (actor: Actor, requestId: string) => actor.query(c.requestQuery, { requestId }),
  case: (actor: Actor, caseId: string) => actor.query(c.caseByIdQuery, { caseId }),
  entry: (actor: Actor, entryId: string) => actor.query(c.thirdPartyEntryQuery, { entryId }),
  sent: (actor: Actor, referralId: string) => actor.query(c.sentReferralQuery, { referralId }),
  received: (actor: Actor, referralId: string) => actor.query(c.receivedReferralQuery, { referralId }),
} as const;
type Replayable = keyof typeof opening;
const replayed = ['request', 'case', 'entry', 'sent', 'received'] as const satisfies readonly Replayable[];
const replayOf = {
  request: [c.requestReadersQuery, 'request'],
  case: [c.caseReadersQuery, 'case'],
  entry: [c.caseReadersQuery, 'third_party_entry'],
  sent: [c.referralReadersQuery, 'referral_sent'],
  received: [c.referralReadersQuery, 'referral_received'],
} as const;

describe('who is let through, and who could have read', () => {
  let theatre: ProductTheatre;
  let world: Awaited<ReturnType<typeof stageOf>>['world'];
  /** Milliseconds of the product's clock; it stands between two steps. */
  let now: number;
  let played = 0;
  beforeAll(async () => {
    theatre = await openTheatre();
    ({ world } = await stageOf(theatre.product, { seed: 1 }));
    now = Date.parse(theatre.product.clock.now());
  }, OPEN_MS);
  afterAll(() => theatre.close(), OPEN_MS);

  const instant = (): Instant => new Date(now).toISOString();
  const later = (ms: number): void => {
    now += ms;
    theatre.product.steer?.(instant());
    world.driver.forget();
  };
  const DAY = 86_400_000;
  const as = (organisation: OrganisationId, person: string, role: Exclude<Role, 'anonymous_worker'>): Actor =>
    world.driver.actor({ as: role, subject: subjectOf(person, organisation), organisation });
  const settle = async (): Promise<void> => {
    expect(await theatre.product.whenSettled(120_000)).toBe(true);
  };

  /** Whether somebody reads content now; a capacity that is not theirs reads nothing. */
  const reads = async (actor: Actor, record: Replayable, id: string): Promise<boolean> => {
    try {
      const answer = await opening[record](actor, id);
      if (!answer.ok) expect(['NotFound', 'NotAllowed']).toContain(answer.refusal.kind);
      if (answer.ok || record !== 'sent') return answer.ok;
      // Who sent it, and handles the case no more, sees to what kind of receiver it went.
      const listed = await actor.query(c.sentReferralsQuery, { first: 100 });
      return listed.ok && listed.value.rows.some(({ referralId }) => referralId === id);
    } catch (error) {
      if (error instanceof StepRefused && error.refusal.kind === 'NoSuchCapacity') return false;
      throw error;
    }
  };

  const systemContext = (organisation: OrganisationId) => {
    const requestId = uuidV5('live and replay', organisation, instant());
    const caller = serviceCaller('records', organisation);
    return { requestId, correlationId: requestId, caller, purpose: 'operate', language: 'nl' as const };
  };
  /** Capacities that somebody holds now, by the word of the directory. */
  const heldBy = async (organisation: OrganisationId, person: string) => {
    const subject = subjectOf(person, organisation);
    const context = { ...systemContext(organisation), caller: c.gatewayCaller };
    const identity = await theatre.product.rpc.query(c.identityQuery, context, { issuer: DEMO_ISSUER, subject });
    if (!identity.ok) throw new Error(identity.rejection.kind);
    return identity.value.persons.flatMap(({ capacities }) =>
      capacities.filter((one) => one.organisation === organisation),
    );
  };

  /** One history in one organisation: what it made, and who read what when. */
  const storyOf = (organisation: OrganisationId, run: number) => {
    const key = (step: string) => uuidV5('live and replay', String(run), step);
    const ids: { [record in Replayable]?: string | undefined } = {};
    const seen: {
      readonly at: Instant;
      readonly person: Person;
      readonly record: Replayable;
      readonly reads: boolean;
    }[] = [];
    const today = () => localDateOf(instant());
    const tell = async <I extends z.ZodType>(
      actor: Actor,
      step: string,
      def: c.CommandDef<I>,
      data: z.input<I>,
    ): Promise<string | undefined> => {
      try {
        // What a history may not do is refused, and stays undone.
        const answer = await actor.command(def, key(step), data);
        return answer.ok ? answer.id : undefined;
      } catch (error) {
        if (error instanceof StepRefused) return undefined;
        throw error;
      }
    };
    const begin = async (escalation: 'second_counsellor' | 'prevention_adviser'): Promise<void> => {
      const pieter = as(organisation, 'pieter', 'worker');
      const second =
        escalation === 'second_counsellor'
          ? { escalation, secondDesignationId: await cardOf(pieter, 'ghent', 'marc') }
          : { escalation };
      const request = requestOf('ghent', await cardOf(pieter, 'ghent', 'lies'), 'nl', {
        kindOfFacts: 'conflict',
        message: 'Ik slaap niet meer.',
      });
      ids.request = await tell(pieter, 'send', c.sendRequestCommand, { ...request, ...second });
      expect(ids.request).toBeDefined();
    };
    /** From the first talk to what lies with the adviser; where a step is refused, so are those after it. */
    const refer = async (lies: Actor, caseId: string, at: string): Promise<void> => {
      if (ids.sent !== undefined) return;
      const pieter = as(organisation, 'pieter', 'worker');
      await tell(lies, `${at} hears`, c.recordHearingCommand, { caseId, heldOn: today(), channel: 'in_person' });
      await tell(lies, `${at} marks`, c.markForFormalCommand, { caseId, markedOn: today() });
      const referralId = await tell(lies, `${at} prepares`, c.prepareReferralCommand, {
        caseId,
        receiverKind: 'prevention_adviser',
        receiver: { person: 'eva' },
        message: 'Pieter denkt aan een formeel verzoek.',
      });
      if (referralId === undefined) return;
      ids.sent = referralId;
      const shown = await pieter.query(c.sentReferralQuery, { referralId });
      if (!shown.ok) return;
      await tell(pieter, `${at} agrees`, c.giveReferralConsentCommand, {
        referralId,
        listHash: shown.value.listHash,
        wordingVersion,
        wordingLanguage: 'nl',
      });
      if ((await tell(lies, `${at} sends`, c.sendReferralCommand, { referralId })) !== undefined)
        ids.received = referralId;
    };
    const carryOut = async (step: Step, n: number): Promise<void> => {
      const lies = as(organisation, 'lies', 'counsellor');
      const marc = as(organisation, 'marc', 'counsellor');
      const admin = as(organisation, 'ann', 'administrator');
      const [verb = '', who = ''] = step.split(' ');
      const caseId = ids.case ?? c.caseIdOfRequest(organisation, ids.request ?? '');
      const at = `${step} ${n}`;
      switch (verb) {
        case 'accept':
          if ((await tell(lies, at, c.acceptRequestCommand, { requestId: ids.request ?? '' })) !== undefined)
            ids.case = caseId;
          return;
        case 'register':
          ids.entry ??= await tell(lies, at, c.recordThirdPartyEntryCommand, {
            statementOn: today(),
            factsFrom: today(),
            site: 'ghent',
            capacity: 'passenger',
            kinds: ['physical_violence'],
            description: 'Een reiziger sloeg de chauffeur.',
            workerAgreesToName: false,
          });
          return;
        case 'recuse':
          await tell(lies, at, c.recuseCommand, { caseId, reason: 'other' });
          return;
        case 'exclude':
          // Whoever of the two handles it.
          for (const one of [lies, marc])
            await tell(one, `${at} ${one === lies ? 'lies' : 'marc'}`, c.addExclusionCommand, {
              caseId,
              excluded: { person: who },
              reason: 'conflict_of_interest',
            });
          return;
        case 'refer':
          await refer(lies, caseId, at);
          return;
        case 'take':
          await tell(as(organisation, 'eva', 'prevention_adviser'), at, c.acceptReferralCommand, {
            referralId: ids.received ?? '',
          });
          return;
        case 'hand': {
          const pieter = as(organisation, 'pieter', 'worker');
          const successorDesignationId = await cardOf(pieter, 'ghent', 'marc');
          await tell(lies, at, c.recuseCommand, { caseId, reason: 'other', successorDesignationId });
          await tell(marc, `${at} asks`, c.askContinuationCommand, { caseId, askedOn: today() });
          await tell(pieter, `${at} decides`, c.decideContinuationCommand, {
            caseId,
            decision: 'successor',
            decidedOn: today(),
          });
          return;
        }
        case 'involve':
          await tell(lies, at, c.addParticipantCommand, {
            caseId,
            role: 'hierarchical_line',
            capacity: 'line_manager',
            person: who,
            name: who,
          });
          return;
        case 'appoint':
          await tell(admin, at, c.grantCapacity, { personId: who, role: roleOf(who), sites: 'all', from: today() });
          return;
        case 'dismiss': {
          const held = (await heldBy(organisation, who)).find(({ role }) => role === roleOf(who));
          if (held !== undefined)
            await tell(admin, at, c.endCapacity, { personId: who, capacityId: held.id, on: today() });
          return;
        }
        default:
          return;
      }
    };
    const look = async (): Promise<void> => {
      for (const record of replayed)
        for (const [person, role] of people) {
          const id = ids[record];
          if (id !== undefined)
            seen.push({
              at: instant(),
              person,
              record,
              reads: await reads(as(organisation, person, role), record, id),
            });
        }
    };
    return { ids, seen, begin, carryOut, look };
  };

  it(
    'are the same people at every moment of any history',
    async () => {
      /** Each of them was let through to each, and kept from it. */
      const met = new Set<string>();
      await fc.assert(
        fc.asyncProperty(histories, async ({ escalation, steps: history }) => {
          const run = (played += 1);
          const from = instant();
          // The same ids of commands in both (design rule 5); what the twin does differently, it does by its own order.
          const stories = twins.map((organisation) => ({ organisation, story: storyOf(organisation, run) }));
          for (const { story } of stories) await story.begin(escalation);
          for (const [n] of history.entries()) {
            later(3_600_000);
            for (const [index, { story }] of stories.entries()) {
              const step = index === 0 ? history[n] : history.toReversed()[n];
              if (step !== undefined) await story.carryOut(step, n);
            }
            await settle();
            if (history[n] === 'escalate') {
              later(11 * DAY);
              await theatre.product.runTimers();
              await settle();
            }
            later(1_000);
            for (const { story } of stories) await story.look();
          }
          later(3_600_000);
          const to = instant();
          for (const { organisation, story } of stories) {
            const mine = new Map<Person, readonly string[]>();
            for (const [person] of people)
              mine.set(
                person,
                (await heldBy(organisation, person)).map(({ pseudonym }) => pseudonym),
              );
            for (const record of replayed) {
              const id = story.ids[record];
              if (id === undefined) continue;
              const asking = { record: id, from, to };
              const [definition, recordClass] = replayOf[record];
              const answer = await theatre.product.rpc.query(definition, systemContext(organisation), asking);
              if (!answer.ok) throw new Error(answer.rejection.kind);
              const roles = new Map<Person, Role>(people);
              for (const { at, person, reads: live } of story.seen.filter((one) => one.record === record)) {
                met.add(`${record} ${String(live)}`);
                const could = answer.value.readers.some(
                  (reader) =>
                    reader.recordClass === recordClass &&
                    reader.role === roles.get(person) &&
                    reader.sees.includes('content') &&
                    reader.from <= at &&
                    at < reader.to &&
                    reader.pseudonyms.some((one) => mine.get(person)?.includes(one)),
                );
                expect({ organisation, record, person, at, could }).toEqual({
                  organisation,
                  record,
                  person,
                  at,
                  could: live,
                });
              }
            }
          }
        }),
        { numRuns: 5, examples: EXAMPLES },
      );
      expect(met.size).toBe(2 * replayed.length);
    },
    OPEN_MS * 2,
  );
});
