import { usualPurposeOf, type Caller, type Role } from '@toeverlaat/access';
import * as contracts from '@toeverlaat/contracts';
import type { CommandDef, CommandReply } from '@toeverlaat/contracts';
import { createRunner, plainText } from '@toeverlaat/event-log';
import { openServiceViews } from '@toeverlaat/service-kit';
import { contextFor, createTestWorld, enrol, type TestWorld } from '@toeverlaat/testing';
import { newCommandId, organisationId, uuidV5, type OrganisationId } from '@toeverlaat/values';
import type { Views } from '@toeverlaat/views';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEPARTURE_ID } from '../domain/departure/index.js';
import { erasureCategory, erasureCodec, erasureDecider, erasureIdOf } from '../domain/erasure/index.js';
import { departuresView } from '../views/departures.js';
import { recordsViews } from '../views/index.js';
import { fingerprintOfKey } from './commands.js';
import { createDepartureCore, stepContext, type DepartureCore } from './core.js';
import { createDeparting } from './departing.js';
import { createDepartures } from './index.js';

// Two organisations that share every id on purpose (design rule 5).
const gentia = organisationId('gentia');
const zorgnet = organisationId('zorgnet');
const BOTH = [gentia, zorgnet] as const;
const NOW = '2026-11-23T09:00:00.000Z';
const CASE = `case/${uuidV5('departure-int', 'case')}`;
const OPEN = `case/${uuidV5('departure-int', 'open')}`;
const PERSON = 'person/lies';

const keyOf = (): string => randomBytes(32).toString('base64url');
const keys = { lies: keyOf(), eva: keyOf(), host: keyOf(), boss: keyOf() };

class Killed extends Error {}

let world: TestWorld;
let views: Views;
let core: DepartureCore;
let people: Map<string, Caller>;
let approved: string[];

let asking = 0;

const who = (organisation: OrganisationId, person: string): Caller => {
  const caller = people.get(`${organisation} ${person}`);
  if (caller === undefined) throw new Error(person);
  return caller;
};
const contextOf = (organisation: OrganisationId, person: string) => {
  const caller = who(organisation, person);
  return contextFor(caller, usualPurposeOf(caller.role), (asking += 1));
};
const say = <D extends CommandDef>(
  organisation: OrganisationId,
  person: string,
  command: D,
  data: object,
): Promise<CommandReply> =>
  world.rpc.command(command, contextOf(organisation, person), { commandId: newCommandId(), data } as Parameters<
    typeof world.rpc.command
  >[2]);
const idOf = (reply: CommandReply): string => {
  if (!reply.ok) throw new Error(JSON.stringify(reply.rejection));
  return reply.id;
};
const codeOf = (reply: CommandReply): string | undefined =>
  reply.ok ? undefined : reply.rejection.kind === 'RuleRefused' ? reply.rejection.code : reply.rejection.kind;
const asked = async (organisation: OrganisationId, person: string) => {
  await settled();
  const answer = await world.rpc.query(contracts.departureQuery, contextOf(organisation, person), {});
  if (!answer.ok) throw new Error(answer.rejection.kind);
  return answer.value.departure;
};
const settled = async (): Promise<void> => {
  const head = await world.log.head();
  if (head !== undefined) expect(await views.whenProcessed(head, 120_000)).toBe('processed');
};

const request = {
  nextHost: 'Zorgnet Hosting NV',
  notBefore: '2026-12-01',
  confirmWithinDays: 30,
  receivers: [
    { capacity: 'counsellor', controller: 'Lies Peeters', ground: 'aangesteld', publicKey: keys.lies, person: 'lies' },
    { capacity: 'adviser', controller: 'Eva Claes', ground: 'bevoegd', publicKey: keys.eva, person: 'eva' },
    { capacity: 'host', controller: 'Gentia NV', ground: 'verwerker', publicKey: keys.host },
  ],
  register: { controller: 'Gentia NV', ground: 'Codex I.3-3', publicKey: keys.boss },
};

const erasures = () =>
  createRunner({
    log: world.log,
    clock: world.clock,
    category: erasureCategory,
    codec: erasureCodec,
    decider: erasureDecider,
    sealer: world.sealing,
    fingerprintKey: () => Promise.resolve(new Uint8Array(32)),
  });
