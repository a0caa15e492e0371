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
import { createBlobStore, createMemorySealing, type SealingService } from '@toeverlaat/sealing';
import { serviceCaller, timerContext } from '@toeverlaat/service-kit';
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
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createReferralService, receivedCategory, sentCategory } from './index.js';
import type { AttachmentSource } from './application/copies.js';

// Two organisations that share every id on purpose (design rule 5).
const gentia = organisationId('gentia');
const zorgnet = organisationId('zorgnet');
const uuid = (name: string) => uuidV5('test', name);
const CASE = uuid('case');
const CONFIRMATION = uuid('confirmation');
const CHOICE = uuid('choice');
const NOTE = uuid('note');
const SECRET = 'canary-words-of-tom';
const LETTER = uuid('letter');
/** From when on a fake case excludes those whom it excludes. */
const EXCLUDED_AT = '2026-03-05T09:00:00.000Z';
/** Of the letter as its case keeps it, and of a scan that is attached too. */
const LETTER_BLOB = 'a'.repeat(64);
const SCAN_BLOB = 'b'.repeat(64);
const LETTER_BYTES = Buffer.concat([Buffer.from(`%PDF-1.7 ${SECRET} `), Buffer.alloc(200_000, 7)]);

/** What the fake case holds, per organisation. */
type CaseOf = { handler: string; applicant: string; involved: string[]; noted: string[]; excluded: string[] };

let folder: string;
let log: EventLog;
let sealing: SealingService;
let clock: ReturnType<typeof settableClock>;
let cases: Map<OrganisationId, CaseOf>;
let caseDown: boolean;
let opened: string[];
/** Attachments that were asked of the case, by whom; and whether it breaks off in the middle. */
let fetched: string[];
let breaksOff: boolean;
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
  {
    recordId: LETTER,
    kind: 'attachment' as const,
    title: 'attachment',
    content: JSON.stringify({ blob: LETTER_BLOB, kind: 'letter', name: SECRET, size: LETTER_BYTES.length }),
  },
];
/** The case service's attachments, given to its handler. */
const attachments: AttachmentSource = {
  get: (ctx, { caseId, blob }) => {
    const mine = cases.get(ctx.caller.organisation);
    if (mine?.handler !== ctx.caller.person || caseId !== CASE || blob !== LETTER_BLOB)
      return Promise.resolve(err({ kind: 'NotFound' as const }));
    fetched.push(`${ctx.caller.organisation} ${String(ctx.caller.person)}`);
    return Promise.resolve(
      ok({
        mediaType: 'application/pdf' as const,
        fileName: 'x.pdf',
        content: (async function* () {
          yield LETTER_BYTES.subarray(0, 100_000);
          await Promise.resolve();
          if (breaksOff) throw new Error('broken off');
          yield LETTER_BYTES.subarray(100_000);
        })(),
      }),
    );
  },
};
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
      case c.isAttachedQuery.pattern: {
        if (mine === undefined || caller.person !== mine.handler) return notFound;
        const { blob } = c.isAttachedQuery.input.parse(input);
        return ok({ attached: [LETTER_BLOB, SCAN_BLOB].includes(blob) });
      }
      case c.isExcludedQuery.pattern: {
        if (caller.role !== 'service') return notFound;
        return ok({ excluded: mine?.excluded.includes(c.isExcludedQuery.input.parse(input).person) === true });
      }
      case c.exclusionsOverQuery.pattern: {
        const { people, from, to, caseId } = c.exclusionsOverQuery.input.parse(input);
        if (caller.capacityId !== 'service-referral' || caseId !== CASE) return notFound;
        const spans = people.filter(({ person: one }) => mine?.excluded.includes(one) === true);
        return ok({ spans: spans.map((one) => ({ ...one, from: from > EXCLUDED_AT ? from : EXCLUDED_AT, to })) });
      }
      case c.caseReadersQuery.pattern: {
        const { record, from, to } = c.caseReadersQuery.input.parse(input);
        if (caller.capacityId !== 'service-referral' || record !== CASE) return notFound;
        const row = {
          recordClass: 'case',
          home: null,
          purposes: [],
          sees: [],
          rule: '',
          because: '',
          source: '',
        } as const;
        const rowOf = (role: 'counsellor' | 'worker', relation: string, who: string, until: string) => ({
          ...row,
          role,
          relation,
          pseudonyms: [`p-${who}`],
          from,
          to: until < to ? until : to,
        });
        const until = mine?.excluded.includes(mine.handler) === true ? EXCLUDED_AT : to;
        return ok({
          known: true,
          readers: [rowOf('counsellor', 'handler', mine?.handler ?? '', until), rowOf('worker', 'applicant', 'x', to)],
          events: [],
          policyVersions: [],
          keyRecipients: [],
        });
      }
      case c.standingOverQuery.pattern: {
        const { person: id, from, to } = c.standingOverQuery.input.parse(input);
        const role = id === 'paul' ? 'prevention_adviser' : 'counsellor';
        const spans = [{ role, sites: 'all', home: null, from, to }];
        return ok({ pseudonyms: [`p-${id}`], spans, events: [] });
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
          kept: null,
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

const open = (views: string, over: EventLog = log) => {
  const own = sealing.forService({ classes: ['referral_sent', 'referral_received', 'fingerprints'] });
  return createReferralService(
    {
      service: 'referral',
      log: over,
      sealing: own,
      blobs: createBlobStore({ folder: join(folder, 'copies'), sealing: own }),
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
    { sources: [caseSource], attachments },
  );
};

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
      { handler: 'lies', applicant: 'tom', involved: [], noted: [], excluded: [] },
    ]),
  );
  caseDown = false;
  opened = [];
  fetched = [];
  breaksOff = false;
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

