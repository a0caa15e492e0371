import type { Caller, Role } from '@toeverlaat/access';
import * as c from '@toeverlaat/contracts';
import type { CommandReply } from '@toeverlaat/contracts';
import type { Position } from '@toeverlaat/event-log';
import type { PublicEventSource } from '@toeverlaat/messaging';
import { serviceCaller } from '@toeverlaat/service-kit';
import { contextFor, createTestWorld, enrol, type TestWorld } from '@toeverlaat/testing';
import { err, newCommandId, ok, organisationId, type EventId, type OrganisationId } from '@toeverlaat/values';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { output, ZodType, input } from 'zod';
import { createCaseService, type CountedFact } from './index.js';

const gentia = organisationId('gentia');
const zorgnet = organisationId('zorgnet');
const organisations = [gentia, zorgnet] as const;
const MONDAY = '2026-03-02T09:00:00.000Z';
const BLOB = 'b'.repeat(64);
const names: Record<string, string> = { lies: 'Lies Janssens', an: 'An De Smet', yasmine: 'Yasmine El Amrani' };

type People = Readonly<
  Record<'lies' | 'an' | 'yasmine' | 'boss' | 'bossAsCounsellor' | 'auditor' | 'employer' | 'adviser', Caller>
>;

let world: TestWorld;
let service: ReturnType<typeof createCaseService>;
let people: Map<OrganisationId, People>;
let facts: CountedFact[];
let ended: Set<string>;
let told: unknown[];

/** A public event of another service, as its bytes in the log stand for it. */
const foreign = (category: string, type: string): PublicEventSource => ({
  category,
  types: new Map([[type, 1]]),
  publish: (recorded) => ({
    eventId: recorded.eventId,
    type,
    organisation: recorded.organisation,
    stream: recorded.stream,
    streamId: recorded.stream.slice(recorded.stream.indexOf('_') + 1),
    revision: recorded.revision,
    recordedAt: MONDAY,
    correlationId: randomUUID(),
    data: {},
  }),
});
const happens = async (organisation: OrganisationId, category: string, id: string): Promise<string> => {
  const eventId = randomUUID() as EventId;
  const appended = await world.log.append({
    organisation,
    stream: `${category}-${organisation}_${id}`,
    expected: 'any',
    events: [{ eventId, type: 'x.Y.v1', metadata: Buffer.from('{}'), data: Buffer.from('{}') }],
  });
  if (!appended.ok) throw new Error(appended.error.kind);
  expect(await service.whenSettled(appended.value.position, 5_000)).toBe(true);
  return eventId;
};

beforeEach(async () => {
  world = createTestWorld(MONDAY);
  facts = [];
  ended = new Set();
  told = [];
  people = new Map(
    organisations.map((organisation) => {
      const of = (role: Role, person: string, pseudonym = `${person}2026`) =>
        enrol(world, { organisation, role, person, pseudonym });
      return [
        organisation,
        {
          lies: of('counsellor', 'lies'),
          an: of('counsellor', 'an'),
          yasmine: of('worker', 'yasmine'),
          boss: { ...of('worker', 'boss'), role: 'participant' as const },
          bossAsCounsellor: of('counsellor', 'boss'),
          auditor: of('auditor', 'tom'),
          employer: of('employer', 'karel'),
          adviser: enrol(world, {
            organisation,
            role: 'prevention_adviser',
            person: 'paul',
            pseudonym: 'paul2026',
            home: organisationId('extern'),
          }),
        },
      ];
    }),
  );
  const answer = (value: unknown) => ({ ok: true, value, stale: false });
  world.answer(c.pseudonymsQuery, ({ context }) => answer([context.caller.pseudonym]));
  world.answer(c.organisationProfileQuery, ({ context }) =>
    answer({
      organisation: context.caller.organisation,
      kind: 'employer',
      legalName: 'Gentia NV',
      regime: 'dutch',
      sites: [
        { siteId: 'ghent', name: 'Gent', place: 'Gent', regime: 'dutch', languages: ['nl'] },
        { siteId: 'liege', name: 'Luik', place: 'Liège', regime: 'french', languages: ['fr'] },
      ],
      workers: null,
      consultationBody: null,
      preventionAdviser: null,
      settings: { writtenMessagesCount: false, smallCellThreshold: 5, smallestReleaseMonths: 3 },
      workingHours: [],
      predecessors: [],
      successors: [],
    }),
  );
  world.answer(c.personNamesQuery, ({ input: asked }) =>
    answer(
      (asked as { people: { home: string; person: string }[] }).people.map(({ home, person }) => ({
        home,
        person,
        name: names[person] ?? null,
      })),
    ),
  );
  world.answer(c.designationQuery, ({ context, input: asked }) => {
    const { designationId } = asked as { designationId: string };
    const person = designationId.replace('d-', '');
    return answer({
      designationId,
      organisation: context.caller.organisation,
      person,
      home: context.caller.organisation,
      placement: 'internal',
      sites: ['ghent'],
      languages: ['nl'],
      status: 'active',
      inEffect: !ended.has(designationId),
      from: '2024-01-01',
      endedOn: null,
      absent: false,
      backOn: null,
      pseudonyms: [`${person}2026`],
      successors: person === 'lies' ? ['d-an'] : [],
    });
  });
  world.answer(c.designationsOfQuery, () => answer([]));
  world.answer(c.requestForCaseQuery, ({ input: asked }) =>
    answer({
      requestId: (asked as { requestId: string }).requestId,
      handler: 'lies2026',
      designationId: 'd-lies',
      applicantParticipantId: '11111111-1111-4111-8111-111111111111',
      way: 'anonymous',
      site: 'ghent',
      firstContactOn: '2026-03-01',
      person: null,
      name: null,
      language: 'nl',
      kindOfFacts: 'bullying',
      message: 'Ze lachen me uit.',
      receipt: { lookupId: 'look-up', publicKey: 'public-key' },
    }),
  );
  const note = (def: c.CommandDef) =>
    world.answer(def, (message) => {
      told.push([def.pattern, message.data]);
      return { ok: true, id: 'x', revision: 0, position: null, repeated: false };
    });
  note(c.noteHearingCommand);
  note(c.noteCaseClosedCommand);
  note(c.followHandlerCommand);
  service = createCaseService(
    world.runtimeOf('case', ['case', 'advice', 'third_party_entry', 'actors', 'fingerprints']),
    {
      intake: [foreign('intake.request', 'intake.RequestAccepted')],
      directory: [foreign('directory.designation', 'directory.DesignationEnded')],
      records: [],
      deliverFacts: (_organisation, batch) => {
        facts.push(...batch);
        return Promise.resolve(ok(undefined));
      },
    },
  );
  world.serve(service.served);
  await service.start();
});
afterEach(async () => {
  await service.stop();
  world.dispose();
});

