import type { Caller, Role } from '@toeverlaat/access';
import * as contracts from '@toeverlaat/contracts';
import type { CommandDef, CommandReply, QueryDef } from '@toeverlaat/contracts';
import { accept, clear, createCodec, createRunner, eventType, type Command, type EventOf } from '@toeverlaat/event-log';
import { definePublicEvents } from '@toeverlaat/messaging';
import { openServiceViews, runnerParts, timerContext } from '@toeverlaat/service-kit';
import { contextFor, createTestWorld, enrol, type TestWorld } from '@toeverlaat/testing';
import { newCommandId, organisationId, uuidV5, type OrganisationId } from '@toeverlaat/values';
import type { Views } from '@toeverlaat/views';
import { afterEach, beforeEach, expect } from 'vitest';
import { z } from 'zod';
import { createRetention, type Retention } from './application/retention.js';
import { recordsViews } from './views/index.js';

// Two organisations that share every id on purpose (design rule 5).
export const gentia = organisationId('gentia');
export const zorgnet = organisationId('zorgnet');
export const BOTH = [gentia, zorgnet] as const;
const START = '2026-03-02T09:00:00.000Z';

/** A service whose records are kept: as much of the case service as it makes public. */
const CaseOpened = eventType('case', 'CaseOpened', 1, { hearingDueOn: clear(z.string()) });
const HearingHeld = eventType('case', 'HearingHeld', 1, {});
const CaseClosed = eventType('case', 'CaseClosed', 1, { closedOn: clear(z.string()) });
const CaseReopened = eventType('case', 'CaseReopened', 1, {});
const PersonalNotesDestructionScheduled = eventType('case', 'PersonalNotesDestructionScheduled', 1, {
  authorParticipantId: clear(z.string()),
});
const caseEvents = [CaseOpened, HearingHeld, CaseClosed, CaseReopened, PersonalNotesDestructionScheduled] as const;
type CaseEvent = EventOf<typeof caseEvents>;
const caseCodec = createCodec({ events: caseEvents, recordSubject: (id) => `case/${id}` });
const source = definePublicEvents('case', 'case.case', caseCodec, {
  CaseOpened: ({ hearingDueOn }) => ({ hearingDueOn }),
  HearingHeld: () => ({}),
  CaseClosed: ({ closedOn }) => ({ closedOn }),
  CaseReopened: () => ({}),
  PersonalNotesDestructionScheduled: ({ authorParticipantId }) => ({ authorParticipantId }),
});

export const idOf = (name: string): string => uuidV5('retention-int', name);
export const keptOf = (organisation: OrganisationId, name: string): string =>
  contracts.keptIdOf(organisation, 'case', idOf(name));