describe('an attachment', () => {
  const withLetter = (organisation = gentia) => sent(organisation, { pickedByWorker: [LETTER] });
  const fileOf = async (referralId: string, organisation = gentia) => {
    const { copies } = await asked(c.receivedReferralQuery, paul(organisation), { referralId });
    const file = copies.find(({ kind }) => kind === 'attachment')?.file;
    if (file === undefined || file === null) throw new Error('no file');
    return file;
  };
  const download = async (caller: Caller, referralId: string, blob: string) => {
    const opening = await service.copies?.get(context(caller), { referralId, blob });
    if (opening === undefined || !opening.ok) return opening?.error.kind;
    const parts: Uint8Array[] = [];
    for await (const part of opening.value.content) parts.push(part);
    return Buffer.concat(parts);
  };
  const stored = () =>
    readdirSync(join(folder, 'copies'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /^[0-9a-f]{64}$/u.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));

  it('goes along with its bytes, sealed anew for the receiver, who alone can fetch them, on record', async () => {
    const files = new Map<OrganisationId, { id: string; blob: string }>();
    for (const organisation of [gentia, zorgnet]) {
      const id = await withLetter(organisation);
      const file = await fileOf(id, organisation);
      expect(file.size).toBe(LETTER_BYTES.length);
      expect(file.blob).not.toBe(LETTER_BLOB);
      expect(await download(paul(organisation), id, file.blob)).toEqual(LETTER_BYTES);
      files.set(organisation, { id, blob: file.blob });
    }
    expect(fetched).toEqual(['gentia lies', 'zorgnet lies']);
    const { id = '', blob = '' } = files.get(gentia) ?? {};
    for (const stranger of [eve(), lies(), tom(), paul(zorgnet), as('boss', 'employer')])
      expect(await download(stranger, id, blob)).toBe('NotFound');
    expect(await download(paul(), id, LETTER_BLOB)).toBe('NotFound');
    expect(await download(paul(), id, files.get(zorgnet)?.blob ?? '')).toBe('NotFound');
    const readings = await history('AccessRecorded');
    expect(readings.filter((event) => JSON.stringify(event).includes('downloaded'))).toHaveLength(2);
    for (const path of stored()) expect(readFileSync(path).includes(SECRET)).toBe(false);
    await sealing.destroy(gentia, `referral_received/${id}`, { by: 'records', reason: 'test', at: clock.now() });
    expect(await download(paul(), id, blob)).toBe('Erased');
    const there = files.get(zorgnet);
    expect(await download(paul(zorgnet), there?.id ?? '', there?.blob ?? '')).toEqual(LETTER_BYTES);
  });

  it('is copied once, however often it is delivered', async () => {
    const referralId = await withLetter();
    const { blob } = await fileOf(referralId);
    await done(c.deliverReferralCommand, lies(), { referralId });
    await done(c.deliverReferralCommand, lies(), { referralId });
    expect(await fileOf(referralId)).toMatchObject({ blob });
    expect(stored()).toHaveLength(1);
    expect(fetched).toHaveLength(1);
  });

  it('that breaks off leaves nothing half delivered; the same command goes through later', async () => {
    const referralId = await prepared(gentia, { pickedByWorker: [LETTER] });
    await agree(referralId);
    const commandId = newCommandId();
    breaksOff = true;
    const failed = await rpc.command(c.sendReferralCommand, context(lies()), { commandId, data: { referralId } });
    expect(failed).toMatchObject({ ok: false, rejection: { kind: 'Unavailable' } });
    expect(await log.readStream(`${receivedCategory}-${gentia}_${referralId}`)).toEqual([]);
    expect(stored()).toEqual([]);
    breaksOff = false;
    await done(c.sendReferralCommand, lies(), { referralId }, commandId);
    expect(await download(paul(), referralId, (await fileOf(referralId)).blob)).toEqual(LETTER_BYTES);
  });

  it('survives a crash between its bytes and the delivery that names them', async () => {
    let crash = true;
    const crashing: EventLog = {
      ...log,
      append: (request) => {
        if (crash && request.stream.startsWith(receivedCategory)) throw new Error('killed');
        return log.append(request);
      },
    };
    const dying = open('dying', crashing);
    await dying.start();
    const referralId = await prepared(gentia, { pickedByWorker: [LETTER] });
    await agree(referralId);
    const commandId = newCommandId();
    expect(
      await rpcOf(dying).command(c.sendReferralCommand, context(lies()), { commandId, data: { referralId } }),
    ).toMatchObject({ ok: false });
    crash = false;
    await dying.stop();
    const [left] = stored();
    expect(stored()).toHaveLength(1);
    await done(c.sendReferralCommand, lies(), { referralId }, commandId);
    expect(stored()).toEqual([left]);
    // What is named stays; what nobody came back for goes after a day.
    const orphan = await prepared(zorgnet, { pickedByWorker: [LETTER] });
    await agree(orphan, zorgnet);
    crash = true;
    const again = open('dying-again', crashing);
    await again.start();
    expect(
      await rpcOf(again).command(c.sendReferralCommand, context(lies(zorgnet)), {
        commandId,
        data: { referralId: orphan },
      }),
    ).toMatchObject({ ok: false });
    await again.stop();
    expect(stored()).toHaveLength(2);
    clock.set('2026-03-05T08:00:00.000Z');
    await service.runTimers();
    expect(stored()).toHaveLength(2);
    clock.set('2026-03-05T09:00:00.000Z');
    await service.runTimers();
    expect(stored()).toEqual([left]);
    expect(await download(paul(), referralId, (await fileOf(referralId)).blob)).toEqual(LETTER_BYTES);
    await done(c.deliverReferralCommand, lies(zorgnet), { referralId: orphan });
    expect(await download(paul(zorgnet), orphan, (await fileOf(orphan, zorgnet)).blob)).toEqual(LETTER_BYTES);
  });

  it('withdrawn before it was fetched is closed, though its entry was seen; fetched it stays', async () => {
    const [seen, taken] = [await withLetter(), await withLetter()];
    const [seenFile, takenFile] = [await fileOf(seen), await fileOf(taken)];
    expect(await download(paul(), taken, takenFile.blob)).toEqual(LETTER_BYTES);
    for (const referralId of [seen, taken]) await done(c.withdrawReferralCommand, tom(), { referralId });
    expect(await download(paul(), seen, seenFile.blob)).toBe('NotFound');
    expect(await download(paul(), taken, takenFile.blob)).toEqual(LETTER_BYTES);
    expect((await asked(c.sentReferralQuery, tom(), { referralId: seen })).readByReceiver).not.toContain(LETTER);
    expect((await asked(c.sentReferralQuery, tom(), { referralId: taken })).readByReceiver).toContain(LETTER);
  });
});