const departing = (at: (step: string) => void = () => undefined) =>
  createDeparting(world.runtimeOf('records', ['actors', 'fingerprints', 'departure']), {
    core,
    erasures: erasures(),
    reader: views.query(departuresView.name),
    onApproved: (organisation, erasureId) => void approved.push(`${organisation} ${erasureId}`),
    at,
  });

beforeEach(async () => {
  world = createTestWorld(NOW);
  people = new Map();
  approved = [];
  for (const organisation of BOTH)
    for (const [role, person] of [
      ['records_manager', 'rik'],
      ['counsellor', 'lies'],
      ['counsellor', 'marc'],
      ['prevention_adviser', 'eva'],
      ['data_protection_officer', 'dora'],
      ['employer', 'boss'],
      ['auditor', 'aude'],
    ] as const satisfies readonly (readonly [Role, string])[])
      people.set(`${organisation} ${person}`, enrol(world, { organisation, role, person, pseudonym: `${person}2026` }));
  world.answer(contracts.pseudonymsQuery, ({ context }) => ({
    ok: true,
    value: [context.caller.pseudonym],
    stale: false,
  }));
  const runtime = world.runtimeOf('records', ['actors', 'fingerprints', 'departure']);
  views = openServiceViews(runtime, recordsViews);
  core = createDepartureCore(runtime);
  world.serve(createDepartures(runtime, views, core, { erasures: erasures(), onApproved: () => undefined }).served);
  await views.start();
});
afterEach(async () => {
  await views.stop();
  world.dispose();
});

const decided = async (organisation: OrganisationId): Promise<string> => {
  const departureId = idOf(await say(organisation, 'rik', contracts.requestDepartureCommand, request));
  idOf(await say(organisation, 'lies', contracts.approveDepartureCommand, { departureId }));
  return departureId;
};

const step = async (
  organisation: OrganisationId,
  departureId: string,
  command: Parameters<DepartureCore['departures']['execute']>[1],
  name: string,
) => {
  const outcome = await core.departures.execute(DEPARTURE_ID, command, stepContext(organisation, departureId, name));
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.rejection));
};
const made = {
  handoverId: uuidV5('departure-int', 'handover'),
  events: 3,
  digest: 'a'.repeat(64),
  listHash: 'b'.repeat(64),
  viewsHash: 'c'.repeat(64),
};
const handedOver = async (organisation: OrganisationId): Promise<string> => {
  world.clock.set(NOW);
  const departureId = await decided(organisation);
  world.clock.set('2026-12-02T09:00:00.000Z');
  for (const [publicKey, records] of [
    [keys.lies, [CASE, OPEN]],
    [keys.host, [PERSON]],
  ] as const)
    await step(
      organisation,
      departureId,
      {
        type: 'HandKeysOver',
        data: {
          departureId,
          key: fingerprintOfKey(publicKey),
          records,
          controller: plainText('wie'),
          ground: plainText('waarom'),
          checkpoint: 'note',
        },
      },
      `hand ${publicKey}`,
    );
  await step(organisation, departureId, { type: 'RecordHandover', data: { departureId, ...made } }, 'made');
  return departureId;
};
const confirmed = async (organisation: OrganisationId, departureId: string): Promise<void> => {
  await step(
    organisation,
    departureId,
    {
      type: 'ConfirmHandover',
      data: {
        departureId,
        ...made,
        signer: 'd'.repeat(64),
        confirmationHash: 'e'.repeat(64),
        proved: [CASE, PERSON],
      },
    },
    'confirmed',
  );
  await settled();
};

