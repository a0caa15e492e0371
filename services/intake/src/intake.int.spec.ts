import type { Caller, Role } from '@toeverlaat/access';
import {
  acceptRequestCommand,
  authenticateReceiptQuery,
  caseIdOfRequest,
  checkErasureCommands,
  chooseCounsellorCommand,
  designationQuery,
  eraseSubjectCommands,
  excludedCasesQuery,
  exclusionsOverQuery,
  gatewayCaller,
  isExcludedQuery,
  noteHearingCommand,
  ownRequestQuery,
  ownRequestsQuery,
  preventionAdvisersQuery,
  proposeAppointmentsCommand,
  pseudonymsQuery,
  pickAppointmentCommand,
  requestForCaseQuery,
  requestReadersQuery,
  requestQuery,
  requestsQuery,
  sendMessageCommand,
  sendRequestCommand,
  standingOverQuery,
  stepBackCommand,
  takesPartQuery,
  withdrawRequestCommand,
  type CommandReply,
} from '@toeverlaat/contracts';
import {
  clear,
  createCodec,
  encodeMetadata,
  eventType,
  plainText,
  streamName,
  text,
  type Position,
  type SealedValue,
} from '@toeverlaat/event-log';
import { wordingVersion } from '@toeverlaat/legal';
import { InProcessServer } from '@toeverlaat/messaging';
import {
  deriveReceipt,
  newReceiptCode,
  openAsReader,
  openReaderWrap,
  parseReceiptCode,
  verifierOf,
  verifyPromise,
  type ReadableValue,
} from '@toeverlaat/sealing';
import { serviceCaller, type ServiceHandle } from '@toeverlaat/service-kit';
import { contextFor, createTestWorld, enrol, type TestWorld } from '@toeverlaat/testing';
import { newCommandId, organisationId, uuidV5, type OrganisationId } from '@toeverlaat/values';
import { z } from 'zod';
import { NestFactory } from '@nestjs/core';
import 'reflect-metadata';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createIntakeService } from './index.js';

const gentia = organisationId('gentia');
const zorgnet = organisationId('zorgnet');
const MONDAY = '2026-03-02T09:00:00.000Z';

type People = { readonly nora: Caller; readonly lies: Caller; readonly marc: Caller; readonly employer: Caller };

let world: TestWorld;
let intake: ServiceHandle;
let stopNest: () => Promise<void>;
let people: Record<string, People>;
let absent: Set<string>;
/** People whom a case excludes, as the case says. */
let excluded: Set<string>;

const designationOf = (organisation: OrganisationId, id: string) => {
  const person = id.replace('d-', '');
  return {
    designationId: id,
    organisation,
    person,
    home: organisation,
    placement: 'internal',
    sites: ['ghent'],
    languages: ['nl'],
    status: 'active',
    inEffect: true,
    from: '2024-01-01',
    endedOn: null,
    absent: absent.has(id),
    backOn: null,
    pseudonyms: [`${person}2026`],
    successors: [],
  };
};

beforeEach(async () => {
  world = createTestWorld(MONDAY);
  absent = new Set();
  excluded = new Set();
  people = {};
  for (const organisation of [gentia, zorgnet]) {
    const of = (role: Role, person: string) => enrol(world, { organisation, role, person, pseudonym: `${person}2026` });
    people[organisation] = {
      nora: of('worker', 'nora'),
      lies: of('counsellor', 'lies'),
      marc: of('counsellor', 'marc'),
      employer: of('employer', 'boss'),
    };
  }
  world.answer(designationQuery, ({ context, input }) => {
    const { designationId } = input as { designationId: string };
    return ['d-lies', 'd-marc', 'd-nora'].includes(designationId)
      ? { ok: true, value: designationOf(context.caller.organisation, designationId), stale: false }
      : { ok: false, rejection: { kind: 'NotFound' } };
  });
  world.answer(pseudonymsQuery, ({ context }) => ({ ok: true, value: [context.caller.pseudonym], stale: false }));
  world.answer(preventionAdvisersQuery, () => ({ ok: true, value: [], stale: false }));
  world.answer(takesPartQuery, ({ context }) => ({
    ok: true,
    value: { takesPart: context.caller.organisation === zorgnet },
    stale: false,
  }));
  world.answer(isExcludedQuery, ({ context, input }) => {
    const { home, person } = input as { home: string; person: string };
    return {
      ok: true,
      value: { excluded: context.caller.organisation === home && excluded.has(`${home}/${person}`) },
      stale: false,
    };
  });
  world.answer(excludedCasesQuery, ({ context, input }) => {
    const { home, person, records } = excludedCasesQuery.input.parse(input);
    const bound = context.caller.organisation === home && excluded.has(`${home}/${person}`);
    return { ok: true, value: { excluded: bound ? records : [] }, stale: false };
  });
  intake = createIntakeService(world.runtimeOf('intake', ['request', 'person', 'actors', 'fingerprints']), {
    directory: [],
    records: [],
  });
  const nest = await NestFactory.createMicroservice(intake.module, {
    strategy: new InProcessServer(world.exchange),
    logger: false,
  });
  await nest.listen();
  stopNest = () => nest.close();
  await intake.start();
});
afterEach(async () => {
  await stopNest();
  await intake.stop();
  world.dispose();
});