describe('an adviser whom the case excludes after the copies were delivered', () => {
  it('reads, lists and answers nothing of them any more, in that organisation alone', async () => {
    const ids = new Map<OrganisationId, string>();
    for (const organisation of [gentia, zorgnet])
      ids.set(organisation, await sent(organisation, { pickedByWorker: [LETTER] }));
    const referralId = ids.get(gentia) ?? '';
    const { copies } = await asked(c.receivedReferralQuery, paul(), { referralId });
    const blob = copies.find(({ file }) => file !== null)?.file?.blob ?? '';
    cases.get(gentia)?.excluded.push('paul');
    expect(await refusedQuery(c.receivedReferralQuery, paul(), { referralId })).toBe('NotFound');
    expect(await rejected(c.acceptReferralCommand, paul(), { referralId })).toBe('NotFound');
    expect(await rejected(c.declineReferralCommand, paul(), { referralId, reason: 'other' })).toBe('NotFound');
    expect(await service.copies?.get(context(paul()), { referralId, blob })).toMatchObject({
      ok: false,
      error: { kind: 'NotFound' },
    });
    expect((await asked(c.receivedReferralsQuery, paul(), {})).rows).toEqual([]);
    expect(await history('AccessDenied')).toHaveLength(4);
    expect((await asked(c.receivedReferralsQuery, paul(zorgnet), {})).rows).toHaveLength(1);
    expect(await refusedQuery(c.receivedReferralQuery, paul(zorgnet), { referralId: ids.get(zorgnet) ?? '' })).toBe(
      'answered',
    );
  });
});