const who = (organisation: OrganisationId = gentia): People => {
  const found = people.get(organisation);
  if (found === undefined) throw new Error(organisation);
  return found;
};
const day = (date: string) => world.clock.set(`${date}T09:00:00.000Z`);
const send = <I extends ZodType>(
  caller: Caller,
  def: c.CommandDef<I>,
  data: input<I>,
  commandId: string = newCommandId(),
  expectedRevision?: number,
): Promise<CommandReply> =>
  world.rpc.command(def, contextFor(caller, 'handle_case', commandId), { commandId, data, expectedRevision });
const done = async (reply: CommandReply | Promise<CommandReply>) => {
  const answer = await reply;
  if (!answer.ok) throw new Error(JSON.stringify(answer.rejection));
  if (answer.position !== null) expect(await service.whenSettled(answer.position as Position, 5_000)).toBe(true);
  return answer;
};
const ask = async <I extends ZodType, O extends ZodType>(
  caller: Caller,
  def: c.QueryDef<I, O>,
  asked: input<I>,
): Promise<output<O>> => {
  const reply = await world.rpc.query(def, contextFor(caller, 'handle_case', newCommandId()), asked);
  if (!reply.ok) throw new Error(JSON.stringify(reply.rejection));
  return reply.value;
};
const refusedQuery = async <I extends ZodType, O extends ZodType>(
  caller: Caller,
  def: c.QueryDef<I, O>,
  asked: input<I>,
) => {
  const reply = await world.rpc.query(def, contextFor(caller, 'handle_case', newCommandId()), asked);
  return reply.ok ? reply.value : reply.rejection;
};
const typesInLog = async () => (await world.log.readAll({ limit: 10_000 })).events.map((event) => event.type);

const openYasmine = (caller: Caller, commandId: string = newCommandId()) =>
  done(
    send(
      caller,
      c.openCaseCommand,
      {
        identity: 'account',
        applicant: 'yasmine' as output<typeof c.personIdSchema>,
        site: 'ghent',
        firstContactOn: '2026-03-02',
        language: 'nl',
        kindOfFacts: 'workload',
        summary: 'CANARY-summary',
      },
      commandId,
    ),
  );
/** A scan, put into the case: its blob. */
const scan = async (caller: Caller, caseId: string): Promise<string> => {
  const commandId = newCommandId();
  const stored = await service.attachments.gateway.put(contextFor(caller, 'handle_case', commandId), {
    commandId,
    caseId,
    mediaType: 'application/pdf',
    content: (async function* () {
      yield Buffer.from('%PDF-1.7 a scan');
    })(),
  });
  if (!stored.ok) throw new Error(JSON.stringify(stored.error));
  return stored.value.blob;
};
/** Scenario 4 up to both signatures: the participant's and the document's ids. */
const signed = async (caller: Caller, caseId: string) => {
  day('2026-03-05');
  await done(send(caller, c.recordContactCommand, contactData(caseId)));
  await done(
    send(caller, c.addParticipantCommand, {
      caseId,
      role: 'directly_involved',
      capacity: 'line_manager',
      person: 'boss' as output<typeof c.personIdSchema>,
      name: 'Bart Boss',
    }),
  );
  const [participant] = (await ask(caller, c.caseByIdQuery, { caseId })).participants;
  const participantId = participant?.participantId ?? '';
  await done(
    send(caller, c.agreeTellingCommand, { caseId, participantId, agreedOn: '2026-03-05', words: 'The load doubled.' }),
  );
  await done(
    send(caller, c.chooseInformalTypeCommand, {
      caseId,
      informalType: 'intervention_with_another_person',
      chosenOn: '2026-03-05',
    }),
  );
  await done(send(caller, c.prepareInformalDocumentCommand, { caseId, madeOn: '2026-03-05' }));
  const content = await ask(caller, c.caseByIdQuery, { caseId });
  const [document] = content.documents;
  if (document === undefined) throw new Error('no document');
  for (const signer of ['counsellor', 'applicant'] as const)
    await done(
      send(caller, c.signDocumentCommand, {
        caseId,
        documentId: document.documentId,
        signer,
        documentHash: document.documentHash,
        signedOn: '2026-03-05',
        method: 'paper',
        holder: 'counsellor',
        evidenceBlob: await scan(caller, caseId),
      }),
    );
  const pointId = content.participants[0]?.points[0]?.pointId ?? '';
  return { participantId, documentId: document.documentId, pointId };
};
const contactData = (caseId: string) => ({
  caseId,
  heldOn: '2026-03-05',
  channel: 'in_person' as const,
  durationMinutes: 50,
  riskSources: ['content' as const],
  optionsExplained: ['informal_advice' as const],
  language: 'nl' as const,
  topic: 'CANARY-topic',
  isHearing: true,
});