const who = (organisation: OrganisationId): People => {
  const found = people[organisation];
  if (found === undefined) throw new Error(organisation);
  return found;
};
const accepted = (reply: CommandReply) => {
  if (!reply.ok) throw new Error(JSON.stringify(reply.rejection));
  return reply;
};
const settled = async (reply: CommandReply) => {
  const done = accepted(reply);
  if (done.position !== null) expect(await intake.whenSettled(done.position as Position, 5_000)).toBe(true);
  return done;
};
const timers = async () => {
  await intake.runTimers();
  const head = await world.log.head();
  if (head !== undefined) expect(await intake.whenSettled(head, 5_000)).toBe(true);
};

const anonymousReceipt = async () => {
  const code = newReceiptCode('nl');
  const { lookupId, authenticator, publicKey } = await deriveReceipt(code);
  const receipt = {
    lookupId,
    verifier: await verifierOf(authenticator),
    publicKey: Buffer.from(publicKey).toString('base64url'),
  };
  return { receipt, authenticator, code };
};
const anonymous = (organisation: OrganisationId, lookupId?: string): Caller => ({
  role: 'anonymous_worker',
  organisation,
  pseudonym: 'receipt',
  capacityId: 'receipt',
  sites: [],
  ...(lookupId === undefined ? {} : { receipt: { lookupId } }),
});

const form = { site: 'ghent', designationId: 'd-lies', language: 'nl', escalation: 'nobody', wordingVersion } as const;
const sendAs = (
  caller: Caller,
  data: Partial<Parameters<typeof world.rpc.command<typeof sendRequestCommand.data>>[2]['data']> = {},
  commandId = newCommandId(),
) =>
  world.rpc.command(sendRequestCommand, contextFor(caller, 'ask_for_help', commandId), {
    commandId,
    data: { way: 'signed_in', message: 'Ik slaap niet meer.', ...form, ...data },
  });
const value = <T>(
  reply: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly rejection: unknown },
): T => {
  if (!reply.ok) throw new Error(JSON.stringify(reply.rejection));
  return reply.value;
};

