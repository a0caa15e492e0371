import {
  allServices,
  erasureDeclineReasons,
  erasureOrderRuleCodes,
  recordedErasureGrounds,
} from '@toeverlaat/contracts';
import type { CommandMeta, Decision } from '@toeverlaat/event-log';
import { InvariantBroken, uuidV5, type CommandId, type OrganisationId } from '@toeverlaat/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { declineReasons, grounds, services, type ErasureCertificate, type Service } from '../erasure-vocabulary.js';
import {
  erasureDecider,
  erasureIdOf,
  erasureRules,
  type ErasureCommand,
  type ErasureEvent,
  type ErasureState,
} from './index.js';

const uuid = (name: string): string => uuidV5('fixture', name);
type Bare = ErasureCommand extends infer C ? (C extends ErasureCommand ? Omit<C, 'meta'> : never) : never;

const meta: CommandMeta = {
  commandId: uuid('command') as CommandId,
  organisation: 'gentia' as OrganisationId,
  at: '2036-03-14T10:00:00.000Z',
  today: '2036-03-14',
  actor: { pseudonym: 'rik2036', capacity: 'records_manager' },
  lawVersion: '2026-1',
};
const decide = (command: Bare, given: readonly ErasureEvent[]): Decision<ErasureEvent> =>
  erasureDecider.decide({ ...command, meta } as ErasureCommand, fold(given));
const fold = (given: readonly ErasureEvent[]): ErasureState =>
  given.reduce<ErasureState>(erasureDecider.evolve, erasureDecider.initial);
const events = (command: Bare, given: readonly ErasureEvent[]): readonly ErasureEvent[] => {
  const decision = decide(command, given);
  if (decision.kind === 'rejected') throw new Error(JSON.stringify(decision.rejection));
  return decision.events;
};

const request: Bare = {
  type: 'RequestErasure',
  data: {
    subject: 'case/11111111-2222-4333-8444-555555555555',
    service: 'case',
    ground: 'retention_rule',
    rule: 'informal_file',
    ruleVersion: 1,
    keptUntil: '2036-03-13',
    requestedBy: 'rik2036',
  },
};
const approve = (approvedBy = 'dora2036', ownPseudonyms: readonly string[] = [approvedBy]): Bare => ({
  type: 'ApproveErasure',
  data: { approvedBy, ownPseudonyms },
});
const start: Bare = { type: 'StartErasure', data: { checkpointBefore: 'note' } };
const destroyed: Bare = {
  type: 'NoteKeyDestroyed',
  data: { service: 'case', keyIds: [uuid('key')], destroyedAt: '2036-03-14T10:00:01.000Z', eventId: uuid('gone') },
};
const dropped = (service: Service): Bare => ({
  type: 'NoteDropped',
  data: { service, eventId: uuid(`dropped ${service}`) },
});
const certificate: ErasureCertificate = {
  v: 1,
  organisation: 'gentia',
  erasureId: uuid('erasure'),
  subject: 'case/11111111-2222-4333-8444-555555555555',
  service: 'case',
  ground: 'retention_rule',
  rule: 'informal_file',
  ruleVersion: 1,
  keptUntil: '2036-03-13',
  requestedBy: 'rik2036',
  approvedBy: 'dora2036',
  keyIds: [uuid('key')],
  unreadableHereSince: '2036-03-14T10:00:01.000Z',
  unreadableInBackupsFrom: '2036-04-12',
  backups: { rotationDays: 7, keyringBackupDays: 14 },
  events: [],
  checkpointBefore: null,
  checkpointAfter: null,
  kept: ['access_history'],
  issuedAt: '2036-03-14T10:00:02.000Z',
  signedWith: { alg: 'Ed25519', keyId: 'a'.repeat(32), publicKey: 'cHVi' },
};
const complete: Bare = {
  type: 'CompleteErasure',
  data: { certificate, signature: 'c2ln' },
};
/** Everything in order, up to and including the last. */
const history = (...commands: readonly Bare[]): readonly ErasureEvent[] => {
  const given: ErasureEvent[] = [];
  for (const command of commands) given.push(...events(command, given));
  return given;
};
const others = services.filter((service) => service !== 'case');
const whole: readonly Bare[] = [request, approve(), start, destroyed, ...others.map(dropped), complete];