describe.each(organisations)('a case of %s', (organisation) => {
  it('is opened on a phone, heard, closed; the desk follows', async () => {
    const { lies } = who(organisation);
    const { id: caseId } = await done(
      send(lies, c.openCaseCommand, {
        identity: 'anonymous',
        site: 'ghent',
        firstContactOn: '2026-03-01',
        language: 'nl',
      }),
    );
    const desk = await ask(lies, c.deskQuery, { queue: 'hear' });
    expect(desk.rows).toMatchObject([
      { caseId, hearing: 'due', hearingDueOn: '2026-03-11', flags: ['hear_within_term'], site: 'ghent' },
    ]);
    day('2026-03-05');
    await done(send(lies, c.recordContactCommand, contactData(caseId)));
    await done(send(lies, c.recordOutcomeCommand, { caseId, outcome: 'resolved', recordedFor: '2026-03-05' }));
    await done(send(lies, c.closeCaseCommand, { caseId, closedOn: '2026-03-05' }));
    expect((await ask(lies, c.deskQuery, {})).rows).toEqual([]);
    expect((await ask(lies, c.deskQuery, { queue: 'closed' })).rows).toMatchObject([
      { caseId, status: 'closed', hearing: 'met' },
    ]);
    const content = await ask(lies, c.caseByIdQuery, { caseId });
    expect(content).toMatchObject({
      status: 'closed',
      outcome: 'resolved',
      hearing: 'met',
      contacts: [{ topic: 'CANARY-topic' }],
    });
    expect(content.hearingWhy).toContain('10');
    const timeline = await ask(lies, c.caseTimelineQuery, { caseId });
    expect(timeline.map(({ what }) => what)).toEqual([
      'CaseOpened',
      'ContactRecorded',
      'HearingHeld',
      'OutcomeRecorded',
      'CaseClosed',
    ]);
    expect(timeline[1]).toMatchObject({
      occurredOn: '2026-03-05',
      recordedAt: '2026-03-05T09:00:00.000Z',
      by: 'counsellor',
    });
  });

  it('discloses only what was agreed, after both signatures (scenario 4)', async () => {
    const { lies, yasmine, boss } = who(organisation);
    const { id: caseId } = await openYasmine(lies);
    const { participantId, documentId, pointId } = await signed(lies, caseId);
    expect((await ask(lies, c.deskQuery, {})).rows[0]?.flags).toEqual(['copy_not_given']);
    expect((await ask(lies, c.caseByIdQuery, { caseId })).flags).toEqual(['copy_not_given']);
    await done(
      send(lies, c.giveDocumentCopyCommand, { caseId, documentId, givenOn: '2026-03-05', way: 'handed_over' }),
    );

    const tell = (pointIds: string[]) =>
      send(lies, c.tellParticipantCommand, {
        caseId,
        participantId,
        pointIds,
        toldOn: '2026-03-05',
        channel: 'in_person',
        words: 'The load doubled.',
      });
    expect(await refusedQuery(boss, c.participantViewQuery, { caseId })).toEqual({ kind: 'NotFound' });
    expect(await tell([randomUUID()])).toMatchObject({ rejection: { code: 'only_agreed_points_may_be_told' } });
    await done(tell([pointId]));
    expect((await ask(boss, c.participantViewQuery, { caseId })).told).toMatchObject([{ words: 'The load doubled.' }]);
    expect(await refusedQuery(boss, c.caseByIdQuery, { caseId })).toEqual({ kind: 'NotFound' });

    const own = await ask(yasmine, c.applicantViewQuery, { caseId });
    expect(own).toMatchObject({ status: 'open', hearing: 'met', documents: [{ copies: [{ way: 'handed_over' }] }] });
    const copy = await ask(yasmine, c.caseDocumentQuery, { caseId, documentId });
    expect(Buffer.from(copy.pdf, 'base64').subarray(0, 5).toString()).toBe('%PDF-');
    expect(copy.pdf).toBe((await ask(lies, c.caseDocumentQuery, { caseId, documentId })).pdf);
    expect(await refusedQuery(yasmine, c.caseByIdQuery, { caseId })).toEqual({ kind: 'NotFound' });
    expect((await ask(lies, c.whoMayReadQuery, { caseId })).map(({ relation }) => relation)).toEqual([
      'handler',
      'applicant',
      'participant',
    ]);
  });
});

describe('outside one’s scope', () => {
  it('every case is NotFound, alike for what is and what is not, and each attempt is recorded', async () => {
    const { lies, an, yasmine, bossAsCounsellor, auditor } = who();
    const { id: caseId } = await openYasmine(lies);
    await signed(lies, caseId);
    const none = randomUUID();
    const before = (await typesInLog()).filter((type) => type === 'case.AccessDenied.v1').length;
    const nosy = [an, bossAsCounsellor, auditor, who(zorgnet).lies];
    const answers: unknown[] = [];
    for (const caller of nosy)
      for (const id of [caseId, none]) {
        for (const query of [c.caseByIdQuery, c.caseTimelineQuery, c.personalNotesQuery, c.whoMayReadQuery] as const)
          answers.push(await refusedQuery(caller, query as typeof c.caseByIdQuery, { caseId: id }));
        const reply = await send(caller, c.recordContactCommand, contactData(id));
        answers.push(reply.ok ? reply : reply.rejection);
      }
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(new Set(['{"kind":"NotFound"}']));
    const after = (await typesInLog()).filter((type) => type === 'case.AccessDenied.v1').length;
    expect(after - before).toBe(answers.length);
    // A capacity that is not the caller's is refused before any case is looked at.
    const impostor = { ...yasmine, person: 'bert' } as Caller;
    for (const id of [caseId, none])
      expect(await refusedQuery(impostor, c.caseByIdQuery, { caseId: id })).toMatchObject({ kind: 'NotAllowed' });
    expect((await ask(an, c.deskQuery, {})).rows).toEqual([]);
  });

  it('warns a counsellor privately of who takes part in their cases', async () => {
    const { lies, an } = who();
    const { id: caseId } = await openYasmine(lies);
    await signed(lies, caseId);
    const boss = 'boss' as output<typeof c.personIdSchema>;
    expect(await ask(lies, c.takesPartQuery, { person: boss })).toEqual({ takesPart: true });
    expect(await ask(an, c.takesPartQuery, { person: boss })).toEqual({ takesPart: false });
    expect(await ask(lies, c.takesPartQuery, { person: 'yasmine' as typeof boss })).toEqual({ takesPart: false });
    expect(await ask(lies, c.takesPartQuery, { person: 'yasmine' as typeof boss, caseId })).toEqual({
      takesPart: true,
    });
  });
});