describe('a signed-in worker', () => {
  it('is heard through: sends, is read by the one chosen, talks, picks a time', async () => {
    const { nora, lies } = who(gentia);
    const { id } = await settled(await sendAs(nora));
    const list = value(await world.rpc.query(requestsQuery, contextFor(lies, 'handle_case'), {}));
    expect(list.rows).toMatchObject([
      { requestId: id, status: 'waiting', hearingDueOn: '2026-03-12', escalated: false },
    ]);

    expect(
      value(await world.rpc.query(ownRequestQuery, contextFor(nora, 'follow_own_request'), { requestId: id })).released,
    ).toEqual([]);
    const content = value(await world.rpc.query(requestQuery, contextFor(lies, 'hear_worker'), { requestId: id }));
    expect(content).toMatchObject({ message: 'Ik slaap niet meer.', site: 'ghent', conflictWarning: false });
    expect(
      value(await world.rpc.query(ownRequestQuery, contextFor(nora, 'follow_own_request', 2), { requestId: id }))
        .released,
    ).toEqual([{ capacity: 'counsellor', at: MONDAY }]);

    await settled(
      await world.rpc.command(sendMessageCommand, contextFor(lies, 'handle_case'), {
        commandId: newCommandId(),
        data: { requestId: id, words: 'Donderdag om tien uur?' },
      }),
    );
    await settled(
      await world.rpc.command(proposeAppointmentsCommand, contextFor(lies, 'handle_case'), {
        commandId: newCommandId(),
        data: {
          requestId: id,
          options: [{ startsAt: '2026-03-05T09:00:00.000Z', channel: 'phone' }],
          place: 'bureau 12',
        },
      }),
    );
    const mine = value(
      await world.rpc.query(ownRequestQuery, contextFor(nora, 'follow_own_request', 3), { requestId: id }),
    );
    expect(mine.messages).toMatchObject([{ from: 'counsellor', words: 'Donderdag om tien uur?', seen: false }]);
    const [proposal] = mine.proposals;
    expect(proposal?.place).toBe('bureau 12');
    await settled(
      await world.rpc.command(pickAppointmentCommand, contextFor(nora, 'follow_own_request'), {
        commandId: newCommandId(),
        data: { requestId: id, proposalId: proposal?.proposalId ?? '', optionId: proposal?.options[0]?.optionId ?? '' },
      }),
    );
    expect(
      value(await world.rpc.query(ownRequestsQuery, contextFor(nora, 'follow_own_request', 4), {})).rows,
    ).toMatchObject([{ requestId: id }]);
  });

  it('is found by nobody else: not by another counsellor, the employer, or the same names in another organisation', async () => {
    const { id } = await settled(await sendAs(who(gentia).nora));
    for (const stranger of [who(gentia).marc, who(gentia).employer, who(zorgnet).lies, who(zorgnet).nora]) {
      const context = contextFor(stranger, 'handle_case');
      const notFound = { ok: false, rejection: { kind: 'NotFound' } };
      expect(await world.rpc.query(requestQuery, context, { requestId: id })).toEqual(notFound);
      expect(await world.rpc.query(ownRequestQuery, context, { requestId: id })).toEqual(notFound);
      const invented = await world.rpc.query(requestQuery, contextFor(stranger, 'handle_case', 'invented'), {
        requestId: '99999999-9999-4999-8999-999999999999',
      });
      expect(invented).toEqual({ ok: false, rejection: { kind: 'NotFound' } });
    }
    const list = await world.rpc.query(requestsQuery, contextFor(who(zorgnet).lies, 'handle_case'), {});
    expect(value(list).rows).toEqual([]);
  });

  it('finds all own requests, which nothing in the log ties together', async () => {
    const { nora } = who(gentia);
    const ids = [];
    for (let n = 0; n < 3; n += 1) ids.push((await settled(await sendAs(nora))).id);
    await settled(await sendAs(who(zorgnet).nora));
    const rows = value(await world.rpc.query(ownRequestsQuery, contextFor(nora, 'follow_own_request'), {})).rows;
    expect(rows.map((row) => row.requestId).toSorted()).toEqual(ids.toSorted());
    const stored = (await world.log.readAll({ limit: 1000 })).events.map((event) => Buffer.from(event.data).toString());
    const tags = stored.flatMap((data) => /"lookupTag":"([^"]+)"/u.exec(data)?.[1] ?? []);
    expect(new Set(tags).size).toBe(tags.length);
    expect(stored.join('')).not.toContain('nora');
    expect(stored.join('')).not.toContain('slaap');
  });

  it('sends once, however often the phone repeats it, even when the counsellor has left on holiday since', async () => {
    const { nora } = who(gentia);
    const commandId = newCommandId();
    const first = await settled(await sendAs(nora, {}, commandId));
    absent.add('d-lies');
    const again = accepted(await sendAs(nora, {}, commandId));
    expect(again).toMatchObject({ id: first.id, repeated: true });
    expect(await sendAs(nora, { message: 'Iets anders.' }, commandId)).toEqual({
      ok: false,
      rejection: { kind: 'CommandIdReused' },
    });
    expect(await sendAs(nora)).toMatchObject({ ok: false, rejection: { code: 'counsellor_absent' } });
  });
});

