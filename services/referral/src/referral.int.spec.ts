import 'reflect-metadata';
import {
  accessCodec,
  createRecorder,
  type Capacity,
  type Caller,
  type PersonCaller,
  type Role,
} from '@toeverlaat/access';
import * as c from '@toeverlaat/contracts';
import {
  clear,
  createCodec,
  createMemoryEventLog,
  createRunner,
  eventType,
  accept,
  type EventLog,
} from '@toeverlaat/event-log';
import { wordingVersion } from '@toeverlaat/legal';
import { createMemoryReactorStore, definePublicEvents } from '@toeverlaat/messaging';
import { createMemorySealing, type SealingService } from '@toeverlaat/sealing';
import { timerContext } from '@toeverlaat/service-kit';
import { noTelemetry, silentLogger } from '@toeverlaat/telemetry';
import {
  err,
  newCommandId,
  ok,
  organisationId,
  randomId,
  settableClock,
  uuidV5,
  type OrganisationId,
  type PersonId,
} from '@toeverlaat/values';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createReferralService, receivedCategory, sentCategory } from './index.js';

// Two organisations that share every id on purpose (design rule 5).
const gentia = organisationId('gentia');
const zorgnet = organisationId('zorgnet');
const uuid = (name: string) => uuidV5('test', name);
const CASE = uuid('case');
const CONFIRMATION = uuid('confirmation');
const CHOICE = uuid('choice');
const NOTE = uuid('note');
const SECRET = 'canary-words-of-tom';

/** What the fake case holds, per organisation. */
type CaseOf = { handler: string; applicant: string; involved: string[]; noted: string[] };

let folder: string;
let log: EventLog;
let sealing: SealingService;
let clock: ReturnType<typeof settableClock>;
let cases: Map<OrganisationId, CaseOf>;
let caseDown: boolean;
let opened: string[];
let service: ReturnType<typeof createReferralService>;
let rpc: c.RpcClient;

const person = (id: string) => id as PersonId;
const as = (id: string, role: Role, organisation: OrganisationId = gentia): PersonCaller => ({
  role,
  organisation,
  person: person(id),
  pseudonym: `p-${id}`,
  capacityId: `cap-${id}`,
  sites: 'all',
});
const lies = (organisation = gentia) => as('lies', 'counsellor', organisation);
const marie = (organisation = gentia) => as('marie', 'counsellor', organisation);
const paul = (organisation = gentia) => as('paul', 'prevention_adviser', organisation);
const eve = (organisation = gentia) => as('eve', 'prevention_adviser', organisation);
const tom = (organisation = gentia) => as('tom', 'worker', organisation);
const everyone = (organisation: OrganisationId) => [
  lies(organisation),
  marie(organisation),
  paul(organisation),
  eve(organisation),
  tom(organisation),
  as('ann', 'worker', organisation),
  as('boss', 'employer', organisation),
];

const context = (caller: Caller): c.RequestContext => ({
  requestId: randomId(),
  correlationId: randomId(),
  caller,
  purpose: 'refer',
  language: 'nl',
});

const records = [
  { recordId: CONFIRMATION, kind: 'interview_confirmation' as const, title: 'confirmation', content: '{"v":"first"}' },
  { recordId: CHOICE, kind: 'informal_choice' as const, title: 'choice', content: '{"v":"choice"}' },
  { recordId: NOTE, kind: 'case_note' as const, title: 'note', content: `{"v":"${SECRET}"}` },
];
const notFound = err({ kind: 'NotFound' as const });