describe('a departure, as people decide it', () => {
  it('is asked for by one, approved by another, seen by whose files would go and by nobody of the company', async () => {
    for (const organisation of BOTH) {
      expect(await asked(organisation, 'lies')).toBeNull();
      expect(codeOf(await say(organisation, 'boss', contracts.requestDepartureCommand, request))).toBe('NotFound');
      expect(codeOf(await say(organisation, 'dora', contracts.requestDepartureCommand, request))).toBe('NotFound');
      const departureId = idOf(await say(organisation, 'rik', contracts.requestDepartureCommand, request));
      expect(codeOf(await say(organisation, 'rik', contracts.approveDepartureCommand, { departureId }))).toBe(
        'departure_second_person',
      );
      expect(codeOf(await say(organisation, 'boss', contracts.approveDepartureCommand, { departureId }))).toBe(
        'NotFound',
      );
      idOf(await say(organisation, 'lies', contracts.approveDepartureCommand, { departureId }));
      const seen = await asked(organisation, 'lies');
      expect(seen).toMatchObject({
        departureId,
        status: 'approved',
        nextHost: 'Zorgnet Hosting NV',
        requestedBy: 'rik2026',
        approvedBy: 'lies2026',
        receivers: [
          { capacity: 'counsellor', controller: 'Lies Peeters', fingerprint: fingerprintOfKey(keys.lies), own: true },
          { capacity: 'adviser', withheld: true, own: false },
          { capacity: 'host', withheld: false },
        ],
      });
      expect((await asked(organisation, 'eva'))?.receivers.map(({ own }) => own)).toEqual([false, true, false]);
      for (const outsider of ['boss', 'aude'])
        expect(await world.rpc.query(contracts.departureQuery, contextOf(organisation, outsider), {})).toMatchObject({
          ok: false,
          rejection: { kind: 'NotFound' },
        });
    }
    // Who receives, and where it goes, stands nowhere in the clear.
    const { events } = await world.log.readAll({ limit: 1_000 });
    for (const { data } of events)
      for (const word of ['Zorgnet Hosting', 'Lies Peeters', 'aangesteld'])
        expect(Buffer.from(data).includes(word)).toBe(false);
  });

  it('names as receivers those who are competent here, and their own records', async () => {
    const [first, second, host] = request.receivers;
    const withFirst = (change: object) => ({ ...request, receivers: [{ ...first, ...change }, second, host] });
    expect(codeOf(await say(gentia, 'rik', contracts.requestDepartureCommand, withFirst({ person: 'boss' })))).toBe(
      'receiver_not_competent',
    );
    expect(
      await say(gentia, 'rik', contracts.requestDepartureCommand, withFirst({ records: ['actors/2026'] })),
    ).toEqual({
      ok: false,
      rejection: { kind: 'InvalidInput', field: 'receivers.0.records', rule: 'not_of_capacity' },
    });
    expect(
      codeOf(await say(gentia, 'rik', contracts.requestDepartureCommand, { ...request, notBefore: '2026-11-24' })),
    ).toBe('departure_too_soon');
  });

  it('leaves what somebody holds back, and lets dossiers go on an adviser’s word alone', async () => {
    for (const organisation of BOTH) {
      const departureId = await decided(organisation);
      const withheld = async () => (await asked(organisation, 'rik'))?.receivers.map((one) => one.withheld);
      expect(await withheld()).toEqual([false, true, false]);
      idOf(await say(organisation, 'marc', contracts.withholdKeysCommand, { departureId }));
      idOf(await say(organisation, 'eva', contracts.releaseKeysCommand, { departureId }));
      expect(await withheld()).toEqual([true, false, false]);
      expect(codeOf(await say(organisation, 'rik', contracts.withholdKeysCommand, { departureId }))).toBe('NotFound');
      idOf(await say(organisation, 'marc', contracts.releaseKeysCommand, { departureId }));
      expect(await withheld()).toEqual([false, false, false]);
      idOf(await say(organisation, 'rik', contracts.withdrawDepartureCommand, { departureId }));
      expect((await asked(organisation, 'lies'))?.status).toBe('withdrawn');
      const nowhere = uuidV5('departure-int', 'nowhere');
      expect(codeOf(await say(organisation, 'rik', contracts.withdrawDepartureCommand, { departureId: nowhere }))).toBe(
        'NotFound',
      );
    }
  });
});