describe('an anonymous worker', () => {
  it('comes back with the code, and holds a promise anyone can check', async () => {
    const { receipt, authenticator } = await anonymousReceipt();
    const { id } = await settled(await sendAs(anonymous(gentia), { way: 'anonymous', receipt }));
    const gateway = contextFor({ ...gatewayCaller }, 'operate');
    const right = await world.rpc.query(authenticateReceiptQuery, gateway, {
      lookupId: receipt.lookupId,
      authenticator,
    });
    expect(value(right)).toEqual({ ok: true, organisation: gentia, requestId: id });
    const wrong = await world.rpc.query(authenticateReceiptQuery, gateway, {
      lookupId: receipt.lookupId,
      authenticator: 'f'.repeat(64),
    });
    expect(value(wrong)).toEqual({ ok: false });
    const unknown = await world.rpc.query(authenticateReceiptQuery, gateway, {
      lookupId: '0'.repeat(32),
      authenticator,
    });
    expect(value(unknown)).toEqual({ ok: false });

    const me = anonymous(gentia, receipt.lookupId);
    const own = value(await world.rpc.query(ownRequestQuery, contextFor(me, 'follow_own_request'), { requestId: id }));
    expect(own.promise?.promise.includedBy).toBe('2026-03-03T09:00:00.000Z');
    const { publicKey, ...signed } = own.promise ?? { publicKey: '' };
    expect('promise' in signed && (await verifyPromise(Buffer.from(publicKey, 'base64'), signed))).toBe(true);

    const other = anonymous(gentia, 'a'.repeat(32));
    expect(
      await world.rpc.query(ownRequestQuery, contextFor(other, 'follow_own_request'), { requestId: id }),
    ).toMatchObject({
      rejection: { kind: 'NotFound' },
    });
    expect(await sendAs(anonymous(zorgnet), { way: 'anonymous', receipt })).toMatchObject({
      rejection: { code: 'receipt_in_use' },
    });
  });

  it('is let in by the code until the receipt ends; what was said stays with the counsellor', async () => {
    const gateway = contextFor({ ...gatewayCaller }, 'operate');
    const sent = await Promise.all(
      [gentia, zorgnet].map(async (organisation) => {
        const { receipt, authenticator } = await anonymousReceipt();
        const { id } = await settled(await sendAs(anonymous(organisation), { way: 'anonymous', receipt }));
        const me = anonymous(organisation, receipt.lookupId);
        const enters = async () =>
          value(
            await world.rpc.query(authenticateReceiptQuery, gateway, { lookupId: receipt.lookupId, authenticator }),
          );
        const reads = (n: number) =>
          world.rpc.query(ownRequestQuery, contextFor(me, 'follow_own_request', n), { requestId: id });
        return { organisation, id, me, enters, reads, receipt };
      }),
    );
    const [ended, other] = sent;
    if (ended === undefined || other === undefined) throw new Error('nothing was sent');
    const subject = `request/${ended.id}#receipt`;
    const erase = (caller: Caller) =>
      world.rpc.command(eraseSubjectCommands.intake, contextFor(caller, 'erase'), {
        commandId: newCommandId(),
        data: { erasureId: uuidV5('erasure', ended.id), subject, reason: 'receipt@0' },
      });
    const check = (record: string, reason: string) =>
      world.rpc.command(checkErasureCommands.intake, contextFor(serviceCaller('records', gentia), 'erase'), {
        commandId: newCommandId(),
        data: { subject: record, reason },
      });
    const records = serviceCaller('records', gentia);
    // The code is the only way in while the request lives, and only records orders its end.
    expect(await erase(records)).toMatchObject({ rejection: { code: 'erasure_of_open_record' } });
    // A request that nobody answers goes when its own term is over, and before that on nobody's word.
    const request = `request/${ended.id}`;
    expect(await check(request, 'data_subject_request')).toMatchObject({
      rejection: { code: 'erasure_of_open_record' },
    });
    expect(await check(request, 'retention_rule')).toMatchObject({ ok: true });
    for (const { me, id } of sent)
      await settled(
        await world.rpc.command(withdrawRequestCommand, contextFor(me, 'follow_own_request'), {
          commandId: newCommandId(),
          data: { requestId: id },
        }),
      );
    expect(await erase(serviceCaller('case', gentia))).toMatchObject({ rejection: { kind: 'NotAllowed' } });
    expect(await ended.enters()).toMatchObject({ ok: true });

    await settled(await erase(records));
    await settled(await erase(records));
    expect(await ended.enters()).toEqual({ ok: false });
    // Who came in before it ended is not let on either.
    expect(await ended.reads(7)).toMatchObject({ rejection: { kind: 'NotFound' } });
    expect(await other.enters()).toMatchObject({ ok: true, requestId: other.id });
    expect(await other.reads(8)).toMatchObject({ ok: true });

    const typesOf = async (stream: string) => (await world.log.readStream(stream)).map(({ type }) => type);
    expect(await typesOf(streamName('intake.request', gentia, ended.id))).toContain('intake.ReceiptRevoked.v1');
    const part = await world.log.readStream(streamName('intake.erasurepart', gentia, uuidV5('erasure', ended.id)));
    expect(part.map(({ type }) => type)).toEqual([
      'intake.ErasureBegun.v1',
      'intake.KeyDestroyed.v1',
      'intake.DerivedDataDropped.v1',
    ]);
    const destroyed = JSON.parse(Buffer.from(part[1]?.data ?? []).toString('utf8')) as { keyIds: string[] };
    expect(destroyed.keyIds).toHaveLength(1);
    // What a code was checked with stands sealed in the log, and nothing opens it any more.
    const registered = (await world.log.readStream(streamName('intake.request', gentia, ended.id))).find(
      ({ type }) => type === 'intake.ReceiptRegistered.v2',
    );
    const stored = Buffer.from(registered?.data ?? []).toString('utf8');
    expect(stored).not.toContain(ended.receipt.verifier);
    expect(stored).not.toContain(ended.receipt.publicKey);
    const opened = await world.sealing.open(gentia, [(JSON.parse(stored) as { registered: SealedValue }).registered]);
    expect(opened).toMatchObject([{ kind: 'erased' }]);
  });

  it('opens the replies with the code alone, while the server opens none', async () => {
    for (const organisation of [gentia, zorgnet]) {
      const { receipt, code } = await anonymousReceipt();
      const { lies } = who(organisation);
      const { id } = await settled(await sendAs(anonymous(organisation), { way: 'anonymous', receipt }));
      const me = anonymous(organisation, receipt.lookupId);
      const asMe = (openMyself: boolean, n: number) =>
        world.rpc.query(ownRequestQuery, contextFor(me, 'follow_own_request', n), { requestId: id, openMyself });
      expect(value(await asMe(true, 1))).toMatchObject({ messages: [], replyKey: null });

      const words = `Donderdag om tien uur, ${organisation}.`;
      for (const [from, said] of [
        [lies, words],
        [me, 'Goed.'],
      ] as const)
        await settled(
          await world.rpc.command(sendMessageCommand, contextFor(from, 'handle_case'), {
            commandId: newCommandId(),
            data: { requestId: id, words: said },
          }),
        );
      const sealed = value(await asMe(true, 2));
      expect(JSON.stringify(sealed)).not.toContain('Donderdag');
      expect(sealed.messages.map((message) => message.words)).toEqual([null, null]);

      // Everything from here on is what a browser does: the code as it was written down, and what came over the wire.
      const typed = parseReceiptCode(code.letters);
      if (!typed.ok || sealed.replyKey === null) throw new Error('no key');
      const { privateKey } = await deriveReceipt(typed.value);
      const key = await openReaderWrap(privateKey, sealed.replyKey);
      if (key === undefined) throw new Error('not wrapped for this code');
      const opened = await Promise.all(
        sealed.messages.map(({ sealed: stored }) =>
          stored === null ? undefined : openAsReader(key, JSON.parse(stored) as ReadableValue),
        ),
      );
      expect(opened).toEqual([words, 'Goed.']);

      // The key opens the conversation and nothing else of what stands in the log.
      const rest = (await world.log.readAll({ limit: 1_000 })).events
        .filter((event) => event.stream.endsWith(id) && event.type !== 'intake.MessageSent.v2')
        .flatMap((event) => Object.values(JSON.parse(Buffer.from(event.data).toString()) as Record<string, unknown>))
        .filter((field) => typeof field === 'object' && field !== null && 'ct' in field);
      expect(rest.length).toBeGreaterThan(3);
      for (const field of rest) expect(await openAsReader(key, field as ReadableValue)).toBeUndefined();
      const stranger = await deriveReceipt(newReceiptCode('nl'));
      expect(await openReaderWrap(stranger.privateKey, sealed.replyKey)).toBeUndefined();

      // Who asks as before is shown the words as before; so is the counsellor.
      expect(value(await asMe(false, 3)).messages.map((message) => message.words)).toEqual([words, 'Goed.']);
      const theirs = value(await world.rpc.query(requestQuery, contextFor(lies, 'handle_case'), { requestId: id }));
      expect(theirs.messages.map((message) => message.words)).toEqual([words, 'Goed.']);
    }
  });

  it('reads messages of the first version as before, and is given no key for what that key would not open', async () => {
    const { receipt } = await anonymousReceipt();
    const { lies } = who(gentia);
    const { id } = await settled(await sendAs(anonymous(gentia), { way: 'anonymous', receipt }));
    const me = anonymous(gentia, receipt.lookupId);
    const stream = streamName('intake.conversation', gentia, id);
    const first = eventType('intake', 'MessageSent', 1, {
      messageId: clear(z.string()),
      from: clear(z.string()),
      sender: clear(z.string()),
      words: text(20_000),
    });
    const codec = createCodec({ events: [first], recordSubject: (streamId) => `request/${streamId}` });
    const commandId = newCommandId();
    const encoded = await codec.encode(world.sealing, { organisation: gentia, stream, streamId: id, commandId }, [
      {
        type: 'MessageSent',
        data: { messageId: commandId, from: 'counsellor', sender: 'lies2026', words: plainText('Van vroeger.') },
      },
    ]);
    if (!encoded.ok) throw new Error(encoded.error.kind);
    const [message] = encoded.value;
    if (message === undefined) throw new Error('nothing encoded');
    const metadata = encodeMetadata({
      v: 1,
      eventId: message.eventId,
      type: message.type,
      organisation: gentia,
      recordedAt: MONDAY,
      actor: { pseudonym: 'lies2026', capacity: 'counsellor' },
      purpose: 'handle_case',
      commandId,
      fingerprint: 'old',
      correlationId: commandId,
      causationId: commandId,
      policyVersion: '2026-1',
      lawVersion: '2026-1',
    });
    const appended = await world.log.append({
      organisation: gentia,
      stream,
      expected: 'none',
      events: [{ ...message, metadata }],
    });
    expect(appended.ok).toBe(true);
    const ask = (n: number) =>
      world.rpc.query(ownRequestQuery, contextFor(me, 'follow_own_request', n), { requestId: id, openMyself: true });
    expect(value(await ask(1))).toMatchObject({ messages: [{ words: 'Van vroeger.', sealed: null }], replyKey: null });
    await settled(
      await world.rpc.command(sendMessageCommand, contextFor(lies, 'handle_case'), {
        commandId: newCommandId(),
        data: { requestId: id, words: 'Van nu.' },
      }),
    );
    const both = value(await ask(2));
    expect(both.messages.map((one) => [one.words, one.sealed === null])).toEqual([
      ['Van vroeger.', true],
      [null, false],
    ]);
    expect(both.replyKey).not.toBeNull();
  });

  it('who is signed in or registered something that is no key is served as before', async () => {
    const { nora, lies } = who(gentia);
    const { receipt } = await anonymousReceipt();
    const broken = { ...receipt, publicKey: 'k'.repeat(40) };
    const cases = [
      { caller: nora, sent: await settled(await sendAs(nora)) },
      {
        caller: anonymous(gentia, receipt.lookupId),
        sent: await settled(await sendAs(anonymous(gentia), { way: 'anonymous', receipt: broken })),
      },
    ];
    for (const { caller, sent } of cases) {
      await settled(
        await world.rpc.command(sendMessageCommand, contextFor(lies, 'handle_case'), {
          commandId: newCommandId(),
          data: { requestId: sent.id, words: 'Dag.' },
        }),
      );
      const own = await world.rpc.query(ownRequestQuery, contextFor(caller, 'follow_own_request', sent.id), {
        requestId: sent.id,
        openMyself: true,
      });
      expect(value(own)).toMatchObject({ messages: [{ words: 'Dag.', sealed: null }], replyKey: null });
    }
  });

  it('is asked for no name, and may not claim an account', async () => {
    const { receipt } = await anonymousReceipt();
    expect(await sendAs(anonymous(gentia), { way: 'signed_in', receipt })).toMatchObject({
      rejection: { field: 'way' },
    });
    expect(await sendAs(who(gentia).nora, { way: 'anonymous', receipt })).toMatchObject({
      rejection: { field: 'way' },
    });
  });
});