describe('an erasure', () => {
  it('goes from the request to the certificate', () => {
    expect(history(...whole).map(({ type }) => type)).toEqual([
      'ErasureRequested',
      'ErasureApproved',
      'ErasureStarted',
      'KeyDestructionNoted',
      ...others.map(() => 'DropNoted'),
      'ErasureCompleted',
    ]);
  });

  it('needs a second person, also when a new year gave the first one another pseudonym', () => {
    const given = history(request);
    for (const same of [approve('rik2036'), approve('rik2037', ['rik2037', 'rik2036'])])
      expect(decide(same, given)).toMatchObject({ kind: 'rejected', rejection: { code: 'erasure_second_person' } });
    expect(events(approve('dora2036'), given)).toEqual([{ type: 'ErasureApproved', data: { approvedBy: 'dora2036' } }]);
  });

  it('is asked for once, and again after it was declined', () => {
    const given = history(request);
    expect(events(request, given)).toEqual([]);
    const other: Bare = { ...request, data: { ...request.data, requestedBy: 'dora2036' } };
    expect(decide(other, given)).toMatchObject({ rejection: { code: 'erasure_under_way' } });
    const declined = [...given, ...events({ type: 'DeclineErasure', data: { reason: 'still_needed' } }, given)];
    expect(decide(approve(), declined)).toMatchObject({ rejection: { code: 'erasure_declined' } });
    expect(events(other, declined)).toHaveLength(1);
    expect(decide(request, history(...whole))).toEqual({ kind: 'rejected', rejection: { kind: 'Erased' } });
  });

  it('of a batch is asked for and approved in one, and passes by nobody who said no', () => {
    if (request.type !== 'RequestErasure') throw new Error('no request');
    const order: Bare = { type: 'OrderErasure', data: { ...request.data, approvedBy: 'dora2036' } };
    const given = history(order);
    expect(given.map(({ type }) => type)).toEqual(['ErasureRequested', 'ErasureApproved']);
    expect(fold(given)).toMatchObject({ status: 'approved', requestedBy: 'rik2036', approvedBy: 'dora2036' });
    expect(decide(order, given)).toMatchObject({ rejection: { code: 'erasure_under_way' } });
    expect(decide(order, history(request))).toMatchObject({ rejection: { code: 'erasure_under_way' } });
    const declined = history(request, { type: 'DeclineErasure', data: { reason: 'still_needed' } });
    expect(decide(order, declined)).toMatchObject({ rejection: { code: 'erasure_declined' } });
    expect(decide(order, history(...whole))).toEqual({ kind: 'rejected', rejection: { kind: 'Erased' } });
  });

  it('waits while it is held back, and says why once', () => {
    const given = history(request, approve());
    const held: Bare = { type: 'HoldBack', data: { because: 'record_on_hold' } };
    const after = [...given, ...events(held, given)];
    expect(events(held, after)).toEqual([]);
    expect(fold(after)).toMatchObject({ status: 'approved', heldBack: 'record_on_hold' });
    expect(events(start, after)).toHaveLength(1);
  });

  it('cannot be declined once it is approved, nor started before', () => {
    expect(decide({ type: 'DeclineErasure', data: { reason: 'other' } }, history(request, approve()))).toMatchObject({
      rejection: { code: 'erasure_under_way' },
    });
    expect(decide(start, history(request))).toMatchObject({ rejection: { code: 'erasure_not_asked' } });
  });

  it('is not completed before every service has said so', () => {
    const given = history(...whole.slice(0, -2));
    expect(() => decide(complete, given)).toThrow(InvariantBroken);
    expect(() => decide(destroyed, history(request, approve()))).toThrow(InvariantBroken);
  });

  it('takes no step twice, whatever comes again', () => {
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(whole.length - 1), (upTo, again) => {
        const given = history(...whole.slice(0, upTo + 1));
        const command = whole[Math.min(again, upTo)];
        if (command === undefined) throw new Error('no command');
        const decision = decide(command, given);
        // Once it is complete a request is refused as erased; everything else decides to nothing.
        const nothing =
          decision.kind === 'accepted' ? decision.events.length === 0 : decision.rejection.kind !== 'NotFound';
        expect(nothing).toBe(true);
      }),
    );
  });

  it('is carried out again when a restore lost it, whatever had been asked by then, and once', () => {
    const { subject } = certificate;
    const again: Bare = {
      type: 'RepeatErasure',
      data: { subject, service: 'case', restore: uuid('restore'), seal: 3 },
    };
    for (const given of [[], history(request), history(request, approve())]) {
      const repeated = events(again, given);
      expect(repeated.map(({ type }) => type)).toEqual(['ErasureRepeated']);
      const state = [...given, ...repeated].reduce(erasureDecider.evolve, erasureDecider.initial);
      expect(state).toMatchObject({ status: 'approved', ground: 'erasure_ledger', subject });
      expect(events(again, [...given, ...repeated])).toEqual([]);
      expect(events(start, [...given, ...repeated]).map(({ type }) => type)).toEqual(['ErasureStarted']);
    }
    // What had begun goes on by itself.
    const begun = history(request, approve(), start);
    expect(events(again, begun)).toEqual([]);
    expect(events(again, [...begun, ...events(destroyed, begun)])).toEqual([]);
  });

  it('speaks the words of the contracts', () => {
    expect(services).toEqual(allServices);
    expect(grounds).toEqual(recordedErasureGrounds);
    expect(declineReasons).toEqual(erasureDeclineReasons);
    expect(erasureRules).toEqual(erasureOrderRuleCodes);
  });

  it('is one per subject and organisation', () => {
    const gentia = 'gentia' as OrganisationId;
    const zorgnet = 'zorgnet' as OrganisationId;
    expect(erasureIdOf(gentia, 'case/1')).toBe(erasureIdOf(gentia, 'case/1'));
    expect(
      new Set([erasureIdOf(gentia, 'case/1'), erasureIdOf(zorgnet, 'case/1'), erasureIdOf(gentia, 'case/2')]).size,
    ).toBe(3);
  });
});