/** The other services, as far as this one asks them. */
const others = (): c.RpcClient => {
  const answer = async (pattern: string, ctx: c.RequestContext, input: unknown) => {
    const { caller } = ctx;
    const mine = cases.get(caller.organisation);
    switch (pattern) {
      case c.pseudonymsQuery.pattern:
        return ok([caller.pseudonym]);
      case c.preventionAdvisersQuery.pattern:
        return ok(
          ['paul', 'eve'].map((id) => ({
            home: caller.organisation,
            person: id,
            capacityId: `cap-${id}`,
            pseudonyms: [`p-${id}`],
          })),
        );
      case c.recordsForReferralQuery.pattern: {
        if (caseDown) return err({ kind: 'Unavailable' as const, detail: 'case' });
        if (mine === undefined || caller.person !== mine.handler) return notFound;
        const { recordIds } = c.recordsForReferralQuery.input.parse(input);
        const wanted = recordIds ?? [CONFIRMATION, CHOICE];
        opened.push(...wanted);
        const found = wanted.map((id) => records.find(({ recordId }) => recordId === id));
        if (found.includes(undefined))
          return err({ kind: 'InvalidInput' as const, field: 'recordIds.0', rule: 'unknown' });
        return ok({ caseId: CASE, applicantParticipantId: uuid('applicant'), site: 'ghent', records: found });
      }
      case c.takesPartQuery.pattern: {
        const asked = c.takesPartQuery.input.parse(input);
        if (mine === undefined || caller.person !== mine.handler) return notFound;
        return ok({ takesPart: mine.involved.includes(asked.person) });
      }
      case c.applicantViewQuery.pattern:
        if (mine === undefined || caller.person !== mine.applicant) return notFound;
        return ok({
          caseId: CASE,
          revision: 1,
          status: 'open',
          hearing: 'met',
          hearingDueOn: '2026-03-10',
          hearingWhy: 'x',
          informalType: null,
          documents: [],
          handover: 'none',
          successorNamed: false,
          continuationAskedOn: [],
        });
      case c.noteReferralCommand.pattern:
        mine?.noted.push(c.noteReferralCommand.data.parse(input).referralId);
        return ok(undefined);
      default:
        throw new Error(pattern);
    }
  };
  return c.createRpcClient(async (pattern, message) => {
    const {
      context: ctx,
      input,
      data,
    } = z
      .object({ context: c.requestContextSchema, input: z.unknown().optional(), data: z.unknown().optional() })
      .parse(JSON.parse(JSON.stringify(message)));
    const found = await answer(pattern, ctx, input ?? data);
    if (!found.ok) return { ok: false, rejection: found.error };
    return found.value === undefined
      ? { ok: true, id: CASE, revision: 1, position: null, repeated: false }
      : { ok: true, value: found.value, stale: false };
  });
};

// Stands for the case service's own public events.
const caseEvents = [
  eventType('case', 'HandlerChanged', 1, { x: clear(z.string()) }),
  eventType('case', 'HandoverProposed', 1, { cause: clear(z.string()) }),
] as const;
const caseCodec = createCodec({ events: caseEvents, recordSubject: (id) => `case/${id}` });
const caseSource = definePublicEvents('case', 'case.case', caseCodec, {
  HandlerChanged: () => ({}),
  HandoverProposed: ({ cause }) => ({ cause }),
});
const happens = async (organisation: OrganisationId, event: 'HandlerChanged' | 'HandoverProposed') => {
  const runner = createRunner({
    log,
    sealer: sealing,
    clock,
    category: 'case.case',
    codec: caseCodec,
    fingerprintKey: sealing.fingerprintKey,
    decider: {
      initial: undefined,
      evolve: () => undefined,
      decide: () =>
        accept(
          event === 'HandlerChanged'
            ? { type: 'HandlerChanged' as const, data: { x: 'x' } }
            : { type: 'HandoverProposed' as const, data: { cause: 'recusal' } },
        ),
    },
  });
  const outcome = await runner.execute(
    CASE,
    { type: event, data: {} },
    timerContext('test', organisation, CASE, randomId()),
  );
  if (!outcome.ok) throw new Error(outcome.rejection.kind);
};