describe('what follows a handover', () => {
  it('is an alarm where the confirmation does not come in time, and none once it has', async () => {
    const departureId = await handedOver(gentia);
    await settled();
    await departing().look();
    expect((await asked(gentia, 'rik'))?.confirmationOverdue).toBe(false);
    world.clock.set('2027-01-02T09:00:00.000Z');
    for (let twice = 0; twice < 2; twice += 1) {
      await departing().look();
      await settled();
    }
    expect(departing().unconfirmed()).toBe(1);
    expect(await asked(gentia, 'rik')).toMatchObject({ confirmationOverdue: true, confirmBy: '2027-01-01' });
    expect(await asked(zorgnet, 'rik')).toBeNull();
    const { events } = await world.log.readAll({ limit: 1_000 });
    expect(events.filter(({ type }) => type === 'records.ConfirmationFellDue.v1')).toHaveLength(1);
    await confirmed(gentia, departureId);
    expect(departing().unconfirmed()).toBe(0);
  });

  it('destroys nothing before the confirmation, then each copy on the word of the two, cut off anywhere and once', async () => {
    const departureId = await handedOver(gentia);
    await handedOver(zorgnet);
    await settled();
    await departing().look();
    expect(approved).toEqual([]);
    await confirmed(gentia, departureId);

    for (const cut of ['request', 'approve']) {
      const killed = departing((now) => {
        if (now === cut) throw new Killed(cut);
      });
      await expect(killed.advance(gentia)).rejects.toBeInstanceOf(Killed);
    }
    await departing().look();
    await departing().look();
    const erasureId = erasureIdOf(gentia, CASE);
    // Of the twin nothing; what was not proved and what is the host's stays.
    expect(new Set(approved)).toEqual(new Set([`${gentia} ${erasureId}`]));
    const loaded = await erasures().load(gentia, erasureId);
    expect(loaded).toMatchObject({
      kind: 'loaded',
      revision: 1,
      state: { status: 'approved', ground: 'transferred', requestedBy: 'rik2026', approvedBy: 'lies2026' },
    });
    expect(await erasures().load(gentia, erasureIdOf(gentia, OPEN))).toEqual({ kind: 'absent' });
    expect(await asked(gentia, 'rik')).toMatchObject({ status: 'confirmed', staying: 1, leaving: 2 });
    expect(await asked(zorgnet, 'rik')).toMatchObject({ status: 'handed_over' });

    // As the process of erasing would record it.
    const stream = { organisation: gentia, erasureId };
    await completeErasure(stream.organisation, stream.erasureId);
    const killed = departing((now) => {
      if (now === 'complete') throw new Killed(now);
    });
    await expect(killed.advance(gentia)).rejects.toBeInstanceOf(Killed);
    await departing().look();
    await settled();
    await departing().look();
    expect(await asked(gentia, 'rik')).toMatchObject({ status: 'completed', staying: 1, leaving: 2 });
    const { events } = await world.log.readAll({ limit: 1_000 });
    expect(events.filter(({ type }) => type === 'records.DepartureCompleted.v1')).toHaveLength(1);
  });
});

const completeErasure = async (organisation: OrganisationId, erasureId: string): Promise<void> => {
  const runner = erasures();
  const eventId = uuidV5('departure-int', 'event');
  const steps: readonly Parameters<typeof runner.execute>[1][] = [
    { type: 'StartErasure', data: {} },
    {
      type: 'NoteKeyDestroyed',
      data: { service: 'case', keyIds: [eventId], destroyedAt: '2026-12-02T09:00:00.000Z', eventId },
    },
    ...(['directory', 'intake', 'referral', 'reporting', 'records'] as const).map((service) => ({
      type: 'NoteDropped' as const,
      data: { service, eventId },
    })),
    {
      type: 'CompleteErasure',
      data: {
        certificate: {
          v: 1,
          organisation,
          erasureId,
          subject: CASE,
          service: 'case',
          ground: 'transferred',
          rule: null,
          ruleVersion: null,
          keptUntil: null,
          requestedBy: 'rik2026',
          approvedBy: 'lies2026',
          keyIds: [eventId],
          unreadableHereSince: '2026-12-02T09:00:00.000Z',
          unreadableInBackupsFrom: '2027-01-01',
          backups: { rotationDays: 7, keyringBackupDays: 14 },
          events: [],
          checkpointBefore: null,
          checkpointAfter: null,
          kept: ['access_history'],
          issuedAt: '2026-12-02T09:00:01.000Z',
          signedWith: { alg: 'Ed25519', keyId: 'a'.repeat(32), publicKey: 'cHVi' },
        },
        signature: 'c2ln',
      },
    },
  ];
  for (const [at, command] of steps.entries()) {
    const outcome = await runner.execute(erasureId, command, stepContext(organisation, erasureId, String(at)));
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.rejection));
  }
};