describe('whom a case excluded, and when', () => {
  it('is said to those who keep its copies, to nobody else, and not of the same ids elsewhere', async () => {
    const TUESDAY = '2026-03-03T09:00:00.000Z';
    const period = { from: '2026-03-01T00:00:00.000Z', to: '2026-03-09T00:00:00.000Z' };
    const commandId = newCommandId();
    const ids = new Map<OrganisationId, string>();
    for (const organisation of organisations)
      ids.set(organisation, (await openYasmine(who(organisation).lies, commandId)).id);
    const caseId = ids.get(gentia) ?? '';
    world.clock.set(TUESDAY);
    const excluded = { person: 'an' as output<typeof c.personIdSchema> };
    await done(send(who(gentia).lies, c.addExclusionCommand, { caseId, excluded, reason: 'conflict_of_interest' }));
    const asked_ = ['an', 'yasmine', 'boss'].map((person) => ({
      home: gentia,
      person: person as output<typeof c.personIdSchema>,
    }));
    const asked = async (from: Parameters<typeof serviceCaller>[0], organisation: OrganisationId) => {
      const input = { caseId: ids.get(organisation) ?? '', people: asked_, ...period };
      return world.rpc.query(
        c.exclusionsOverQuery,
        contextFor(serviceCaller(from, organisation), 'operate', newCommandId()),
        input,
      );
    };
    for (const keeper of ['intake', 'referral'] as const)
      expect(await asked(keeper, gentia)).toMatchObject({
        value: {
          spans: [
            { person: 'an', from: TUESDAY, to: period.to },
            { person: 'yasmine', from: MONDAY, to: period.to },
          ],
        },
      });
    // In zorgnet the applicant is another person of the same name, and nobody was named.
    expect(await asked('intake', zorgnet)).toMatchObject({ value: { spans: [] } });
    expect(await asked('records', gentia)).toMatchObject({ rejection: { kind: 'NotFound' } });
    expect(await refusedQuery(who(gentia).lies, c.exclusionsOverQuery, { caseId, people: asked_, ...period })).toEqual({
      kind: 'NotFound',
    });
  });
});

describe.each(organisations)('the register of facts by third parties of %s', (organisation) => {
  const statement = {
    statementOn: '2026-03-02',
    factsFrom: '2026-03-01',
    site: 'ghent',
    place: 'CANARY-place',
    capacity: 'passenger' as const,
    kinds: ['physical_violence' as const, 'bullying' as const],
    description: 'CANARY-description',
    workerName: 'CANARY-worker',
    workerAgreesToName: true,
  };
  const other = organisation === gentia ? zorgnet : gentia;
  const notFound = { kind: 'NotFound' };

  it('is read by whoever keeps it and by the employer, on record; in one organisation', async () => {
    const { lies, an, employer, auditor, yasmine } = who(organisation);
    const commandId = newCommandId();
    const { id: entryId } = await done(send(lies, c.recordThirdPartyEntryCommand, statement, commandId));
    // The twin's entry has an id of its own, under the same command id.
    await done(send(who(other).lies, c.recordThirdPartyEntryCommand, { ...statement, site: 'liege' }, commandId));
    await done(
      send(an, c.noteThirdPartyFollowUpCommand, { entryId, notedOn: '2026-03-02', words: 'CANARY-follow-up' }),
    );
    const before = (await typesInLog()).filter((type) => type === 'case.AccessRecorded.v1').length;
    for (const reader of [lies, an, employer])
      expect(await ask(reader, c.thirdPartyEntryQuery, { entryId })).toMatchObject({
        workerName: 'CANARY-worker',
        place: 'CANARY-place',
        followUps: [{ words: 'CANARY-follow-up' }],
        kept: null,
      });
    expect((await ask(employer, c.thirdPartyRegisterQuery, {})).rows).toMatchObject([
      { entryId, statementOn: '2026-03-02', site: 'ghent', kinds: ['physical_violence', 'bullying'] },
    ]);
    expect((await typesInLog()).filter((type) => type === 'case.AccessRecorded.v1').length - before).toBe(4);
    for (const stranger of [auditor, yasmine, who(other).employer, who(other).lies])
      expect(await refusedQuery(stranger, c.thirdPartyEntryQuery, { entryId })).toEqual(notFound);
    expect(await refusedQuery(auditor, c.thirdPartyRegisterQuery, {})).toEqual(notFound);
    for (const attempt of [
      send(employer, c.withdrawThirdPartyNameCommand, { entryId }),
      send(employer, c.noteThirdPartyFollowUpCommand, { entryId, notedOn: '2026-03-02', words: 'x' }),
      send(employer, c.recordThirdPartyEntryCommand, statement),
    ])
      expect(await attempt).toMatchObject({ rejection: notFound });
    const all = (await world.log.readAll({ limit: 10_000 })).events;
    expect(all.filter(({ data, metadata }) => `${String(data)}${String(metadata)}`.includes('CANARY'))).toEqual([]);
  });

  it('shows no name that was withdrawn, and takes a command that comes twice once', async () => {
    const { lies, adviser } = who(organisation);
    const commandId = newCommandId();
    const first = await done(send(lies, c.recordThirdPartyEntryCommand, statement, commandId));
    expect(await done(send(lies, c.recordThirdPartyEntryCommand, statement, commandId))).toMatchObject({
      id: first.id,
      repeated: true,
    });
    expect(
      await send(lies, c.recordThirdPartyEntryCommand, { ...statement, place: 'elsewhere' }, commandId),
    ).toMatchObject({ rejection: { kind: 'CommandIdReused' } });
    const entryId = first.id;
    for (const step of [newCommandId(), newCommandId()])
      await done(send(lies, c.withdrawThirdPartyNameCommand, { entryId }, step));
    expect((await typesInLog()).filter((type) => type === 'case.ThirdPartyNameWithdrawn.v1')).toHaveLength(1);
    expect(await ask(lies, c.thirdPartyEntryQuery, { entryId })).toMatchObject({ workerName: null });
    expect(await send(lies, c.recordThirdPartyEntryCommand, { ...statement, workerAgreesToName: false })).toMatchObject(
      { rejection: { code: 'name_needs_consent' } },
    );
    expect(await send(lies, c.recordThirdPartyEntryCommand, { ...statement, site: 'nowhere' })).toMatchObject({
      rejection: { field: 'site', rule: 'unknown' },
    });
    // An adviser of an external service, under a mandate here, reads and does not write.
    expect(await send(adviser, c.recordThirdPartyEntryCommand, statement)).toMatchObject({
      rejection: { code: 'register_kept_internally' },
    });
    expect((await ask(adviser, c.thirdPartyRegisterQuery, {})).rows).toHaveLength(1);
  });

  it('is paged by the day of the statement, and gives each kind of fact once to who counts', async () => {
    const { lies } = who(organisation);
    for (const [date, kinds] of [
      ['2026-02-01', ['sexual']],
      ['2026-03-01', ['other', 'bullying']],
      ['2026-02-15', ['other']],
    ] as const)
      await done(
        send(lies, c.recordThirdPartyEntryCommand, {
          ...statement,
          statementOn: date,
          factsFrom: '2026-01-31',
          kinds: [...kinds],
        }),
      );
    const page = await ask(lies, c.thirdPartyRegisterQuery, { first: 2 });
    expect(page.rows.map(({ statementOn }) => statementOn)).toEqual(['2026-03-01', '2026-02-15']);
    const rest = await ask(lies, c.thirdPartyRegisterQuery, { first: 2, after: page.next ?? '' });
    expect(rest).toMatchObject({ rows: [{ statementOn: '2026-02-01' }], next: null });
    for (const date of ['2026-03-03', '2026-03-04', '2026-03-05']) {
      day(date);
      await service.runTimers();
      const head = await world.log.head();
      expect(head !== undefined && (await service.whenSettled(head, 5_000))).toBe(true);
    }
    expect(facts.map(({ what, code, month, by }) => [what, code, month, by].join(' ')).toSorted()).toEqual([
      'register_fact bullying 2026-03 counsellor',
      'register_fact other 2026-02 counsellor',
      'register_fact other 2026-03 counsellor',
      'register_fact sexual 2026-02 counsellor',
    ]);
  });

  it('is unreadable entry by entry: the key of one opens no other, and a name goes alone', async () => {
    const { lies, employer } = who(organisation);
    const entry = async (on: string) =>
      (await done(send(lies, c.recordThirdPartyEntryCommand, { ...statement, statementOn: on }))).id;
    const [first, second] = [await entry('2026-03-01'), await entry('2026-03-02')];
    const stored = await world.log.readStream(`case.thirdpartyentry-${organisation}_${second}`);
    const { workerParticipantId } = JSON.parse(Buffer.from(stored[0]?.data ?? '').toString()) as {
      readonly workerParticipantId: string;
    };
    for (const subject of [first, `${second}#${workerParticipantId}`])
      await world.sealing.destroy(organisation, `third_party_entry/${subject}`, {
        by: 'rm',
        reason: 'test',
        at: world.clock.now(),
      });
    expect(await refusedQuery(employer, c.thirdPartyEntryQuery, { entryId: first })).toEqual({ kind: 'Erased' });
    expect(await ask(employer, c.thirdPartyEntryQuery, { entryId: second })).toMatchObject({
      workerName: null,
      description: 'CANARY-description',
    });
  });
});