/** The retention part of records over a log of its own, with a case service that is as much of one as it makes public. */
export const retentionWorld = () => {
  let world: TestWorld;
  let views: Views;
  let retention: Retention;
  let cases: (organisation: OrganisationId, name: string, event: CaseEvent) => Promise<void>;
  let people: Map<string, Caller>;
  /** Cases that the fake owner says a person takes part in. */
  let concerned: Set<string>;
  let ownerAway: boolean;

  beforeEach(async () => {
    world = createTestWorld(START);
    concerned = new Set();
    ownerAway = false;
    people = new Map();
    for (const organisation of BOTH)
      for (const [role, person] of [
        ['records_manager', 'karel'],
        ['counsellor', 'lies'],
        ['data_protection_officer', 'dora'],
        ['committee_member', 'cem'],
        ['auditor', 'aude'],
        ['employer', 'boss'],
      ] as const satisfies readonly (readonly [Role, string])[])
        people.set(
          `${organisation} ${person}`,
          enrol(world, { organisation, role, person, pseudonym: `${person}2026` }),
        );
    world.answer(contracts.pseudonymsQuery, ({ context }) => ({
      ok: true,
      value: [context.caller.pseudonym],
      stale: false,
    }));
    world.answer(contracts.caseHeldByQuery, ({ context, input }) => {
      if (ownerAway) return { ok: false, rejection: { kind: 'Unavailable', detail: 'key' } };
      const { record, holds } = input as contracts.HoldMatchInput;
      const { organisation } = context.caller;
      return {
        ok: true,
        value: {
          holdIds: holds
            .filter(({ person }) => concerned.has(`${organisation} ${record} ${String(person)}`))
            .map(({ holdId }) => holdId),
        },
        stale: false,
      };
    });
    const runtime = world.runtimeOf('records', [
      'actors',
      'fingerprints',
      'retention_rule',
      'legal_hold',
      'access_alarm',
      'audit_mandate',
      'departure',
    ]);
    const runner = createRunner({
      ...runnerParts(world.runtimeOf('case')),
      category: 'case.case',
      codec: caseCodec,
      decider: {
        initial: null,
        decide: (command: Command<'Say', CaseEvent>) => accept(command.data),
        evolve: () => null,
      },
    });
    let said = 0;
    cases = async (organisation, name, event) => {
      said += 1;
      const done = await runner.execute(
        idOf(name),
        { type: 'Say', data: event },
        timerContext('say', organisation, idOf(name), String(said)),
      );
      if (!done.ok) throw new Error(done.rejection.kind);
    };
    views = openServiceViews(runtime, recordsViews);
    retention = createRetention(runtime, views, { case: [source], intake: [], referral: [] });
    world.serve(retention.served);
    await views.start();
    retention.reactor.start();
  });
  afterEach(async () => {
    await retention.reactor.stop();
    await views.stop();
    world.dispose();
  });

  /** Everything that is in the log has been reacted to, and what that led to is in the views. */
  const settled = async (): Promise<void> => {
    let seen: string | undefined;
    for (;;) {
      const head = await world.log.head();
      if (head === undefined || head === seen) return;
      expect(await retention.reactor.whenHandled(head, 10_000)).toBe(true);
      expect(await views.whenProcessed(head, 10_000)).toBe('processed');
      seen = head;
    }
  };
  const at = (day: string): void => {
    world.clock.set(`${day}T09:00:00.000Z`);
  };
  const who = (organisation: OrganisationId, person: string): Caller => {
    const found = people.get(`${organisation} ${person}`);
    if (found === undefined) throw new Error(person);
    return found;
  };
  const purpose: Readonly<Record<string, string>> = {
    karel: 'manage_records',
    lies: 'manage_records',
    dora: 'protect_data',
    cem: 'follow_figures',
    aude: 'audit',
    boss: 'follow_figures',
  };
  let asked = 0;
  const contextOf = (organisation: OrganisationId, person: string) => {
    asked += 1;
    return contextFor(who(organisation, person), purpose[person] ?? '', asked);
  };
  const tell = async <I extends z.ZodType>(
    organisation: OrganisationId,
    person: string,
    def: CommandDef<I>,
    data: z.input<I>,
  ): Promise<CommandReply> =>
    world.rpc.command(def, contextOf(organisation, person), { commandId: newCommandId(), data });
  const ask = async <I extends z.ZodType, O extends z.ZodType>(
    organisation: OrganisationId,
    person: string,
    def: QueryDef<I, O>,
    input: z.input<I>,
  ) => world.rpc.query(def, contextOf(organisation, person), input);
  const told = async <I extends z.ZodType>(...args: Parameters<typeof tell<I>>): Promise<string> => {
    const reply = await tell(...args);
    if (!reply.ok) throw new Error(JSON.stringify(reply.rejection));
    await settled();
    return reply.id;
  };
  const answered = async <I extends z.ZodType, O extends z.ZodType>(...args: Parameters<typeof ask<I, O>>) => {
    const reply = await ask<I, O>(...args);
    if (!reply.ok) throw new Error(JSON.stringify(reply.rejection));
    return reply.value;
  };
  const system = (organisation: OrganisationId, what: string) => timerContext('test', organisation, 'test', what);

  /** A closed case in each of the organisations, and one that is open. */
  const twoCases = async (): Promise<void> => {
    for (const organisation of BOTH) {
      await cases(organisation, 'first', { type: 'CaseOpened', data: { hearingDueOn: '2026-03-12' } });
      await cases(organisation, 'open', { type: 'CaseOpened', data: { hearingDueOn: '2026-03-12' } });
    }
    at('2026-03-14');
    for (const organisation of BOTH) {
      await cases(organisation, 'first', { type: 'HearingHeld', data: {} });
      await cases(organisation, 'first', { type: 'CaseClosed', data: { closedOn: '2026-03-14' } });
    }
    await settled();
  };

  return {
    get world() {
      return world;
    },
    get views() {
      return views;
    },
    get retention() {
      return retention;
    },
    concern: (organisation: OrganisationId, name: string, person: string): void => {
      concerned.add(`${organisation} ${idOf(name)} ${person}`);
    },
    ownerIsAway: (): void => {
      ownerAway = true;
    },
    cases: (organisation: OrganisationId, name: string, event: CaseEvent) => cases(organisation, name, event),
    contextOf,
    settled,
    at,
    tell,
    ask,
    told,
    answered,
    system,
    twoCases,
  };
};