describe('ten days, of which nobody uses one (scenario 2)', () => {
  it('tell the worker first, then the one named, without a word of content', async () => {
    const { nora, marc } = who(gentia);
    const { id } = await settled(
      await sendAs(nora, { escalation: 'second_counsellor', secondDesignationId: 'd-marc' }),
    );
    world.clock.set('2026-03-10T06:00:00.000Z');
    await timers();
    const afterFirst = value(
      await world.rpc.query(ownRequestQuery, contextFor(nora, 'follow_own_request'), { requestId: id }),
    );
    expect(afterFirst.warnings.map((warning) => warning.kind)).toEqual(['time_running_short']);
    expect(value(await world.rpc.query(requestsQuery, contextFor(marc, 'watch_term'), {})).rows).toEqual([]);
    await timers();
    await timers();
    world.clock.set('2026-03-13T06:00:00.000Z');
    await timers();
    expect(value(await world.rpc.query(requestsQuery, contextFor(marc, 'watch_term'), {})).rows).toMatchObject([
      { requestId: id, escalated: true, hearing: 'missed' },
    ]);
    expect(await world.rpc.query(requestQuery, contextFor(marc, 'watch_term'), { requestId: id })).toMatchObject({
      rejection: { kind: 'NotAllowed' },
    });
    const end = value(
      await world.rpc.query(ownRequestQuery, contextFor(nora, 'follow_own_request', 9), { requestId: id }),
    );
    expect(end.warnings.map((warning) => warning.kind)).toEqual(['time_running_short', 'escalated', 'term_missed']);
  });

  it('tell nobody whom the case of an accepted request excludes, and end what was seen of it', async () => {
    // Equal ids: in gentia he has a conflict of interest, in zorgnet not yet.
    excluded.add('gentia/marc');
    const ids = new Map<OrganisationId, string>();
    for (const organisation of [gentia, zorgnet]) {
      const { nora, lies } = who(organisation);
      const { id } = await settled(
        await sendAs(nora, { escalation: 'second_counsellor', secondDesignationId: 'd-marc' }),
      );
      ids.set(organisation, id);
      await settled(
        await world.rpc.command(acceptRequestCommand, contextFor(lies, 'handle_case'), {
          commandId: newCommandId(),
          data: { requestId: id },
        }),
      );
    }
    world.clock.set('2026-03-10T06:00:00.000Z');
    await timers();
    await timers();
    const warnedIn = async (organisation: OrganisationId) =>
      value(
        await world.rpc.query(ownRequestQuery, contextFor(who(organisation).nora, 'follow_own_request'), {
          requestId: ids.get(organisation) ?? '',
        }),
      ).warnings.map(({ kind }) => kind);
    expect(await warnedIn(gentia)).toEqual(['time_running_short', 'nobody_to_tell']);
    expect(await warnedIn(zorgnet)).toEqual(['time_running_short', 'escalated']);
    const { marc } = who(zorgnet);
    const seen = async (): Promise<readonly string[]> =>
      value(await world.rpc.query(requestsQuery, contextFor(marc, 'watch_term'), {})).rows.map((row) => row.requestId);
    const requestId = ids.get(zorgnet) ?? '';
    const opening = () => world.rpc.query(requestQuery, contextFor(marc, 'watch_term'), { requestId });
    expect(await seen()).toEqual([requestId]);
    expect(await opening()).toMatchObject({ rejection: { kind: 'NotAllowed' } });
    excluded.add('zorgnet/marc');
    expect(await seen()).toEqual([]);
    expect(await opening()).toEqual({ ok: false, rejection: { kind: 'NotFound' } });
  });

  it('keep the handler out too whom the case excludes, live as in the replay', async () => {
    const ids = new Map<OrganisationId, string>();
    const commandId = newCommandId();
    for (const organisation of [gentia, zorgnet]) {
      const { id } = await settled(await sendAs(who(organisation).nora, {}, commandId));
      ids.set(organisation, id);
      await settled(
        await world.rpc.command(acceptRequestCommand, contextFor(who(organisation).lies, 'handle_case'), {
          commandId: newCommandId(),
          data: { requestId: id },
        }),
      );
    }
    let n = 0;
    const asLies = (organisation: OrganisationId) => contextFor(who(organisation).lies, 'handle_case', (n += 1));
    const opening = async (organisation: OrganisationId) => {
      const requestId = ids.get(organisation) ?? '';
      const answer = await world.rpc.query(requestQuery, asLies(organisation), { requestId });
      return answer.ok ? 'read' : answer.rejection.kind;
    };
    const listed = async (organisation: OrganisationId) =>
      value(await world.rpc.query(requestsQuery, asLies(organisation), {})).rows.map((row) => row.requestId);
    const writing = (organisation: OrganisationId) =>
      world.rpc.command(stepBackCommand, asLies(organisation), {
        commandId: newCommandId(),
        data: { requestId: ids.get(organisation) ?? '', ground: 'conflict_of_interest' },
      });
    for (const organisation of [gentia, zorgnet]) {
      expect(await opening(organisation)).toBe('read');
      expect(await listed(organisation)).toEqual([ids.get(organisation)]);
    }
    excluded.add('gentia/lies');
    expect(await opening(gentia)).toBe('NotFound');
    expect(await listed(gentia)).toEqual([]);
    expect(await writing(gentia)).toMatchObject({ ok: false, rejection: { kind: 'NotFound' } });
    expect(await opening(zorgnet)).toBe('read');
    expect(await listed(zorgnet)).toEqual([ids.get(zorgnet)]);
    // A case that cannot be asked is no leave to read.
    world.exchange.unregister(isExcludedQuery.pattern);
    expect(await opening(zorgnet)).toBe('Unavailable');

    const excludedAt = '2026-03-11T06:00:00.000Z';
    const to = '2026-03-12T06:00:00.000Z';
    world.answer(standingOverQuery, ({ input }) => {
      const { person, from, to: until } = standingOverQuery.input.parse(input);
      const spans = [{ role: 'counsellor', sites: 'all', home: null, from, to: until }];
      return { ok: true, value: { pseudonyms: [`${person}2026`], spans, events: [] }, stale: false };
    });
    world.answer(exclusionsOverQuery, ({ input }) => {
      const asked = exclusionsOverQuery.input.parse(input);
      const spans = asked.people
        .filter(({ home, person }) => excluded.has(`${home}/${person}`))
        .map((one) => ({ ...one, from: excludedAt, to: asked.to }));
      return { ok: true, value: { spans }, stale: false };
    });
    const handlers = async (organisation: OrganisationId) =>
      value(
        await world.rpc.query(requestReadersQuery, contextFor(serviceCaller('records', organisation), 'operate'), {
          record: ids.get(organisation) ?? '',
          from: MONDAY,
          to,
        }),
      )
        .readers.filter(({ relation }) => relation === 'handler')
        .map((one) => one.to);
    expect(await handlers(gentia)).toEqual([excludedAt]);
    expect(await handlers(zorgnet)).toEqual([to]);
  });

  it('name as one who could have read whoever was told, until the case excluded them', async () => {
    const commandId = newCommandId();
    const requests = new Map<OrganisationId, string>();
    for (const organisation of [gentia, zorgnet]) {
      const { nora, lies } = who(organisation);
      const second = { escalation: 'second_counsellor', secondDesignationId: 'd-marc' } as const;
      const { id } = await settled(await sendAs(nora, second, commandId));
      requests.set(organisation, id);
      await settled(
        await world.rpc.command(acceptRequestCommand, contextFor(lies, 'handle_case'), {
          commandId: newCommandId(),
          data: { requestId: id },
        }),
      );
    }
    const toldAt = '2026-03-10T06:00:00.000Z';
    world.clock.set(toldAt);
    await timers();
    await timers();
    const excludedAt = '2026-03-11T06:00:00.000Z';
    const to = '2026-03-12T06:00:00.000Z';
    world.answer(standingOverQuery, ({ input }) => {
      const { person, from, to: until } = standingOverQuery.input.parse(input);
      const spans = [{ role: 'counsellor', sites: 'all', home: null, from, to: until }];
      return { ok: true, value: { pseudonyms: [`${person}2026`], spans, events: [] }, stale: false };
    });
    world.answer(exclusionsOverQuery, ({ context, input }) => {
      const asked = exclusionsOverQuery.input.parse(input);
      const { organisation, capacityId } = context.caller;
      const own = asked.caseId === caseIdOfRequest(organisation, requests.get(organisation) ?? '');
      if (capacityId !== 'service-intake' || !own) return { ok: false, rejection: { kind: 'NotFound' } };
      const spans = asked.people
        .filter(({ home, person }) => excluded.has(`${home}/${person}`))
        .map((one) => ({ ...one, from: excludedAt, to: asked.to }));
      return { ok: true, value: { spans }, stale: false };
    });
    const backups = async (organisation: OrganisationId) =>
      value(
        await world.rpc.query(requestReadersQuery, contextFor(serviceCaller('records', organisation), 'operate'), {
          record: requests.get(organisation) ?? '',
          from: MONDAY,
          to,
        }),
      )
        .readers.filter(({ relation }) => relation === 'backup_named')
        .map((one) => [...one.pseudonyms, one.from, one.to].join(' '));
    expect(await backups(gentia)).toEqual([`marc2026 ${toldAt} ${to}`]);
    excluded.add('gentia/marc');
    expect(await backups(gentia)).toEqual([`marc2026 ${toldAt} ${excludedAt}`]);
    expect(await backups(zorgnet)).toEqual([`marc2026 ${toldAt} ${to}`]);
  });

  it('tell nobody when the one named is the applicant, and say so', async () => {
    const { nora } = who(gentia);
    const { id } = await settled(
      await sendAs(nora, { escalation: 'second_counsellor', secondDesignationId: 'd-nora' }),
    );
    world.clock.set('2026-03-10T06:00:00.000Z');
    await timers();
    await timers();
    const own = value(
      await world.rpc.query(ownRequestQuery, contextFor(nora, 'follow_own_request'), { requestId: id }),
    );
    expect(own.warnings.map((warning) => warning.kind)).toEqual(['time_running_short', 'nobody_to_tell']);
  });
});