const open = (views: string) =>
  createReferralService(
    {
      service: 'referral',
      log,
      sealing: sealing.forService({ classes: ['referral_sent', 'referral_received', 'fingerprints'] }),
      clock,
      viewsFolder: join(folder, views),
      recorder: createRecorder({ log, clock, service: 'referral', writerId: 'w1' }),
      authority: {
        capacitiesOf: (home, id) =>
          Promise.resolve(
            ok(
              everyone(home)
                .filter((one) => one.person === id)
                .map((one): Capacity => ({
                  id: one.capacityId,
                  role: one.role,
                  organisation: home,
                  person: id,
                  sites: 'all',
                  from: '2026-01-01',
                })),
            ),
          ),
      },
      rpc: others(),
      reactorStore: createMemoryReactorStore(),
      logger: silentLogger(),
      telemetry: noTelemetry,
    },
    { sources: [caseSource] },
  );

const rpcOf = (of: typeof service): c.RpcClient => {
  const handlers = new Map(of.served.map((served) => [served.pattern, served.handle]));
  return c.createRpcClient(async (pattern, message) => {
    const handle = handlers.get(pattern);
    if (handle === undefined) throw new Error(pattern);
    return JSON.parse(JSON.stringify(await handle(JSON.parse(JSON.stringify(message))))) as unknown;
  });
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'referral-'));
  log = createMemoryEventLog();
  clock = settableClock('2026-03-04T09:00:00.000Z');
  sealing = createMemorySealing(clock);
  cases = new Map(
    [gentia, zorgnet].map((organisation) => [
      organisation,
      { handler: 'lies', applicant: 'tom', involved: [], noted: [] },
    ]),
  );
  caseDown = false;
  opened = [];
  service = open('a');
  rpc = rpcOf(service);
  await service.start();
});
afterEach(async () => {
  await service.stop();
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

const settled = async () => {
  const head = await log.head();
  if (head !== undefined) expect(await service.whenSettled(head, 5_000)).toBe(true);
};
const done = async <I extends z.ZodType>(
  def: c.CommandDef<I>,
  caller: Caller,
  data: z.input<I>,
  commandId: string = newCommandId(),
): Promise<string> => {
  const reply = await rpc.command(def, context(caller), { commandId, data });
  if (!reply.ok) throw new Error(`${def.pattern}: ${JSON.stringify(reply.rejection)}`);
  await settled();
  return reply.id;
};
const rejected = async <I extends z.ZodType>(
  def: c.CommandDef<I>,
  caller: Caller,
  data: z.input<I>,
): Promise<string> => {
  const reply = await rpc.command(def, context(caller), { commandId: newCommandId(), data });
  if (reply.ok) return 'accepted';
  const { rejection } = reply;
  return rejection.kind === 'RuleRefused'
    ? rejection.code
    : rejection.kind === 'InvalidInput'
      ? `${rejection.field}: ${rejection.rule}`
      : rejection.kind;
};
const asked = async <I extends z.ZodType, O extends z.ZodType>(
  def: c.QueryDef<I, O>,
  caller: Caller,
  input: z.input<I>,
): Promise<z.output<O>> => {
  const reply = await rpc.query(def, context(caller), input);
  if (!reply.ok) throw new Error(`${def.pattern}: ${JSON.stringify(reply.rejection)}`);
  return reply.value;
};
const refusedQuery = async <I extends z.ZodType, O extends z.ZodType>(
  def: c.QueryDef<I, O>,
  caller: Caller,
  input: z.input<I>,
): Promise<string> => {
  const reply = await rpc.query(def, context(caller), input);
  return reply.ok ? 'answered' : reply.rejection.kind;
};

const toPaul = { caseId: CASE, receiverKind: 'prevention_adviser' as const, receiver: { person: person('paul') } };
const prepared = (organisation = gentia, more: object = {}) =>
  done(c.prepareReferralCommand, lies(organisation), { ...toPaul, ...more });
const agree = async (referralId: string, organisation = gentia) => {
  const { listHash } = await asked(c.sentReferralQuery, tom(organisation), { referralId });
  await done(c.giveReferralConsentCommand, tom(organisation), {
    referralId,
    listHash,
    wordingVersion,
    wordingLanguage: 'nl',
  });
};
const sent = async (organisation = gentia, more: object = {}) => {
  const referralId = await prepared(organisation, more);
  await agree(referralId, organisation);
  await done(c.sendReferralCommand, lies(organisation), { referralId });
  return referralId;
};

/** Readings of this service, as the auditor finds them. */
const history = async (type: 'AccessRecorded' | 'AccessDenied') => {
  const codec = accessCodec('referral');
  const { events } = await log.readAll({ categories: ['referral.access'], limit: 1_000 });
  return events.map((event) => codec.decodeStored(event)).filter((event) => event?.type === type);
};

describe('from a counsellor to the prevention adviser', () => {
  it('takes the two documents with the worker’s consent, as copies, and tells the case', async () => {
    const referralId = await prepared();
    expect(await rejected(c.sendReferralCommand, lies(), { referralId })).toBe('consent_required');
    expect(await asked(c.receivedReferralsQuery, paul(), {})).toEqual({ rows: [], next: null });
    const shown = await asked(c.sentReferralQuery, tom(), { referralId });
    expect(shown.records).toEqual([
      { recordId: CONFIRMATION, kind: 'interview_confirmation', picked: false },
      { recordId: CHOICE, kind: 'informal_choice', picked: false },
    ]);
    expect(shown.wording).toMatchObject({ key: 'consent.referral.prevention_adviser', version: wordingVersion });
    await agree(referralId);
    await done(c.sendReferralCommand, lies(), { referralId });

    const desk = await asked(c.receivedReferralsQuery, paul(), {});
    expect(desk.rows).toMatchObject([{ referralId, status: 'pending', opened: false, expiresOn: '2026-03-18' }]);
    const received = await asked(c.receivedReferralQuery, paul(), { referralId });
    expect(received.copies.map(({ kind, content }) => [kind, content])).toEqual([
      ['interview_confirmation', '{"v":"first"}'],
      ['informal_choice', '{"v":"choice"}'],
    ]);
    expect(received).toMatchObject({
      site: 'ghent',
      sender: { home: gentia, person: 'lies' },
      consentMethod: 'own_account',
    });
    expect(cases.get(gentia)?.noted).toEqual([referralId]);
    expect(cases.get(zorgnet)?.noted).toEqual([]);
    expect(opened).not.toContain(NOTE);

    await done(c.acceptReferralCommand, paul(), { referralId });
    expect(await asked(c.sentReferralQuery, lies(), { referralId })).toMatchObject({
      status: 'accepted',
      answeredOn: '2026-03-04',
      delivered: true,
    });
  });

  it('takes more only when the worker picked it, and never what is not in the case', async () => {
    const referralId = await sent(gentia, { pickedByWorker: [NOTE] });
    const { copies } = await asked(c.receivedReferralQuery, paul(), { referralId });
    expect(copies.map(({ kind }) => kind)).toEqual(['interview_confirmation', 'informal_choice', 'case_note']);
    expect(await rejected(c.prepareReferralCommand, lies(), { ...toPaul, pickedByWorker: [uuid('elsewhere')] })).toBe(
      'recordIds.0: unknown',
    );
  });

  it('goes to an adviser only, and never to one the case is about', async () => {
    expect(await rejected(c.prepareReferralCommand, lies(), { ...toPaul, receiver: { person: person('boss') } })).toBe(
      'receiver: no_prevention_adviser',
    );
    cases.get(gentia)?.involved.push('paul');
    expect(await rejected(c.prepareReferralCommand, lies(), toPaul)).toBe('receiver_takes_part');
    expect(await rejected(c.prepareReferralCommand, lies(zorgnet), toPaul)).toBe('accepted');
  });

  it('is withdrawn: unread copies close at once, read ones stay, and everyone is told what was read', async () => {
    const read = await sent();
    await asked(c.receivedReferralQuery, paul(), { referralId: read });
    await done(c.acceptReferralCommand, paul(), { referralId: read });
    const unread = await sent();
    for (const referralId of [read, unread]) await done(c.withdrawReferralCommand, tom(), { referralId });
    const kept = await asked(c.receivedReferralQuery, paul(), { referralId: read });
    expect([kept.status, kept.endedBecause, kept.copies.length, kept.closedCopies]).toEqual([
      'ended',
      'withdrawn',
      2,
      0,
    ]);
    const closed = await asked(c.receivedReferralQuery, paul(), { referralId: unread });
    expect([closed.copies.length, closed.closedCopies]).toEqual([0, 2]);
    const mine = await asked(c.sentReferralQuery, tom(), { referralId: read });
    expect(mine).toMatchObject({
      status: 'withdrawn',
      withdrawnBy: 'applicant',
      readByReceiver: [CONFIRMATION, CHOICE],
    });
    expect((await asked(c.sentReferralQuery, lies(), { referralId: unread })).readByReceiver).toEqual([]);
    expect(await rejected(c.acceptReferralCommand, paul(), { referralId: unread })).toBe('further_access_ended');
  });

  it('withdrawn before it went is never delivered', async () => {
    const referralId = await prepared();
    await agree(referralId);
    await done(c.withdrawReferralCommand, tom(), { referralId });
    expect(await rejected(c.sendReferralCommand, lies(), { referralId })).toBe('referral_already_sent');
    expect(await log.readStream(`${receivedCategory}-${gentia}_${referralId}`)).toEqual([]);
  });

  it('expires unanswered on its day, in each organisation by itself, and once', async () => {
    const answered = await sent();
    const silent = await sent();
    const other = await sent(zorgnet);
    await done(c.acceptReferralCommand, paul(), { referralId: answered });
    clock.set('2026-03-17T09:00:00.000Z');
    await service.runTimers();
    await settled();
    expect((await asked(c.sentReferralQuery, lies(), { referralId: silent })).status).toBe('sent');
    clock.set('2026-03-18T09:00:00.000Z');
    await Promise.all([service.runTimers(), service.runTimers()]);
    await settled();
    expect((await asked(c.sentReferralQuery, lies(), { referralId: silent })).status).toBe('expired');
    expect((await asked(c.sentReferralQuery, lies(zorgnet), { referralId: other })).status).toBe('expired');
    expect((await asked(c.sentReferralQuery, lies(), { referralId: answered })).status).toBe('accepted');
    expect((await asked(c.receivedReferralQuery, paul(), { referralId: silent })).copies).toEqual([]);
    const stream = await log.readStream(`${sentCategory}-${gentia}_${silent}`);
    expect(stream.filter(({ type }) => type === 'referral.ReferralExpired.v1')).toHaveLength(1);
  });
});

describe('to who has no desk', () => {
  const toPhysician = {
    caseId: CASE,
    receiverKind: 'physician' as const,
    receiverName: 'dr. Claes',
    pickedByWorker: [NOTE],
  };

  it('is a hand-over with its exact words, with written consent, answered by note', async () => {
    const referralId = await done(c.prepareReferralCommand, lies(), toPhysician);
    const { listHash, wording, writtenConsentNeeded } = await asked(c.sentReferralQuery, lies(), { referralId });
    expect([wording.key, writtenConsentNeeded]).toEqual(['consent.referral.physician', true]);
    const click = { referralId, listHash, wordingVersion, wordingLanguage: 'nl' as const };
    expect(await rejected(c.giveReferralConsentCommand, tom(), click)).toBe('physician_needs_written_consent');
    await done(c.recordReferralConsentCommand, lies(), {
      ...click,
      method: 'paper',
      holder: 'both',
      evidenceBlob: 'b'.repeat(64),
      givenOn: '2026-03-03',
    });
    await done(c.sendReferralCommand, lies(), { referralId, words: 'He sleeps badly.', handedOverOn: '2026-03-04' });
    expect(await log.readStream(`${receivedCategory}-${gentia}_${referralId}`)).toEqual([]);
    await done(c.noteReferralAnswerCommand, lies(), {
      referralId,
      answer: 'accepted',
      on: '2026-03-04',
      note: 'by phone',
    });
    expect(await asked(c.sentReferralQuery, tom(), { referralId })).toMatchObject({
      status: 'accepted',
      toDesk: false,
      words: 'He sleeps badly.',
      receiverName: 'dr. Claes',
      answerNote: 'by phone',
      expiresOn: null,
    });
    clock.set('2027-03-04T09:00:00.000Z');
    await service.runTimers();
    expect((await asked(c.sentReferralQuery, lies(), { referralId })).status).toBe('accepted');
  });

  it('names the receiver in what is agreed to', async () => {
    const referralId = await done(c.prepareReferralCommand, lies(), { ...toPhysician, receiverKind: 'gp' });
    expect((await asked(c.sentReferralQuery, tom(), { referralId })).wording.text).toContain('dr. Claes');
  });
});

describe('who may', () => {
  it('others find nothing, in either organisation, and each attempt is recorded', async () => {
    const referralId = await sent();
    const strangers = [
      marie(),
      lies(zorgnet),
      tom(zorgnet),
      as('ann', 'worker'),
      as('boss', 'employer'),
      eve(),
      paul(),
    ];
    for (const stranger of strangers) {
      expect(await refusedQuery(c.sentReferralQuery, stranger, { referralId })).toBe('NotFound');
      expect(await rejected(c.withdrawReferralCommand, stranger, { referralId })).toBe('NotFound');
    }
    for (const stranger of [lies(), tom(), eve(), paul(zorgnet)])
      expect(await refusedQuery(c.receivedReferralQuery, stranger, { referralId })).toBe('NotFound');
    expect(await rejected(c.acceptReferralCommand, eve(), { referralId })).toBe('NotFound');
    expect(
      await rejected(c.giveReferralConsentCommand, lies(), {
        referralId,
        listHash: 'a'.repeat(64),
        wordingVersion,
        wordingLanguage: 'nl',
      }),
    ).toBe('NotFound');
    expect(await rejected(c.prepareReferralCommand, marie(), toPaul)).toBe('NotFound');
    expect((await history('AccessDenied')).length).toBe(strangers.length * 2 + 4 + 3);
    expect((await asked(c.sentReferralsQuery, lies(), {})).rows).toHaveLength(1);
    expect((await asked(c.sentReferralsQuery, lies(zorgnet), {})).rows).toEqual([]);
    expect((await asked(c.receivedReferralsQuery, paul(zorgnet), {})).rows).toEqual([]);
  });

  it('records each reading, the applicant’s under the participant id of that one record', async () => {
    const [first, second] = [await sent(), await sent()];
    const before = (await history('AccessRecorded')).length;
    const mine = await asked(c.referralsOfCaseQuery, tom(), { caseId: CASE });
    expect(mine.map(({ referralId }) => referralId).toSorted()).toEqual([first, second].toSorted());
    const seen = (await history('AccessRecorded')).slice(before);
    expect(seen).toHaveLength(2);
    expect(new Set(seen.map((event) => (event?.data as { who: string } | undefined)?.who)).size).toBe(2);
    expect(JSON.stringify(seen)).not.toContain('p-tom');
    expect(await asked(c.referralsOfCaseQuery, lies(), { caseId: CASE })).toHaveLength(2);
    expect(await refusedQuery(c.referralsOfCaseQuery, marie(), { caseId: CASE })).toBe('NotFound');
  });

  it('follows the case: who recused is out, who took over is in', async () => {
    const referralId = await prepared();
    const mine = cases.get(gentia);
    if (mine === undefined) throw new Error('case');
    mine.handler = 'marie';
    await happens(gentia, 'HandoverProposed');
    await settled();
    expect(await refusedQuery(c.sentReferralQuery, lies(), { referralId })).toBe('NotFound');
    expect((await asked(c.sentReferralsQuery, lies(), {})).rows).toEqual([]);
    await happens(gentia, 'HandlerChanged');
    await settled();
    await agree(referralId);
    await done(c.sendReferralCommand, marie(), { referralId });
    expect((await asked(c.sentReferralsQuery, marie(), {})).rows).toMatchObject([{ referralId, status: 'sent' }]);
    expect((await asked(c.receivedReferralQuery, paul(), { referralId })).sender?.person).toBe('marie');
  });
});

describe('what holds in any case', () => {
  it('a repeat of each command does nothing more', async () => {
    const [one, two] = [newCommandId(), newCommandId()];
    const referralId = await done(c.prepareReferralCommand, lies(), toPaul, one);
    expect(await done(c.prepareReferralCommand, lies(), toPaul, one)).toBe(referralId);
    await agree(referralId);
    await done(c.sendReferralCommand, lies(), { referralId }, two);
    const head = await log.readStream(`${receivedCategory}-${gentia}_${referralId}`);
    await done(c.sendReferralCommand, lies(), { referralId }, two);
    await done(c.deliverReferralCommand, lies(), { referralId });
    expect(await log.readStream(`${receivedCategory}-${gentia}_${referralId}`)).toHaveLength(head.length);
    const other = await rpc.command(c.prepareReferralCommand, context(lies()), {
      commandId: one,
      data: { ...toPaul, message: 'another' },
    });
    expect(other).toMatchObject({ ok: false, rejection: { kind: 'CommandIdReused' } });
  });

  it('nothing is half done when the case cannot be asked; the same command goes through later', async () => {
    const referralId = await prepared();
    await agree(referralId);
    const commandId = newCommandId();
    caseDown = true;
    const failed = await rpc.command(c.sendReferralCommand, context(lies()), { commandId, data: { referralId } });
    expect(failed).toMatchObject({ ok: false, rejection: { kind: 'Unavailable' } });
    expect((await asked(c.sentReferralQuery, lies(), { referralId })).status).toBe('prepared');
    caseDown = false;
    await done(c.sendReferralCommand, lies(), { referralId }, commandId);
    expect((await asked(c.sentReferralQuery, lies(), { referralId })).delivered).toBe(true);
  });

  it('the sides are erased apart: without the sender’s key the receiver reads on, and the other way about', async () => {
    const [first, second] = [await sent(), await sent()];
    const request = { by: 'records', reason: 'test', at: clock.now() };
    await sealing.destroy(gentia, `referral_sent/${first}`, request);
    await sealing.destroy(gentia, `referral_received/${second}`, request);
    expect((await asked(c.receivedReferralQuery, paul(), { referralId: first })).copies).toHaveLength(2);
    expect(await refusedQuery(c.sentReferralQuery, lies(), { referralId: first })).toBe('Erased');
    expect((await asked(c.sentReferralQuery, lies(), { referralId: second })).status).toBe('sent');
    expect(await refusedQuery(c.receivedReferralQuery, paul(), { referralId: second })).toBe('Erased');
  });

  it('keeps case, receiver’s kind, persons and words out of the log’s clear text', async () => {
    await sent(gentia, { pickedByWorker: [NOTE], message: SECRET });
    const { events } = await log.readAll({ categories: [sentCategory, receivedCategory], limit: 1_000 });
    const bytes = events.map(({ data, metadata }) => Buffer.concat([data, metadata]).toString('utf8')).join('\n');
    for (const word of [
      SECRET,
      CASE,
      CONFIRMATION,
      NOTE,
      'prevention_adviser',
      '"lies"',
      '"paul"',
      '"tom"',
      '"ghent"',
      'own_account',
    ])
      expect(bytes.includes(word) && word).toBe(false);
  });

  it('gives the same rows from the log alone', async () => {
    await sent();
    const withdrawn = await sent(zorgnet);
    await done(c.withdrawReferralCommand, lies(zorgnet), { referralId: withdrawn });
    const before = await service.viewHashes();
    const again = open('b');
    await again.start();
    const head = await log.head();
    if (head !== undefined) await again.whenSettled(head, 5_000);
    expect(await again.viewHashes()).toEqual(before);
    await again.stop();
  });
});
