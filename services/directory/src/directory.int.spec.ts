import 'reflect-metadata';
import { accessCodec, createRecorder, verifyCaller, type Caller, type Role } from '@toeverlaat/access';
import * as contracts from '@toeverlaat/contracts';
import {
  createRpcClient,
  gatewayCaller,
  type CommandDef,
  type RequestContext,
  type RpcClient,
} from '@toeverlaat/contracts';
import {
  createMemoryEventLog,
  createRunner,
  openSqliteEventLog,
  type EventLog,
  type EventType,
} from '@toeverlaat/event-log';
import { lawVersion } from '@toeverlaat/legal';
import { NestFactory } from '@nestjs/core';
import { createMemoryReactorStore, InProcessExchange, InProcessServer } from '@toeverlaat/messaging';
import { createMemorySealing, type SealingService } from '@toeverlaat/sealing';
import { serviceCaller } from '@toeverlaat/service-kit';
import { noTelemetry, silentLogger } from '@toeverlaat/telemetry';
import {
  newCommandId,
  organisationId,
  randomId,
  settableClock,
  type OrganisationId,
  type PersonId,
} from '@toeverlaat/values';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { personCategory, personCodec, personDecider, type PersonCommand } from './domain/person/index.js';
import {
  bootstrapCaller,
  createDirectory,
  directoryCodecs,
  directoryEventTypes,
  directoryPublicEvents,
} from './index.js';

const gentia = organisationId('gentia');
const zorgnet = organisationId('zorgnet');
const ISSUER = 'https://id.example.test';
const COMMITTEE = 'committee_worker_members';

let folder: string;
let log: EventLog;
let sealing: SealingService;
let clock: ReturnType<typeof settableClock>;
let directory: ReturnType<typeof createDirectory>;
let rpc: RpcClient;

const openDirectory = (over: EventLog, name: string) =>
  createDirectory({
    service: 'directory',
    log: over,
    sealing,
    clock,
    viewsFolder: join(folder, name),
    recorder: createRecorder({ log: over, clock, service: 'directory', writerId: 'w1' }),
    authority: { capacitiesOf: () => Promise.reject(new Error('the directory asks nobody')) },
    rpc: createRpcClient(() => Promise.reject(new Error('no other service'))),
    reactorStore: createMemoryReactorStore(),
    logger: silentLogger(),
    telemetry: noTelemetry,
  });
const rpcOf = (of: ReturnType<typeof createDirectory>): RpcClient => {
  const handlers = new Map(of.served.map((served) => [served.pattern, served.handle]));
  return createRpcClient(async (pattern, message) => {
    const handle = handlers.get(pattern);
    if (handle === undefined) throw new Error(`nobody answers ${pattern}`);
    const answer: unknown = await handle(JSON.parse(JSON.stringify(message)));
    return JSON.parse(JSON.stringify(answer)) as unknown;
  });
};

const as = (caller: Caller, purpose = 'administer'): RequestContext => ({
  requestId: randomId(),
  correlationId: randomId(),
  caller,
  purpose,
  language: 'nl',
});

const command = <I extends z.ZodType>(
  caller: Caller,
  def: CommandDef<I>,
  data: z.input<I>,
  commandId: string = newCommandId(),
) => rpc.command(def, as(caller), { commandId, data });
const done = async <I extends z.ZodType>(caller: Caller, def: CommandDef<I>, data: z.input<I>): Promise<string> => {
  const reply = await command(caller, def, data);
  if (!reply.ok) throw new Error(`${def.pattern}: ${JSON.stringify(reply.rejection)}`);
  return reply.id;
};
const value = <T>(reply: contracts.QueryReply<T>): T => {
  if (!reply.ok) throw new Error(JSON.stringify(reply.rejection));
  return reply.value;
};

/** Signs somebody in and takes the capacity of a role, as the gateway does. */
const signIn = async (subject: string, role: Role, organisation: OrganisationId = gentia): Promise<Caller> => {
  const { persons } = value(await rpc.query(contracts.identityQuery, as(gatewayCaller), { issuer: ISSUER, subject }));
  for (const person of persons) {
    const capacity = person.capacities.find((one) => one.role === role && one.organisation === organisation);
    if (capacity !== undefined)
      return {
        role,
        organisation,
        person: person.person,
        pseudonym: capacity.pseudonym,
        capacityId: capacity.id,
        sites: capacity.sites,
        ...(capacity.mandate === undefined ? {} : { mandate: capacity.mandate }),
      };
  }
  throw new Error(`${subject} is no ${role} of ${organisation}`);
};

const registration = (
  organisation: string,
  kind: 'employer' | 'external_service' = 'employer',
): z.input<typeof contracts.registerOrganisation.data> => ({
  organisation,
  kind,
  legalName: `${organisation} nv`,
  regime: 'dutch',
  site: { siteId: 'ghent', name: 'Gent', place: 'Gent', regime: 'dutch', languages: ['nl'] },
  issuer: ISSUER,
  administrator: {
    personId: 'ann',
    name: `Ann van ${organisation}`,
    languages: ['nl'],
    subject: `ann@${organisation}`,
  },
});