describe('the counsellor', () => {
  it('is told when a warning cannot be given, and reads the request all the same', async () => {
    const { nora, lies } = who(gentia);
    const { id } = await settled(await sendAs(nora));
    world.exchange.unregister(takesPartQuery.pattern);
    const content = value(await world.rpc.query(requestQuery, contextFor(lies, 'hear_worker'), { requestId: id }));
    expect(content).toMatchObject({ message: 'Ik slaap niet meer.', conflictWarning: null });
  });

  it('steps back without a word why, and the worker chooses another', async () => {
    const { nora, lies, marc } = who(zorgnet);
    const { id } = await settled(await sendAs(nora));
    expect(
      value(await world.rpc.query(requestQuery, contextFor(lies, 'hear_worker'), { requestId: id })).conflictWarning,
    ).toBe(true);
    await settled(
      await world.rpc.command(stepBackCommand, contextFor(lies, 'handle_case'), {
        commandId: newCommandId(),
        data: { requestId: id, ground: 'conflict_of_interest' },
      }),
    );
    expect(await world.rpc.query(requestQuery, contextFor(lies, 'hear_worker', 2), { requestId: id })).toMatchObject({
      rejection: { kind: 'NotFound' },
    });
    await settled(
      await world.rpc.command(chooseCounsellorCommand, contextFor(nora, 'choose_counsellor'), {
        commandId: newCommandId(),
        data: { requestId: id, designationId: 'd-marc' },
      }),
    );
    expect(value(await world.rpc.query(requestsQuery, contextFor(marc, 'handle_case'), {})).rows).toMatchObject([
      { requestId: id },
    ]);
    const log = (await world.log.readAll({ limit: 1000 })).events
      .map((event) => Buffer.from(event.data).toString())
      .join('');
    expect(log).not.toContain('conflict_of_interest');
  });

  it('accepts; then the case service alone may fetch what the case takes over, and report back', async () => {
    const { nora, lies } = who(gentia);
    const { id } = await settled(await sendAs(nora));
    const byCase = contextFor(serviceCaller('case', gentia), 'reaction');
    expect(await world.rpc.query(requestForCaseQuery, byCase, { requestId: id })).toMatchObject({
      rejection: { kind: 'NotFound' },
    });
    await settled(
      await world.rpc.command(acceptRequestCommand, contextFor(lies, 'handle_case'), {
        commandId: newCommandId(),
        data: { requestId: id },
      }),
    );
    expect(value(await world.rpc.query(requestForCaseQuery, byCase, { requestId: id }))).toMatchObject({
      handler: 'lies2026',
      person: 'nora',
      site: 'ghent',
    });
    expect(
      await world.rpc.query(requestForCaseQuery, contextFor(lies, 'handle_case'), { requestId: id }),
    ).toMatchObject({
      rejection: { kind: 'NotFound' },
    });
    const note = { commandId: newCommandId(), data: { requestId: id, state: 'heard' } } as const;
    expect(await world.rpc.command(noteHearingCommand, contextFor(lies, 'handle_case'), note)).toMatchObject({
      rejection: { kind: 'NotFound' },
    });
    await settled(await world.rpc.command(noteHearingCommand, byCase, note));
    world.clock.set('2026-03-20T06:00:00.000Z');
    await timers();
    const own = value(
      await world.rpc.query(ownRequestQuery, contextFor(nora, 'follow_own_request'), { requestId: id }),
    );
    expect(own).toMatchObject({ hearing: 'heard', warnings: [] });
  });
});