describe('who could have read a referral', () => {
  it('is not whom its case excluded, while it did, on either side and in that organisation alone', async () => {
    const commandId = newCommandId();
    const ids = new Map<OrganisationId, string>();
    for (const organisation of [gentia, zorgnet]) {
      const referralId = await done(c.prepareReferralCommand, lies(organisation), toPaul, commandId);
      await agree(referralId, organisation);
      await done(c.sendReferralCommand, lies(organisation), { referralId });
      ids.set(organisation, referralId);
    }
    const sentAt = clock.now();
    const to = '2026-03-06T09:00:00.000Z';
    const couldRead = async (organisation: OrganisationId) => {
      const asking = { ...context(serviceCaller('records', organisation)), purpose: 'operate' };
      const asked_ = { record: ids.get(organisation) ?? '', from: '2026-03-01T00:00:00.000Z', to };
      const reply = await rpc.query(c.referralReadersQuery, asking, asked_);
      if (!reply.ok) throw new Error(reply.rejection.kind);
      return reply.value.readers
        .filter(({ role }) => role !== 'worker')
        .map((one) => [one.relation, ...one.pseudonyms, one.from, one.to].join(' '))
        .toSorted();
    };
    const [handler, receiver, sender] = ['handler p-lies', 'receiver p-paul', 'sender p-lies'].map(
      (who) => `${who} ${sentAt}`,
    );
    const all = [`${handler} ${to}`, `${receiver} ${to}`, `${sender} ${to}`];
    const listed = async () => (await asked(c.sentReferralsQuery, lies(), { first: 20 })).rows.length;
    expect(await couldRead(gentia)).toEqual(all);
    expect(await listed()).toBe(1);
    cases.get(gentia)?.excluded.push('paul');
    expect(await couldRead(gentia)).toEqual([all[0], `${receiver} ${EXCLUDED_AT}`, all[2]]);
    cases.get(gentia)?.excluded.push('lies');
    expect(await couldRead(gentia)).toEqual([handler, receiver, sender].map((who) => `${who} ${EXCLUDED_AT}`));
    // Who is kept out of the case does not see in a list either what they sent out of it.
    expect(await listed()).toBe(0);
    expect(await couldRead(zorgnet)).toEqual(all);
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
    const onPaper = { ...click, method: 'paper' as const, holder: 'both' as const, givenOn: '2026-03-03' };
    const elsewhere = { ...onPaper, evidenceBlob: 'c'.repeat(64) };
    // A scan that the case does not have, or has not any more, is no evidence.
    expect(await rejected(c.recordReferralConsentCommand, lies(), elsewhere)).toBe('consent_evidence_not_in_case');
    expect(await rejected(c.recordReferralConsentCommand, lies(), onPaper)).toBe('consent_needs_evidence');
    await done(c.recordReferralConsentCommand, lies(), { ...onPaper, evidenceBlob: SCAN_BLOB });
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