const admins = new Map<OrganisationId, Caller>();
const admin = (organisation: OrganisationId = gentia): Caller => {
  const caller = admins.get(organisation);
  if (caller === undefined) throw new Error(organisation);
  return caller;
};

const person = async (organisation: OrganisationId, personId: string, name: string): Promise<string> => {
  await done(admin(organisation), contracts.registerPerson, {
    personId,
    siteId: 'ghent',
    name,
    languages: ['nl', 'fr'],
  });
  await done(admin(organisation), contracts.linkSubject, {
    personId,
    issuer: ISSUER,
    subject: `${personId}@${organisation}`,
  });
  return personId;
};

const designate = async (personId: string, from = '2026-02-01', home?: OrganisationId): Promise<string> => {
  const designationId = await done(admin(), contracts.proposeDesignation, {
    personId,
    ...(home === undefined ? {} : { home }),
    sites: ['ghent'],
    languages: ['nl', 'fr'],
  });
  await done(admin(), contracts.recordPriorAgreement, {
    designationId,
    body: COMMITTEE,
    on: '2026-01-20',
    unanimous: true,
  });
  await done(admin(), contracts.startDesignation, { designationId, from });
  return designationId;
};

const cardsOf = async (caller: Caller, filter: { siteId?: string; language?: 'nl' | 'fr' | 'de' | 'en' } = {}) =>
  value(await rpc.query(contracts.counsellorCardsQuery, as(caller, 'choose_counsellor'), filter));

/** A command of another replica, which does nothing after its append. */
const directly = async (personId: string, sent: Omit<PersonCommand, 'meta'>): Promise<void> => {
  const runner = createRunner({
    log,
    sealer: sealing,
    clock,
    category: personCategory,
    codec: personCodec,
    decider: personDecider,
    fingerprintKey: sealing.fingerprintKey,
  });
  const commandId = newCommandId();
  const outcome = await runner.execute(personId, sent, {
    organisation: gentia,
    commandId,
    actor: { pseudonym: 'p', capacity: 'administrator' },
    purpose: 'administer',
    correlationId: commandId,
    causationId: commandId,
    policyVersion: '1',
    lawVersion,
  });
  expect(outcome.ok).toBe(true);
};