describe('content', () => {
  it('is opened only after a durable access record', async () => {
    const { lies } = who();
    const { id: caseId } = await openYasmine(lies);
    const opensBefore = (await typesInLog()).filter((type) => type === 'case.AccessRecorded.v1').length;
    await ask(lies, c.caseByIdQuery, { caseId });
    await ask(lies, c.deskQuery, {});
    await ask(lies, c.caseTimelineQuery, { caseId });
    expect((await typesInLog()).filter((type) => type === 'case.AccessRecorded.v1').length - opensBefore).toBe(3);
  });

  it('stands nowhere in the log in the clear', async () => {
    const { lies } = who();
    const { id: caseId } = await openYasmine(lies);
    await signed(lies, caseId);
    await done(send(lies, c.writePersonalNoteCommand, { caseId, note: 'CANARY-note' }));
    const bytes = (await world.log.readAll({ limit: 10_000 })).events
      .filter(({ stream }) => stream.startsWith('case.case-'))
      .map(({ metadata, data }) => `${Buffer.from(metadata).toString()}${Buffer.from(data).toString()}`)
      .join('\n');
    for (const canary of [
      'CANARY',
      'ghent',
      'workload',
      'yasmine',
      '"boss"',
      'Bart',
      'intervention_with',
      'in_person',
      'line_manager',
    ])
      expect(bytes).not.toContain(canary);
  });

  it('as of a moment is what was recorded by then', async () => {
    const { lies } = who();
    const { id: caseId } = await openYasmine(lies);
    day('2026-03-05');
    await done(send(lies, c.recordContactCommand, contactData(caseId)));
    const then = await ask(lies, c.caseByIdQuery, { caseId, asOf: '2026-03-03T00:00:00.000Z' });
    expect(then).toMatchObject({ hearing: 'due', contacts: [] });
    expect(await refusedQuery(lies, c.caseByIdQuery, { caseId, asOf: '2026-03-01T00:00:00.000Z' })).toEqual({
      kind: 'NotFound',
    });
  });

  it('erased stays erased: a participant’s part, then the whole case', async () => {
    const { lies, an } = who();
    const { id: caseId } = await openYasmine(lies);
    const { participantId } = await signed(lies, caseId);
    const destroy = (subject: string) =>
      world.sealing.destroy(gentia, subject, { by: 'rm', reason: 'test', at: world.clock.now() });
    await destroy(`case/${caseId}#${participantId}`);
    expect((await ask(lies, c.caseByIdQuery, { caseId })).participants).toMatchObject([
      { name: null, person: null, points: [{ words: null }] },
    ]);
    await destroy(`case/${caseId}`);
    expect(await refusedQuery(lies, c.caseByIdQuery, { caseId })).toEqual({ kind: 'Erased' });
    expect(await refusedQuery(an, c.caseByIdQuery, { caseId })).toEqual({ kind: 'NotFound' });
  });

  it('of personal notes is the author’s, and their destruction takes nothing else along', async () => {
    const { lies } = who();
    const { id: caseId } = await openYasmine(lies);
    await done(send(lies, c.writePersonalNoteCommand, { caseId, note: 'CANARY-note' }));
    expect(await ask(lies, c.personalNotesQuery, { caseId })).toMatchObject([{ note: 'CANARY-note' }]);
    expect(JSON.stringify(await ask(lies, c.caseByIdQuery, { caseId }))).not.toContain('CANARY-note');
    const loaded = (await world.log.readStream(`case.case-gentia_${caseId}`)).find(({ type }) =>
      type.includes('PersonalNote'),
    );
    const author = (JSON.parse(Buffer.from(loaded?.data ?? []).toString()) as { authorParticipantId: string })
      .authorParticipantId;
    await world.sealing.destroy(gentia, `case/${caseId}#${author}`, {
      by: 'rm',
      reason: 'test',
      at: world.clock.now(),
    });
    expect(await ask(lies, c.personalNotesQuery, { caseId })).toMatchObject([{ note: null }]);
    expect(await ask(lies, c.caseByIdQuery, { caseId })).toMatchObject({ summary: 'CANARY-summary' });
  });

  it('goes along with a referral as the two documents, unless the worker picked more', async () => {
    const { lies } = who();
    const { id: caseId } = await openYasmine(lies);
    const { documentId } = await signed(lies, caseId);
    const usual = await ask(lies, c.recordsForReferralQuery, { caseId });
    expect(usual.records.map(({ recordId, kind }) => [recordId, kind])).toEqual([[documentId, 'informal_choice']]);
    const { contacts } = await ask(lies, c.caseByIdQuery, { caseId });
    const contactId = contacts[0]?.contactId ?? '';
    const more = await ask(lies, c.recordsForReferralQuery, { caseId, recordIds: [documentId, contactId] });
    expect(more.records[1]?.content).toContain('CANARY-topic');
    expect(await refusedQuery(lies, c.recordsForReferralQuery, { caseId, recordIds: [randomUUID()] })).toMatchObject({
      kind: 'InvalidInput',
      field: 'recordIds.0',
    });
  });
});