const accessEvents = async () => {
  const codec = accessCodec('directory');
  const { events } = await log.readAll({ categories: ['directory.access'], limit: 1_000 });
  return events.map((event) => ({ organisation: event.organisation, event: codec.decodeStored(event) }));
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'directory-'));
  clock = settableClock('2026-03-02T09:00:00.000Z');
  log = createMemoryEventLog();
  sealing = createMemorySealing(clock);
  directory = openDirectory(log, 'views');
  rpc = rpcOf(directory);
  await directory.start();
  for (const [organisation, kind] of [
    [gentia, 'employer'],
    [zorgnet, 'external_service'],
  ] as const) {
    await done(bootstrapCaller, contracts.registerOrganisation, registration(organisation, kind));
    admins.set(organisation, await signIn(`ann@${organisation}`, 'administrator', organisation));
  }
  await done(admin(), contracts.recordConsultationBody, { body: COMMITTEE, from: '2024-06-01' });
  await person(gentia, 'lies', 'Lies Maes');
  await person(zorgnet, 'lies', 'Lies Peeters');
});
afterEach(async () => {
  await directory.stop();
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('registering an organisation', () => {
  it('repeated with the same command id completes and repeats nothing', async () => {
    const data = registration('derde');
    const commandId = newCommandId();
    expect(await command(bootstrapCaller, contracts.registerOrganisation, data, commandId)).toMatchObject({
      ok: true,
      repeated: false,
    });
    const head = await log.head();
    expect(await command(bootstrapCaller, contracts.registerOrganisation, data, commandId)).toMatchObject({
      ok: true,
      repeated: true,
    });
    expect(await log.head()).toBe(head);
    expect(
      await command(bootstrapCaller, contracts.registerOrganisation, { ...data, legalName: 'X' }, commandId),
    ).toMatchObject({
      rejection: { kind: 'CommandIdReused' },
    });
    expect(await command(bootstrapCaller, contracts.registerOrganisation, data)).toMatchObject({
      rejection: { code: 'organisation_exists' },
    });
  });
  it('is for the platform operator alone', async () => {
    const forged: Caller = { ...admin(), role: 'platform_operator' };
    const data = registration('derde');
    // A capacity one does not hold is none; one that the policy gives nothing finds nothing.
    expect(await command(forged, contracts.registerOrganisation, data)).toMatchObject({
      rejection: { kind: 'NotAllowed' },
    });
    expect(await command(admin(), contracts.registerOrganisation, data)).toMatchObject({
      rejection: { kind: 'NotFound' },
    });
    const asRoot: Caller = { ...bootstrapCaller, role: 'administrator' };
    expect(await command(asRoot, contracts.registerOrganisation, data)).toMatchObject({
      rejection: { kind: 'NotFound' },
    });
  });
});

describe('what an organisation set of its figures', () => {
  const settings = (caller: Caller) => rpc.query(contracts.figuresSettingsQuery, as(caller), {});

  it('is told to reporting alone, each its own, and shown in the profile as it is in force', async () => {
    await done(admin(), contracts.changeFiguresSetting, { setting: 'small_cell_threshold', value: 10 });
    const own = { smallCellThreshold: 10, smallestReleaseMonths: null };
    expect(value(await settings(serviceCaller('reporting', gentia)))).toEqual(own);
    expect(value(await settings(serviceCaller('reporting', zorgnet)))).toEqual({
      smallCellThreshold: null,
      smallestReleaseMonths: null,
    });
    for (const caller of [admin(), serviceCaller('case', gentia), gatewayCaller])
      expect(await settings(caller)).toEqual({ ok: false, rejection: { kind: 'NotFound' } });
    for (const [organisation, smallCellThreshold] of [
      [gentia, 10],
      [zorgnet, 5],
    ] as const)
      expect(value(await rpc.query(contracts.organisationProfileQuery, as(admin(organisation)), {})).settings).toEqual({
        writtenMessagesCount: false,
        smallCellThreshold,
        smallestReleaseMonths: 3,
      });
  });

  it('is changed by an administrator, within the bounds of the law data', async () => {
    const change = async (caller: Caller, number: number) =>
      rpc.command(contracts.changeFiguresSetting, as(caller), {
        commandId: newCommandId(),
        data: { setting: 'small_cell_threshold', value: number },
      });
    expect(await change(admin(), 4)).toEqual({
      ok: false,
      rejection: { kind: 'InvalidInput', field: 'value', rule: 'too_small' },
    });
    expect(await change(await signIn('lies@gentia', 'worker'), 10)).toMatchObject({ ok: false });
    expect(value(await settings(serviceCaller('reporting', gentia))).smallCellThreshold).toBeNull();
  });
});

describe('working hours', () => {
  const hours = (caller: Caller) => rpc.query(contracts.workingHoursQuery, as(caller), {});
  const office = { zone: 'Europe/Brussels', from: 7, until: 19, days: ['monday' as const] };

  it('are told to records alone, each organisation its own; of people only where a site has its own', async () => {
    await done(admin(), contracts.setWorkingHours, office);
    expect(value(await hours(serviceCaller('records', gentia)))).toEqual({
      organisation: office,
      sites: [],
      people: [],
    });
    expect(value(await hours(serviceCaller('records', zorgnet)))).toEqual({
      organisation: null,
      sites: [],
      people: [],
    });
    for (const caller of [admin(), serviceCaller('case', gentia), gatewayCaller])
      expect(await hours(caller)).toEqual({ ok: false, rejection: { kind: 'NotFound' } });
    const [site] = value(await rpc.query(contracts.organisationProfileQuery, as(admin()), {})).sites;
    await done(admin(), contracts.setWorkingHours, { ...office, until: 22, siteId: site?.siteId });
    const set = value(await hours(serviceCaller('records', gentia)));
    expect(set.sites).toEqual([{ ...office, until: 22, siteId: site?.siteId }]);
    expect(JSON.stringify(set.people)).not.toContain('"person"');
    for (const [organisation, length] of [
      [gentia, 2],
      [zorgnet, 0],
    ] as const)
      expect(
        value(await rpc.query(contracts.organisationProfileQuery, as(admin(organisation)), {})).workingHours,
      ).toHaveLength(length);
  });

  it('are set by an administrator, in a zone that there is', async () => {
    const set = async (caller: Caller, zone: string) =>
      rpc.command(contracts.setWorkingHours, as(caller), { commandId: newCommandId(), data: { ...office, zone } });
    expect(await set(admin(), 'Europe/Gent')).toMatchObject({ rejection: { kind: 'InvalidInput', field: 'zone' } });
    expect(await set(await signIn('lies@gentia', 'worker'), 'Europe/Brussels')).toMatchObject({ ok: false });
    expect(value(await hours(serviceCaller('records', gentia))).organisation).toBeNull();
  });
});

describe('sign-in', () => {
  it('finds the entry of each organisation apart, though their ids are the same', async () => {
    const here = await signIn('lies@gentia', 'worker', gentia);
    const there = await signIn('lies@zorgnet', 'worker', zorgnet);
    expect([here.person, there.person]).toEqual(['lies', 'lies']);
    expect(here.pseudonym).not.toBe(there.pseudonym);
    await expect(signIn('lies@gentia', 'worker', zorgnet)).rejects.toThrow('is no worker');
  });
  it('knows nobody of an unknown subject or issuer', async () => {
    const ask = (issuer: string, subject: string) =>
      rpc.query(contracts.identityQuery, as(gatewayCaller), { issuer, subject });
    expect(value(await ask(ISSUER, 'nobody'))).toEqual({ persons: [] });
    expect(value(await ask('https://other.example', 'ann@gentia'))).toEqual({ persons: [] });
  });
  it('answers the gateway only', async () => {
    expect(
      await rpc.query(contracts.identityQuery, as(admin()), { issuer: ISSUER, subject: 'ann@gentia' }),
    ).toMatchObject({
      rejection: { kind: 'NotFound' },
    });
  });
  it('is not linked twice, nor through an issuer the organisation does not take', async () => {
    const link = { personId: 'ann', issuer: ISSUER, subject: 'lies@gentia' };
    expect(await command(admin(), contracts.linkSubject, link)).toMatchObject({
      rejection: { code: 'subject_linked_elsewhere' },
    });
    expect(await command(admin(), contracts.linkSubject, { ...link, issuer: 'https://other.example' })).toMatchObject({
      rejection: { kind: 'InvalidInput', field: 'issuer', rule: 'not_accepted' },
    });
  });
  it('ends with the person’s leaving and with an erased entry', async () => {
    await done(admin(), contracts.recordLeaving, { personId: 'lies', on: '2026-03-02' });
    await expect(signIn('lies@gentia', 'worker')).rejects.toThrow('is no worker');
    await sealing.destroy(zorgnet, 'person/lies', { by: 'p', reason: 'test', at: clock.now() });
    await expect(signIn('lies@zorgnet', 'worker', zorgnet)).rejects.toThrow('is no worker');
    await signIn('ann@zorgnet', 'administrator', zorgnet);
  });
});

describe('a designation', () => {
  it('gives the capacity of counsellor and a card with a name; the same person elsewhere gets neither', async () => {
    const designationId = await designate('lies');
    const worker = await signIn('lies@gentia', 'worker');
    expect(await cardsOf(worker, { siteId: 'ghent', language: 'fr' })).toEqual([
      {
        designationId,
        person: 'lies',
        home: 'gentia',
        name: 'Lies Maes',
        languages: ['nl', 'fr'],
        sites: ['ghent'],
        placement: 'internal',
        absent: false,
        backOn: null,
      },
    ]);
    expect(await signIn('lies@gentia', 'counsellor')).toMatchObject({ capacityId: designationId, sites: ['ghent'] });
    expect(await cardsOf(await signIn('lies@zorgnet', 'worker', zorgnet))).toEqual([]);
    await expect(signIn('lies@zorgnet', 'counsellor', zorgnet)).rejects.toThrow('is no counsellor');
  });

  it('is a card without an access record, also for somebody anonymous', async () => {
    await designate('lies');
    const before = (await accessEvents()).length;
    const anonymous: Caller = {
      role: 'anonymous_worker',
      organisation: gentia,
      pseudonym: 'x',
      capacityId: 'x',
      sites: [],
    };
    expect(await cardsOf(anonymous, { language: 'de' })).toEqual([]);
    expect((await cardsOf(anonymous)).map((card) => card.name)).toEqual(['Lies Maes']);
    expect(await accessEvents()).toHaveLength(before);
    expect(await rpc.query(contracts.counsellorCardsQuery, as(anonymous), { siteId: 'mars' })).toMatchObject({
      rejection: { field: 'siteId', rule: 'unknown_site' },
    });
  });

  it('repeated by the same command is one designation, and one more beside it is refused', async () => {
    const data = { personId: 'lies', sites: ['ghent'], languages: ['nl' as const] };
    const commandId = newCommandId();
    const first = await command(admin(), contracts.proposeDesignation, data, commandId);
    await done(admin(), contracts.takeFunction, { personId: 'lies', function: 'hr', from: '2026-03-01' });
    expect(await command(admin(), contracts.proposeDesignation, data, commandId)).toMatchObject({
      ...first,
      repeated: true,
    });
    expect(await command(admin(), contracts.proposeDesignation, data)).toMatchObject({
      rejection: { code: 'already_designated' },
    });
  });

  it('is for open sites of this organisation', async () => {
    await done(admin(zorgnet), contracts.openSite, {
      siteId: 'liege',
      name: 'L',
      place: 'Luik',
      regime: 'french',
      languages: ['fr'],
    });
    expect(
      await command(admin(), contracts.proposeDesignation, { personId: 'lies', sites: ['liege'], languages: ['nl'] }),
    ).toMatchObject({
      rejection: { kind: 'InvalidInput', field: 'sites', rule: 'unknown_site' },
    });
  });

  it('of a union delegate is refused with the article', async () => {
    await done(admin(), contracts.takeFunction, { personId: 'lies', function: 'union_delegate', from: '2026-03-01' });
    expect(
      await command(admin(), contracts.proposeDesignation, { personId: 'lies', sites: ['ghent'], languages: ['nl'] }),
    ).toMatchObject({
      rejection: { code: 'incompatible_function', source: expect.stringContaining('art.') as unknown },
    });
  });

  it('ends when the counsellor is elected to the committee; a successor is named (scenario 8)', async () => {
    const designationId = await designate('lies');
    await person(gentia, 'marc', 'Marc Claes');
    const successor = await designate('marc');
    const counsellor = await signIn('lies@gentia', 'counsellor');
    await done(admin(), contracts.takeFunction, {
      personId: 'lies',
      function: 'worker_representative_committee',
      from: '2026-03-02',
    });
    expect(await verifyCaller(directory.authority, counsellor, clock.now())).toMatchObject({ ok: false });
    await done(admin(), contracts.nameSuccessor, { designationId, successor });
    expect(await command(admin(), contracts.nameSuccessor, { designationId, successor: designationId })).toMatchObject({
      rejection: { code: 'successor_is_self' },
    });
    expect(value(await rpc.query(contracts.designationFileQuery, as(admin()), { designationId }))).toMatchObject({
      status: 'ended',
      endedOn: '2026-03-02',
      endReason: 'incompatible_function',
      endSource: expect.stringContaining('art.') as unknown,
      name: 'Lies Maes',
    });
    expect(value(await rpc.query(contracts.successorsQuery, as(admin()), { designationId }))).toMatchObject([
      { designationId: successor, person: 'marc', inEffect: true },
    ]);
    expect((await cardsOf(admin())).map((card) => card.designationId)).toEqual([successor]);
  });

  it('that a crash left standing is ended by the timers, once', async () => {
    const designationId = await designate('lies');
    await directly('lies', { type: 'TakeFunction', data: { function: 'union_delegate', from: '2026-03-01' } });
    expect(value(await rpc.query(contracts.designationQuery, as(admin()), { designationId }))).toMatchObject({
      inEffect: true,
    });
    const replica = openDirectory(log, 'replica');
    await replica.start();
    await directory.runTimers();
    expect(value(await rpc.query(contracts.designationQuery, as(admin()), { designationId }))).toMatchObject({
      status: 'ended',
      inEffect: false,
    });
    const head = await log.head();
    await replica.runTimers();
    expect(await log.head()).toBe(head);
    await replica.stop();
  });

  it('may be agreed by the committee’s member, and by nobody else who only watches', async () => {
    await person(gentia, 'wim', 'Wim');
    await done(admin(), contracts.grantCapacity, {
      personId: 'wim',
      role: 'committee_member',
      sites: 'all',
      from: '2026-01-01',
    });
    const member = await signIn('wim@gentia', 'committee_member');
    const designationId = await done(admin(), contracts.proposeDesignation, {
      personId: 'lies',
      sites: ['ghent'],
      languages: ['nl'],
    });
    await done(member, contracts.recordPriorAgreement, {
      designationId,
      body: COMMITTEE,
      on: '2026-03-01',
      unanimous: true,
    });
    expect(await command(member, contracts.startDesignation, { designationId, from: '2026-03-02' })).toMatchObject({
      rejection: { kind: 'NotAllowed' },
    });
    expect(
      await command(await signIn('wim@gentia', 'worker'), contracts.startDesignation, {
        designationId,
        from: '2026-03-02',
      }),
    ).toMatchObject({
      rejection: { kind: 'NotFound' },
    });
  });

  it('shows absence on the card, entered by the counsellor; the card of nobody else changes', async () => {
    const designationId = await designate('lies');
    await person(gentia, 'marc', 'Marc Claes');
    const other = await designate('marc');
    const counsellor = await signIn('lies@gentia', 'counsellor');
    const before = await cardsOf(counsellor);
    await done(counsellor, contracts.enterAbsence, { designationId, from: '2026-03-02', backOn: '2026-03-09' });
    const after = await cardsOf(counsellor);
    expect(after.filter((card) => card.designationId === other)).toEqual(
      before.filter((card) => card.designationId === other),
    );
    expect(after.find((card) => card.designationId === designationId)).toMatchObject({
      absent: true,
      backOn: '2026-03-09',
    });
    expect(
      value(await rpc.query(contracts.secondCounsellorsQuery, as(counsellor), { chosen: other, siteId: 'ghent' })),
    ).toEqual([]);
    expect(
      await command(counsellor, contracts.enterAbsence, { designationId: other, from: '2026-03-02' }),
    ).toMatchObject({
      rejection: { kind: 'NotFound' },
    });
    clock.set('2026-03-09T09:00:00.000Z');
    expect((await cardsOf(counsellor)).every((card) => !card.absent)).toBe(true);
  });

  it('owes training and supervision, with the reason of each date', async () => {
    const designationId = await designate('lies');
    await done(admin(), contracts.recordTraining, { designationId, hours: 30, on: '2026-03-01' });
    clock.set('2027-03-02T09:00:00.000Z');
    const duties = value(await rpc.query(contracts.dutiesQuery, as(admin()), {}));
    expect(duties).toMatchObject([
      { duty: 'supervision', due: '2027-02-01', met: false, overdue: true },
      { duty: 'training', due: '2028-02-01', met: true, overdue: false, hours: 30, hoursNeeded: 30 },
    ]);
    expect(duties[0]?.why).toContain('1 februari 2027');
    await done(admin(), contracts.recordSupervision, { designationId, on: '2027-02-20' });
    expect(value(await rpc.query(contracts.dutiesQuery, as(admin()), { designationId }))).toMatchObject([
      { duty: 'supervision', due: '2028-02-20', explanation: { start: '2027-02-20' } },
      { duty: 'training', due: '2028-02-01' },
    ]);
  });

  it('is counted against what the law asks of the organisation', async () => {
    const requirements = async () => value(await rpc.query(contracts.requirementsQuery, as(admin()), {}));
    expect(await requirements()).toMatchObject({ workers: null, requirements: [] });
    await done(admin(), contracts.recordWorkers, { workers: 60, countedOn: '2026-01-01' });
    expect(await requirements()).toMatchObject({
      counsellors: 0,
      requirements: [
        { code: 'counsellor_required', met: false },
        { code: 'internal_counsellor_required', met: false },
      ],
    });
    await designate('lies');
    expect((await requirements()).requirements.every((one) => one.met)).toBe(true);
  });

  it('leaves the service as dates and ids only', async () => {
    const designationId = await designate('lies');
    await done(admin(), contracts.resignDesignation, { designationId, on: '2026-03-02' });
    const [source] = directoryPublicEvents;
    const { events } = await log.readAll({ categories: [source.category], limit: 100 });
    expect(events.map((event) => source.publish(event)).filter((event) => event !== undefined)).toMatchObject([
      { type: 'directory.DesignationStarted', streamId: designationId, data: { from: '2026-02-01' } },
      { type: 'directory.DesignationEnded', streamId: designationId, data: { on: '2026-03-02' } },
    ]);
  });
});

describe('a mandate', () => {
  const hire = async (role: 'counsellor' | 'prevention_adviser') => {
    const contractId = await done(admin(), contracts.concludeContract, { provider: zorgnet, from: '2026-01-01' });
    const mandateId = await done(admin(), contracts.giveMandate, {
      personId: 'lies',
      home: zorgnet,
      role,
      sites: ['ghent'],
      from: '2026-02-01',
    });
    return { contractId, mandateId };
  };

  it('needs a contract, and says nothing of the other directory without one', async () => {
    for (const personId of ['lies', 'nobody'])
      expect(
        await command(admin(), contracts.giveMandate, {
          personId,
          home: zorgnet,
          role: 'prevention_adviser',
          sites: 'all',
          from: '2026-02-01',
        }),
      ).toMatchObject({ rejection: { code: 'mandate_without_contract' } });
    expect(
      await command(admin(zorgnet), contracts.concludeContract, { provider: gentia, from: '2026-01-01' }),
    ).toMatchObject({
      rejection: { code: 'provider_not_external_service' },
    });
  });

  it('lets the adviser act for the client, under another pseudonym than anybody there', async () => {
    const { contractId } = await hire('prevention_adviser');
    const adviser = await signIn('lies@zorgnet', 'prevention_adviser', gentia);
    expect(adviser.mandate?.home).toBe('zorgnet');
    expect(adviser.pseudonym).not.toBe((await signIn('lies@gentia', 'worker', gentia)).pseudonym);
    expect(value(await rpc.query(contracts.preventionAdvisersQuery, as(admin()), { siteId: 'ghent' }))).toMatchObject([
      { home: 'zorgnet', person: 'lies', pseudonyms: [adviser.pseudonym] },
    ]);
    expect(value(await rpc.query(contracts.pseudonymsQuery, as(adviser), {}))).toEqual([adviser.pseudonym]);
    await done(admin(), contracts.endContract, { contractId, on: '2026-03-02' });
    expect(await verifyCaller(directory.authority, adviser, clock.now())).toMatchObject({ ok: false });
  });

  it('carries a counsellor from outside for as long as it lasts', async () => {
    const { mandateId } = await hire('counsellor');
    await expect(signIn('lies@zorgnet', 'counsellor', gentia)).rejects.toThrow('is no counsellor');
    const designationId = await designate('lies', '2026-02-01', zorgnet);
    expect((await cardsOf(admin())).map((card) => [card.name, card.placement])).toEqual([['Lies Peeters', 'external']]);
    await signIn('lies@zorgnet', 'counsellor', gentia);
    await done(admin(), contracts.revokeMandate, { mandateId, on: '2026-03-02' });
    await expect(signIn('lies@zorgnet', 'counsellor', gentia)).rejects.toThrow('is no counsellor');
    expect(value(await rpc.query(contracts.designationFileQuery, as(admin()), { designationId }))).toMatchObject({
      status: 'ended',
      endReason: 'mandate_ended',
    });
    expect(await cardsOf(admin())).toEqual([]);
  });

  it('of one client opens nothing of another (scenario 9)', async () => {
    await hire('prevention_adviser');
    const adviser = await signIn('lies@zorgnet', 'prevention_adviser', gentia);
    const elsewhere: Caller = { ...adviser, organisation: zorgnet };
    expect(await rpc.query(contracts.peopleQuery, as(elsewhere), {})).toMatchObject({ ok: false });
  });
});

describe('reading people', () => {
  it('opens names for the administrator once the access is recorded, of this organisation only', async () => {
    const page = value(await rpc.query(contracts.peopleQuery, as(admin()), {}));
    expect(page).toEqual({
      rows: [
        { person: 'ann', name: 'Ann van gentia', left: false },
        { person: 'lies', name: 'Lies Maes', left: false },
      ],
      next: null,
    });
    expect((await accessEvents()).at(-1)).toMatchObject({
      organisation: 'gentia',
      event: { type: 'AccessRecorded', data: { recordClass: 'person', query: 'people', records: ['ann', 'lies'] } },
    });
  });
  it('is refused to others, recorded, and the same for what is not there', async () => {
    const worker = await signIn('lies@gentia', 'worker');
    for (const id of ['ann', 'nobody'])
      expect(await rpc.query(contracts.personQuery, as(worker), { person: id })).toMatchObject({
        rejection: { kind: 'NotFound' },
      });
    expect(await rpc.query(contracts.personQuery, as(admin()), { person: 'nobody' })).toMatchObject({
      rejection: { kind: 'NotFound' },
    });
    expect((await accessEvents()).filter(({ event }) => event?.type === 'AccessDenied')).toHaveLength(3);
    expect(value(await rpc.query(contracts.personQuery, as(worker), { person: 'lies' })).name).toBe('Lies Maes');
  });
  it('shows functions to the administrator and the person, not to who only looks for a name', async () => {
    await done(admin(), contracts.takeFunction, { personId: 'ann', function: 'hr', from: '2026-03-01' });
    await designate('lies');
    const counsellor = await signIn('lies@gentia', 'counsellor');
    expect(value(await rpc.query(contracts.personQuery, as(counsellor), { person: 'ann' }))).toMatchObject({
      name: 'Ann van gentia',
      functions: [],
      capacities: [],
    });
    expect(value(await rpc.query(contracts.personQuery, as(admin()), { person: 'ann' })).functions).toEqual([
      { function: 'hr', from: '2026-03-01' },
    ]);
  });
  it('gives the name that stands on a card to print, and null for one that was erased', async () => {
    await designate('lies');
    const worker = await signIn('ann@gentia', 'worker');
    const names = async () =>
      value(await rpc.query(contracts.personNamesQuery, as(worker), { people: [{ person: 'lies' as PersonId }] }));
    expect(await names()).toEqual([{ home: 'gentia', person: 'lies', name: 'Lies Maes' }]);
    await sealing.destroy(gentia, 'person/lies', { by: 'p', reason: 'test', at: clock.now() });
    expect(await names()).toEqual([{ home: 'gentia', person: 'lies', name: null }]);
  });
  it('keeps no name, address, subject, site or function in the clear', async () => {
    await done(admin(), contracts.takeFunction, { personId: 'lies', function: 'union_delegate', from: '2026-03-01' });
    const { events } = await log.readAll({ categories: ['directory.person'], limit: 1_000 });
    const stored = events
      .filter((event) => !event.type.includes('CapacityGranted'))
      .map((event) => Buffer.from(event.data).toString('utf8'))
      .join('\n');
    for (const canary of ['Maes', 'Peeters', '@gentia', 'ghent', 'union', 'nl"', 'fr"'])
      expect(stored.replaceAll(/"(ct|iv)":"[^"]*"/g, '')).not.toContain(`"${canary}`);
    expect(stored).not.toMatch(/Maes|Peeters|@gentia|union_delegate/);
  });
});

describe('authority', () => {
  it('is widened by nobody for themselves', async () => {
    expect(
      await command(admin(), contracts.grantCapacity, {
        personId: 'ann',
        role: 'auditor',
        sites: 'all',
        from: '2026-01-01',
      }),
    ).toMatchObject({
      rejection: { code: 'own_capacity' },
    });
  });
  it('that was granted and ended is as it was recorded at each moment', async () => {
    await done(admin(), contracts.grantCapacity, {
      personId: 'lies',
      role: 'auditor',
      sites: 'all',
      from: '2026-01-01',
    });
    const auditor = await signIn('lies@gentia', 'auditor');
    await person(gentia, 'marc', 'Marc Claes');
    const rolesAt = async (at: string) =>
      value(await rpc.query(contracts.permissionsQuery, as(auditor, 'audit'), { person: 'marc' as PersonId, at })).map(
        (one) => one.role,
      );
    clock.set('2026-03-03T09:00:00.000Z');
    // Dated back: it holds from February, but nobody knew before the third of March.
    await done(admin(), contracts.grantCapacity, {
      personId: 'marc',
      role: 'employer',
      sites: 'all',
      from: '2026-02-01',
    });
    expect(await rolesAt('2026-03-02T23:00:00.000Z')).toEqual(['worker']);
    expect(await rolesAt('2026-03-03T10:00:00.000Z')).toEqual(['worker', 'employer']);
    expect((await accessEvents()).at(-1)).toMatchObject({
      event: { data: { recordClass: 'permissions', records: ['marc'] } },
    });
    expect(
      await rpc.query(contracts.permissionsQuery, as(await signIn('marc@gentia', 'worker')), {
        person: 'marc' as PersonId,
        at: '2026-03-03T10:00:00.000Z',
      }),
    ).toMatchObject({ ok: false });
  });
  it('that ended a moment ago is gone, whatever the views still say', async () => {
    await person(gentia, 'marc', 'Marc Claes');
    await done(admin(), contracts.grantCapacity, {
      personId: 'marc',
      role: 'employer',
      sites: 'all',
      from: '2026-01-01',
    });
    const employer = await signIn('marc@gentia', 'employer');
    await directly('marc', { type: 'EndCapacity', data: { capacityId: employer.capacityId, on: '2026-03-02' } });
    expect(await verifyCaller(directory.authority, employer, clock.now())).toMatchObject({ ok: false });
  });
  it('has a pseudonym per year', async () => {
    const first = (await signIn('ann@gentia', 'administrator')).pseudonym;
    clock.set('2027-01-04T09:00:00.000Z');
    const caller = await signIn('ann@gentia', 'administrator');
    expect(value(await rpc.query(contracts.pseudonymsQuery, as(caller), {}))).toEqual([caller.pseudonym, first]);
    expect(caller.pseudonym).not.toBe(first);
  });
  it('moves with the person’s site as a worker', async () => {
    await done(admin(), contracts.openSite, {
      siteId: 'liege',
      name: 'L',
      place: 'Luik',
      regime: 'french',
      languages: ['fr'],
    });
    await done(admin(), contracts.movePerson, { personId: 'lies', siteId: 'liege', on: '2026-03-02' });
    const worker = await signIn('lies@gentia', 'worker');
    expect(worker.sites).toEqual(['liege']);
    const held = await directory.authority.capacitiesOf(gentia, 'lies' as PersonId, clock.now());
    expect(held.ok && held.value).toHaveLength(1);
  });
});

describe('over Nest', () => {
  it('answers each pattern of the contracts, and stops', async () => {
    const exchange = new InProcessExchange();
    const nest = await NestFactory.createMicroservice(directory.module, {
      strategy: new InProcessServer(exchange),
      logger: false,
    });
    await nest.listen();
    try {
      const over = createRpcClient((pattern, message) => exchange.request(pattern, message));
      expect(value(await over.query(contracts.organisationProfileQuery, as(admin()), {}))).toMatchObject({
        organisation: 'gentia',
        consultationBody: COMMITTEE,
        settings: { writtenMessagesCount: false, smallCellThreshold: 5, smallestReleaseMonths: 3 },
      });
      const answered = new Set(directory.served.map((served) => served.pattern));
      const promised = Object.values(contracts).flatMap((one) =>
        typeof one === 'object' && 'pattern' in one && 'service' in one && one.service === 'directory'
          ? [one.pattern]
          : [],
      );
      expect(promised.filter((pattern) => !answered.has(pattern))).toEqual([]);
      expect(promised.length).toBeGreaterThan(50);
    } finally {
      await nest.close();
    }
  });
});

describe('bad input', () => {
  it.each([
    [
      contracts.registerPerson,
      { siteId: 'mars', name: 'X', languages: ['nl'] },
      { field: 'siteId', rule: 'unknown_site' },
    ],
    [
      contracts.registerPerson,
      { siteId: 'ghent', name: 'x'.repeat(201), languages: ['nl'] },
      { field: 'name', rule: 'too_big' },
    ],
    [
      contracts.registerPerson,
      { siteId: 'ghent', name: 'X', languages: ['nl', 'nl'] },
      { field: 'languages', rule: 'custom' },
    ],
    [contracts.recordWorkers, { workers: 5, countedOn: '2026-02-30' }, { field: 'countedOn' }],
    [contracts.recordWorkers, { workers: -1, countedOn: '2026-02-20' }, { field: 'workers', rule: 'too_small' }],
    [
      contracts.grantCapacity,
      { personId: 'lies', role: 'participant', sites: 'all', from: '2026-01-01' },
      { field: 'role' },
    ],
  ] satisfies readonly [CommandDef, unknown, object][])(
    '%s is refused with the field and the rule',
    async (def, data, expected) => {
      expect(await command<z.ZodType>(admin(), def, data)).toMatchObject({
        rejection: { kind: 'InvalidInput', ...expected },
      });
    },
  );
});

describe('the service', () => {
  it('gives the same rows when its views are built again, and starts again from a file', async () => {
    const file = openSqliteEventLog({ file: join(folder, 'log.sqlite') });
    await designate('lies');
    const { events } = await log.readAll({ limit: 1_000 });
    for (const event of events)
      await file.append({
        organisation: event.organisation,
        stream: event.stream,
        expected: event.revision === 0 ? 'none' : event.revision - 1,
        events: [{ eventId: event.eventId, type: event.type, metadata: event.metadata, data: event.data }],
      });
    const again = openDirectory(file, 'again');
    await again.start();
    expect(await again.viewHashes()).toEqual(await directory.viewHashes());
    await again.stop();
    await file.close();
  });
  it('has one codec for each of its events, and no two of one name', () => {
    expect(directoryCodecs.flatMap((codec): readonly EventType[] => codec.events)).toHaveLength(
      directoryEventTypes.length,
    );
    expect(new Set(directoryEventTypes.map((event) => event.type)).size).toBe(directoryEventTypes.length);
  });
  it('says that it is well', async () => {
    expect(value(await rpc.query(contracts.healthQueries.directory, as(gatewayCaller), {}))).toEqual({ status: 'ok' });
  });
});