describe('a command', () => {
  it('given twice has one effect; with another body it is refused; on a stale version too', async () => {
    const { lies } = who();
    const opening = newCommandId();
    const first = await openYasmine(lies, opening);
    expect(await openYasmine(lies, opening)).toMatchObject({ id: first.id, repeated: true, revision: first.revision });
    const note = newCommandId();
    const write = (text: string) => send(lies, c.writeCaseNoteCommand, { caseId: first.id, note: text }, note);
    await done(write('one'));
    expect(await done(write('one'))).toMatchObject({ repeated: true });
    expect(await write('two')).toEqual({ ok: false, rejection: { kind: 'CommandIdReused' } });
    expect(await send(lies, c.writeCaseNoteCommand, { caseId: first.id, note: 'x' }, newCommandId(), 0)).toMatchObject({
      rejection: { kind: 'StaleVersion' },
    });
    // The same ids in another organisation are another case.
    expect((await openYasmine(who(zorgnet).lies, opening)).id).not.toBe(first.id);
  });

  it('that took the caller out of the case is still answered when repeated', async () => {
    const { lies } = who();
    const { id: caseId } = await openYasmine(lies);
    const recusal = newCommandId();
    const recuse = () =>
      send(lies, c.recuseCommand, { caseId, reason: 'personal_relation', successorDesignationId: 'd-an' }, recusal);
    await done(recuse());
    expect(await recuse()).toMatchObject({ ok: true, repeated: true });
    expect((await ask(lies, c.deskQuery, { queue: 'hand_over' })).rows).toEqual([]);
    const waiting = await ask(who().an, c.deskQuery, { queue: 'hand_over' });
    expect(waiting.rows).toMatchObject([{ caseId, applicantName: null, site: null, kindOfFacts: null }]);
    expect(await refusedQuery(who().an, c.caseByIdQuery, { caseId })).toEqual({ kind: 'NotFound' });
  });

  it.each([
    ['a site of another organisation', { site: 'antwerp' }, { kind: 'InvalidInput', field: 'site' }],
    [
      'a first contact in the future',
      { firstContactOn: '2026-03-03' },
      { kind: 'InvalidInput', field: 'firstContactOn', rule: 'in_future' },
    ],
    ['a date that does not exist', { firstContactOn: '2026-02-30' }, { kind: 'InvalidInput', field: 'firstContactOn' }],
    ['a hearing without its channel', { heardOn: '2026-03-02' }, { kind: 'InvalidInput', field: 'heardThrough' }],
  ])('with %s is refused with field and rule', async (_name, over, rejection) => {
    const data = {
      identity: 'anonymous' as const,
      site: 'ghent',
      firstContactOn: '2026-03-02',
      language: 'nl' as const,
      ...over,
    };
    expect(await send(who().lies, c.openCaseCommand, data)).toMatchObject({ ok: false, rejection });
    expect(await typesInLog()).not.toContain('case.CaseOpened.v1');
  });

  it('does not make a document in a language that does not bind, nor take a tick for a signature', async () => {
    const { lies } = who();
    const { id: caseId } = await openYasmine(lies);
    const { documentId } = await signed(lies, caseId);
    expect(
      await send(lies, c.prepareInformalDocumentCommand, { caseId, madeOn: '2026-03-05', language: 'fr' }),
    ).toMatchObject({ rejection: { field: 'language', rule: 'not_the_binding_language' } });
    expect(
      await send(lies, c.signDocumentCommand, {
        caseId,
        documentId,
        signer: 'applicant',
        documentHash: BLOB,
        signedOn: '2026-03-05',
        method: 'tick',
      }),
    ).toMatchObject({ rejection: { code: 'tick_is_no_signature' } });
  });
});

describe('the confirmation of an interview', () => {
  it('is given on request, in the language of the site', async () => {
    const { lies, yasmine } = who();
    const { id: caseId } = await done(
      send(lies, c.openCaseCommand, {
        identity: 'account',
        applicant: 'yasmine' as output<typeof c.personIdSchema>,
        site: 'liege',
        firstContactOn: '2026-03-02',
        language: 'nl',
      }),
    );
    day('2026-03-05');
    await done(send(lies, c.recordContactCommand, contactData(caseId)));
    await done(send(yasmine, c.requestInterviewConfirmationCommand, { caseId, requestedOn: '2026-03-05' }));
    expect((await ask(lies, c.deskQuery, {})).rows[0]?.flags).toEqual(['confirmation_requested']);
    await done(send(lies, c.issueInterviewConfirmationCommand, { caseId, issuedOn: '2026-03-05' }));
    const { documents } = await ask(yasmine, c.applicantViewQuery, { caseId });
    expect(documents).toMatchObject([{ kind: 'interview_confirmation', language: 'fr' }]);
  });
});

describe('the views', () => {
  it('built again from the log give the same hashes', async () => {
    const { lies } = who();
    const { id: caseId } = await openYasmine(lies);
    await signed(lies, caseId);
    await openYasmine(who(zorgnet).lies);
    const runtime = world.runtimeOf('case', ['case', 'advice', 'third_party_entry', 'actors', 'fingerprints']);
    const again = createCaseService(
      { ...runtime, viewsFolder: `${runtime.viewsFolder}-again` },
      { intake: [], directory: [], records: [] },
    );
    await again.start();
    const head = await world.log.head();
    expect(head !== undefined && (await again.whenSettled(head, 5_000))).toBe(true);
    expect(await again.viewHashes()).toEqual(await service.viewHashes());
    await again.stop();
  });
});

describe('what happens elsewhere', () => {
  it('opens a case for an accepted request, once, and tells intake of the hearing', async () => {
    const { lies } = who();
    const requestId = randomUUID();
    await happens(gentia, 'intake.request', requestId);
    const caseId = c.caseIdOfRequest(gentia, requestId);
    const content = await ask(lies, c.caseByIdQuery, { caseId });
    expect(content).toMatchObject({
      origin: 'accepted_request',
      requestId,
      applicantIdentity: 'anonymous',
      firstContactOn: '2026-03-01',
      hearingDueOn: '2026-03-11',
      summary: 'Ze lachen me uit.',
    });
    await done(send(lies, c.recordHearingCommand, { caseId, heldOn: '2026-03-02', channel: 'phone' }));
    expect(told).toEqual([['intake.noteHearing', { requestId, state: 'heard' }]]);
    const worker: Caller = {
      role: 'anonymous_worker',
      organisation: gentia,
      pseudonym: 'receipt',
      capacityId: 'receipt',
      sites: [],
      receipt: { lookupId: 'look-up' },
    };
    expect(await ask(worker, c.applicantViewQuery, { caseId })).toMatchObject({ hearing: 'met' });
    const other = { ...worker, receipt: { lookupId: 'another' } };
    expect(await refusedQuery(other, c.applicantViewQuery, { caseId })).toEqual({ kind: 'NotFound' });
    // An anonymous worker is told that a signed request needs a known name.
    await done(
      send(lies, c.chooseInformalTypeCommand, { caseId, informalType: 'reconciliation', chosenOn: '2026-03-02' }),
    );
    expect(await send(lies, c.prepareInformalDocumentCommand, { caseId, madeOn: '2026-03-02' })).toMatchObject({
      rejection: { code: 'signed_request_needs_known_name' },
    });
  });

  it('hands open cases over as each applicant decides when a designation ends (scenario 8)', async () => {
    const { lies, an, yasmine } = who();
    const { id: caseId } = await openYasmine(lies);
    const elsewhere = await openYasmine(who(zorgnet).lies);
    ended.add('d-lies');
    await happens(gentia, 'directory.designation', 'd-lies');
    expect(await send(lies, c.writeCaseNoteCommand, { caseId, note: 'x' })).toMatchObject({
      rejection: { code: 'handover_waits_for_applicant' },
    });
    await done(send(who(zorgnet).lies, c.writeCaseNoteCommand, { caseId: elsewhere.id, note: 'x' }));
    expect(await refusedQuery(an, c.caseByIdQuery, { caseId })).toEqual({ kind: 'NotFound' });
    await done(send(an, c.askContinuationCommand, { caseId, askedOn: '2026-03-02' }));
    expect(await ask(yasmine, c.applicantViewQuery, { caseId })).toMatchObject({
      handover: 'awaiting_applicant',
      successorNamed: true,
      continuationAskedOn: ['2026-03-02'],
    });
    await done(send(yasmine, c.decideContinuationCommand, { caseId, decision: 'successor', decidedOn: '2026-03-02' }));
    expect((await ask(an, c.caseByIdQuery, { caseId })).summary).toBe('CANARY-summary');
    expect(await refusedQuery(lies, c.caseByIdQuery, { caseId })).toEqual({ kind: 'NotFound' });
    expect((await ask(lies, c.deskQuery, {})).rows).toEqual([]);
  });

  it('takes the applicant’s answer from who leaves or would come, and from nobody else', async () => {
    const { lies, an, yasmine, boss, bossAsCounsellor, auditor } = who();
    const { id: caseId } = await openYasmine(lies);
    const { id: recused } = await openYasmine(lies);
    await done(
      send(lies, c.recuseCommand, {
        caseId: recused,
        reason: 'same_department',
        successorDesignationId: 'd-an',
      }),
    );
    ended.add('d-lies');
    await happens(gentia, 'directory.designation', 'd-lies');
    const decide = (caller: Caller, id = caseId) =>
      send(caller, c.decideContinuationCommand, { caseId: id, decision: 'successor', decidedOn: '2026-03-02' });
    // Who stepped back for a conflict has no more part in it, not even this.
    expect(await decide(lies, recused)).toEqual({ ok: false, rejection: { kind: 'NotFound' } });
    await done(decide(an, recused));
    for (const nosy of [bossAsCounsellor, auditor, boss, who(zorgnet).yasmine, who(zorgnet).an])
      expect(await decide(nosy)).toEqual({ ok: false, rejection: { kind: 'NotFound' } });
    expect(await ask(yasmine, c.applicantViewQuery, { caseId })).toMatchObject({ handover: 'awaiting_applicant' });
    await done(decide(lies));
    expect((await ask(an, c.caseByIdQuery, { caseId })).summary).toBe('CANARY-summary');
    expect(await refusedQuery(lies, c.caseByIdQuery, { caseId })).toEqual({ kind: 'NotFound' });
  });

  it('misses the term when its last day is over, however often the timer fires', async () => {
    const { lies } = who();
    const { id: caseId } = await openYasmine(lies);
    day('2026-03-12');
    await service.runTimers();
    expect(await typesInLog()).not.toContain('case.HearingTermMissed.v1');
    day('2026-03-13');
    await service.runTimers();
    await service.runTimers();
    expect((await typesInLog()).filter((type) => type === 'case.HearingTermMissed.v1')).toHaveLength(1);
    const head = await world.log.head();
    expect(head !== undefined && (await service.whenSettled(head, 5_000))).toBe(true);
    expect((await ask(lies, c.deskQuery, {})).rows).toMatchObject([
      { caseId, hearing: 'missed', flags: ['term_missed'] },
    ]);
  });

  it('counts facts that carry no case and no person, each once', async () => {
    const { lies } = who();
    const { id: caseId } = await openYasmine(lies);
    await done(
      send(lies, c.recordAdviceCommand, {
        site: 'ghent',
        heldOn: '2026-03-01',
        channel: 'phone',
        language: 'nl',
        riskSources: [],
        optionsExplained: ['informal_advice'],
        topic: 'One question',
      }),
    );
    await service.runTimers();
    expect(facts).toEqual([]);
    day('2026-03-03');
    await service.runTimers();
    expect(facts.map(({ what, code, month, site }) => [what, code, month, site]).toSorted()).toEqual([
      ['advice', 'advice', '2026-03', 'ghent'],
      ['case_opened', 'workload', '2026-03', 'ghent'],
    ]);
    expect(JSON.stringify(facts)).not.toContain(caseId);
    const head = await world.log.head();
    expect(head !== undefined && (await service.whenSettled(head, 5_000))).toBe(true);
    day('2026-03-04');
    await service.runTimers();
    expect(facts).toHaveLength(2);
    expect((await ask(lies, c.adviceContactsQuery, {})).rows).toMatchObject([
      { topic: 'One question', heldOn: '2026-03-01' },
    ]);
  });

  it('hands facts over in one batch a day, whatever restarts, replicas and crashes do', async () => {
    type Batch = { readonly at: string; readonly organisation: OrganisationId; readonly ids: readonly string[] };
    const batches: Batch[] = [];
    /** How deliveries go: `dies`: reporting has them, and the process ends before the case notes it. */
    let mode: 'works' | 'down' | 'dies' = 'works';
    const replicaOf = async () => {
      const replica = createCaseService(
        world.runtimeOf('case', ['case', 'advice', 'third_party_entry', 'actors', 'fingerprints']),
        {
          intake: [],
          directory: [],
          records: [],
          deliverFacts: (organisation, batch) => {
            if (mode === 'down') return Promise.resolve(err({ kind: 'Unavailable', detail: 'reporting' }));
            const known = new Set(batches.flatMap((one) => (one.organisation === organisation ? one.ids : [])));
            // As reporting does: by fact id, what it has it does not take again.
            const fresh = batch.map(({ factId }) => factId).filter((factId) => !known.has(factId));
            if (fresh.length > 0) batches.push({ at: world.clock.now(), organisation, ids: fresh });
            if (mode === 'dies') throw new Error('killed');
            return Promise.resolve(ok(undefined));
          },
        },
      );
      await replica.start();
      return replica;
    };
    await service.stop();
    let replica = await replicaOf();
    const look = async () => {
      await replica.runTimers().catch(() => undefined);
      const head = await world.log.head();
      expect(head !== undefined && (await replica.whenSettled(head, 5_000))).toBe(true);
    };
    const restart = async () => {
      await replica.stop();
      replica = await replicaOf();
      await look();
    };
    const openOne = async (organisation: OrganisationId) => {
      const { lies } = who(organisation);
      const commandId = newCommandId();
      const opened = { identity: 'anonymous', site: 'ghent', firstContactOn: '2026-03-02', language: 'nl' } as const;
      const served = replica.served.find(({ pattern }) => pattern === c.openCaseCommand.pattern);
      const reply = await served?.handle({
        context: contextFor(lies, 'handle_case', commandId),
        commandId,
        data: { ...opened, kindOfFacts: 'conflict' },
      });
      expect(reply).toMatchObject({ ok: true });
    };
    const at = (instant: string) => world.clock.set(instant);
    for (const organisation of [gentia, zorgnet]) for (let n = 0; n < 3; n += 1) await openOne(organisation);
    // The day itself, however often a process starts: a fact that just came would be told by when it came.
    await look();
    await restart();
    at('2026-03-02T22:59:59.000Z');
    await restart();
    // Just after midnight something may still be under way with a time of before it.
    at('2026-03-03T00:30:00.000Z');
    await restart();
    expect(batches).toEqual([]);

    at('2026-03-03T02:00:00.000Z');
    mode = 'down';
    await look();
    mode = 'dies';
    await look();
    // Killed after the first organisation's: one batch there, none yet for the other; new facts come meanwhile.
    expect(batches.map(({ ids }) => ids.length)).toEqual([3]);
    mode = 'works';
    for (const organisation of [gentia, zorgnet]) await openOne(organisation);
    const second = await replicaOf();
    await Promise.all([look(), second.runTimers()]);
    at('2026-03-03T15:00:00.000Z');
    await restart();
    await second.runTimers();
    const ofDay = (date: string) =>
      batches
        .filter((one) => one.at.startsWith(date))
        .map(({ organisation, ids }) => [organisation, ids.length])
        .toSorted();
    expect(ofDay('2026-03-03')).toEqual([
      ['gentia', 3],
      ['zorgnet', 3],
    ]);
    at('2026-03-04T07:00:00.000Z');
    await Promise.all([look(), second.runTimers()]);
    await restart();
    expect(ofDay('2026-03-04')).toEqual([
      ['gentia', 1],
      ['zorgnet', 1],
    ]);
    await second.stop();
    service = replica;
  });

  it('pages the desk by key', async () => {
    const { lies } = who();
    const opened = new Set<string>();
    for (let n = 0; n < 5; n += 1) opened.add((await openYasmine(lies)).id);
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page: output<typeof c.deskQuery.output> = await ask(lies, c.deskQuery, { first: 2, after });
      seen.push(...page.rows.map(({ caseId }) => caseId));
      after = page.next ?? undefined;
    } while (after !== undefined);
    expect(seen).toHaveLength(5);
    expect(new Set(seen)).toEqual(opened);
  });
});
