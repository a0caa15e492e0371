import { adviceCodec, caseCodec, subjectAccessCodec, thirdPartyCodec } from '@toeverlaat/case';
import * as c from '@toeverlaat/contracts';
import { directoryCodecs } from '@toeverlaat/directory';
import { isSealedShape } from '@toeverlaat/event-log';
import { conversationCodec, requestCodec } from '@toeverlaat/intake';
import { kindOfFacts, outcome, wordingVersion } from '@toeverlaat/legal';
import { receivedCodec, sentCodec } from '@toeverlaat/referral';
import { keptNoticeCodec } from '@toeverlaat/service-kit';
import { addDays, type OrganisationId } from '@toeverlaat/values';
import { recordingTelemetry } from '@toeverlaat/telemetry/testing';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { asked, type Actor } from '../demo/actors.js';
import { designate } from '../demo/found.js';
import { twins } from '../demo/people.js';
import * as scenarios from '../demo/scenarios.js';
import { stageOf } from '../demo/seed.js';
import { accept, cardOf, participantIn, putScan, signOnPaper } from '../demo/steps.js';
import { DEMO_ISSUER } from '../demo-idp/index.js';
import { demoReceipt, sceneOf, sha256Of, weeksAgo, type Scene } from '../demo/world.js';
import { instantAt } from '../demo/stage.js';
import { openTheatre, type ProductTheatre } from './support.js';

/** Words that occur nowhere else, one for each place where somebody can write. */
const planted = new Map<string, string>();
const word = (organisation: OrganisationId, place: string): string => {
  const canary = `kanarie${sha256Of(`${organisation} ${place}`).slice(0, 18)}`;
  planted.set(canary, `${organisation} ${place}`);
  return canary;
};
/** Ids that the directory must name in the clear, and no confidential record may. */
const ids = (organisation: OrganisationId) => ({
  site: `kanariesite${sha256Of(organisation).slice(0, 12)}`,
  worker: `kanarieworker${sha256Of(organisation).slice(0, 12)}`,
  other: `kanarieother${sha256Of(organisation).slice(0, 12)}`,
  counsellor: `kanariecounsellor${sha256Of(organisation).slice(0, 12)}`,
});

/** Everything that a span of these stories may say. */
const SPAN_SAYS = new Set([
  'service',
  'organisation',
  'pattern',
  'target',
  'category',
  'eventType',
  'outcome',
  'count',
  'error',
]);

let theatre: ProductTheatre;
const telemetry = recordingTelemetry();
const output: string[] = [];
const sink = new Writable({
  write: (chunk: Buffer, _encoding, next) => {
    output.push(chunk.toString('utf8'));
    next();
  },
});

const enterPeople = async (scene: Scene, day: string): Promise<void> => {
  const { organisation } = scene;
  const { site, worker, other, counsellor } = ids(organisation);
  const admin = scene.as('ann', 'administrator');
  await scene.does(admin, 'site', c.openSite, {
    siteId: site,
    name: 'Vestiging',
    place: 'Aalst',
    regime: 'dutch',
    languages: ['nl'],
  });
  for (const person of [worker, other, counsellor]) {
    await scene.does(admin, `enter ${person}`, c.registerPerson, {
      personId: person,
      siteId: site,
      name: word(organisation, `name of ${person}`),
      email: `${word(organisation, `mail of ${person}`)}@example.org`,
      languages: ['nl'],
    });
    await scene.does(admin, `link ${person}`, c.linkSubject, {
      personId: person,
      issuer: DEMO_ISSUER,
      // The provider of the demonstration knows its own people only: these three are driven over RPC.
      subject: `${person}@${organisation}`,
    });
  }
  await scene.does(admin, 'rename', c.renamePerson, { personId: other, name: word(organisation, 'new name') });
  await scene.does(admin, 'mail', c.changeEmail, {
    personId: other,
    email: `${word(organisation, 'new mail')}@example.org`,
  });
  await scene.does(admin, 'move', c.movePerson, { personId: other, siteId: 'ghent', on: day });
  await scene.does(admin, 'languages', c.changeLanguages, { personId: other, languages: ['nl', 'fr'] });
  await scene.world.settle();
  scene.world.driver.forget();
  await designate(scene, { person: counsellor, sites: [site], languages: ['nl'] }, { agreed: day, from: day });
  await scene.world.settle();
  scene.world.driver.forget();
};

/** Everything a person can write, written once. */
const writeEverything = async (scene: Scene): Promise<void> => {
  const { world, organisation } = scene;
  const { site, worker: workerId, other, counsellor: counsellorId } = ids(organisation);
  const day = weeksAgo(world, 3);
  const say = (place: string): string => word(organisation, place);
  await world.at(day, '07:00');
  await enterPeople(scene, day);
  const worker = scene.as(workerId, 'worker');
  const counsellor = scene.as(counsellorId, 'counsellor');
  const designationId = await cardOf(worker, site, counsellorId);

  // ── requests, in the three ways ──
  const base = {
    site,
    designationId,
    language: 'nl',
    interpreter: say('interpreter'),
    wordingVersion,
    escalation: 'nobody',
  } as const;
  const requestId = await scene.does(worker, 'signed in', c.sendRequestCommand, {
    ...base,
    way: 'signed_in',
    kindOfFacts: 'unwanted_sexual_behaviour',
    safeChannel: say('safe channel'),
    safeHours: say('safe hours'),
    message: say('message'),
    earlierRequest: say('earlier request'),
  });
  const receipts = await Promise.all(
    ['named', 'anonymous'].map((way) => demoReceipt(`canary ${organisation} ${way}`, 'nl')),
  );
  const [namedReceipt, anonymousReceipt] = receipts;
  if (namedReceipt === undefined || anonymousReceipt === undefined) throw new Error('no receipts');
  const atDoor = world.driver.actor({ as: 'anonymous_worker', organisation });
  const namedId = await scene.does(atDoor, 'named', c.sendRequestCommand, {
    ...base,
    way: 'named',
    name: say('name without account'),
    safeChannel: say('other channel'),
    kindOfFacts: 'discrimination_related',
    message: say('named message'),
    receipt: namedReceipt.registration,
  });
  const anonymousId = await scene.does(atDoor, 'anonymous', c.sendRequestCommand, {
    ...base,
    way: 'anonymous',
    message: say('anonymous message'),
    receipt: anonymousReceipt.registration,
  });
  await world.settle();
  const returning = world.driver.actor({ as: 'anonymous_worker', organisation, receipt: anonymousReceipt });
  await scene.does(returning, 'claim', c.claimEarlierRequestCommand, {
    requestId: anonymousId,
    words: say('claimed in words'),
  });
  await scene.does(returning, 'write', c.sendMessageCommand, { requestId: anonymousId, words: say('conversation') });
  await scene.does(counsellor, 'answer', c.sendMessageCommand, { requestId: anonymousId, words: say('reply') });
  await scene.does(counsellor, 'propose', c.proposeAppointmentsCommand, {
    requestId: anonymousId,
    options: [{ startsAt: instantAt(addDays(day, 2), '10:00'), channel: 'in_person' }],
    place: say('place'),
  });
  const own = await asked(returning, c.ownRequestQuery, { requestId: anonymousId });
  await scene.does(returning, 'decline', c.declineAppointmentsCommand, {
    requestId: anonymousId,
    proposalId: own.proposals[0]?.proposalId ?? '',
    wish: say('wish'),
  });
  await scene.does(counsellor, 'step back', c.stepBackCommand, {
    requestId: namedId,
    ground: 'conflict_of_interest',
  });

  // ── a case with everything in it ──
  await asked(counsellor, c.requestQuery, { requestId });
  const caseId = await accept(scene, counsellor, 'accept', requestId);
  await scene.does(counsellor, 'offer', c.offerHearingCommand, {
    caseId,
    offeredOn: day,
    proposedFor: addDays(day, 1),
    channel: 'phone',
    note: say('offer'),
  });
  await scene.does(counsellor, 'contact', c.recordContactCommand, {
    caseId,
    heldOn: day,
    channel: 'in_person',
    durationMinutes: 35,
    riskSources: ['circumstances'],
    optionsExplained: ['whistleblowing'],
    language: 'other',
    otherPartyCapacity: 'subordinate',
    repeated: true,
    topic: say('topic'),
    nextStep: say('next step'),
    isHearing: true,
  });
  await scene.does(counsellor, 'case note', c.writeCaseNoteCommand, { caseId, note: say('case note') });
  await scene.does(counsellor, 'personal note', c.writePersonalNoteCommand, { caseId, note: say('personal note') });
  await scene.does(counsellor, 'ask confirmation', c.requestInterviewConfirmationCommand, {
    caseId,
    requestedOn: day,
  });
  await scene.does(counsellor, 'confirmation', c.issueInterviewConfirmationCommand, { caseId, issuedOn: day });
  await scene.does(counsellor, 'choose', c.chooseInformalTypeCommand, {
    caseId,
    informalType: 'intervention_with_another_person',
    chosenOn: day,
  });
  await scene.does(counsellor, 'other', c.addParticipantCommand, {
    caseId,
    role: 'directly_involved',
    capacity: 'colleague',
    person: other,
    name: say('participant'),
  });
  const participantId = await participantIn(counsellor, caseId, other);
  await scene.does(counsellor, 'point', c.agreeTellingCommand, {
    caseId,
    participantId,
    agreedOn: day,
    words: say('point'),
  });
  await signOnPaper(scene, counsellor, caseId, day);
  const { participants } = await asked(counsellor, c.caseByIdQuery, { caseId });
  const pointIds = participants.flatMap(({ points }) => points.map(({ pointId }) => pointId));
  await scene.does(counsellor, 'tell', c.tellParticipantCommand, {
    caseId,
    participantId,
    pointIds,
    toldOn: day,
    channel: 'letter',
    words: say('told'),
  });
  await scene.does(counsellor, 'intervene', c.carryOutInterventionCommand, {
    caseId,
    participantId,
    pointIds,
    carriedOutOn: day,
    channel: 'in_person',
    note: say('intervention'),
  });
  await scene.does(counsellor, 'exclude', c.addExclusionCommand, {
    caseId,
    excluded: { person: other },
    reason: 'directly_involved',
  });
  await scene.does(counsellor, 'disclose', c.makeDisclosureCommand, {
    caseId,
    ground: 'testimony_in_court',
    disclosedOn: day,
    recipient: say('recipient'),
    words: say('testimony'),
  });
  const attached = await putScan(scene, counsellor, 'put in', caseId, say('attachment content'));
  await putScan(scene, counsellor, 'put in and forgotten', caseId, say('content that nothing refers to'));
  await scene.does(counsellor, 'attach', c.addAttachmentCommand, {
    caseId,
    ...attached,
    kind: 'evidence',
    name: say('attachment'),
  });
  await scene.does(counsellor, 'mark', c.markForFormalCommand, { caseId, markedOn: day });

  // ── a hand-over to somebody without a desk ──
  const referralId = await scene.does(counsellor, 'refer', c.prepareReferralCommand, {
    caseId,
    receiverKind: 'gp',
    receiverName: say('receiver'),
    message: say('referral message'),
  });
  const shown = await asked(counsellor, c.sentReferralQuery, { referralId });
  await scene.does(counsellor, 'consent', c.recordReferralConsentCommand, {
    referralId,
    method: 'paper',
    listHash: shown.listHash,
    wordingVersion,
    wordingLanguage: 'nl',
    givenOn: day,
    holder: 'counsellor',
    evidenceBlob: attached.blob,
  });
  await scene.does(counsellor, 'send', c.sendReferralCommand, {
    referralId,
    words: say('handed over'),
    handedOverOn: day,
  });
  await scene.does(counsellor, 'answered', c.noteReferralAnswerCommand, {
    referralId,
    answer: 'declined',
    on: day,
    reason: 'other',
    note: say('answer'),
  });

  const otherReferral = await scene.does(counsellor, 'refer again', c.prepareReferralCommand, {
    caseId,
    receiverKind: 'psychologist',
    receiverName: say('other receiver'),
    pickedByWorker: [],
  });
  const again = await asked(counsellor, c.sentReferralQuery, { referralId: otherReferral });
  await scene.does(counsellor, 'consent again', c.recordReferralConsentCommand, {
    referralId: otherReferral,
    method: 'drawn',
    listHash: again.listHash,
    wordingVersion,
    wordingLanguage: 'nl',
    givenOn: day,
    evidenceBlob: attached.blob,
  });
  await scene.does(counsellor, 'send again', c.sendReferralCommand, {
    referralId: otherReferral,
    words: say('handed over again'),
    handedOverOn: day,
  });
  await scene.does(counsellor, 'accepted', c.noteReferralAnswerCommand, {
    referralId: otherReferral,
    answer: 'accepted',
    on: day,
    note: say('accepting answer'),
  });
  await scene.does(worker, 'withdraw', c.withdrawReferralCommand, { referralId: otherReferral });

  // ── a hand-over to the adviser's desk, with the bytes of an attachment ──
  const { attachments } = await asked(counsellor, c.caseByIdQuery, { caseId });
  const toAdviser = await scene.does(counsellor, 'refer with attachment', c.prepareReferralCommand, {
    caseId,
    receiverKind: 'prevention_adviser',
    receiver: { person: 'eva' },
    pickedByWorker: attachments.map(({ attachmentId }) => attachmentId),
  });
  await world.settle();
  const agreedTo = await asked(worker, c.sentReferralQuery, { referralId: toAdviser });
  await scene.does(worker, 'agree', c.giveReferralConsentCommand, {
    referralId: toAdviser,
    listHash: agreedTo.listHash,
    wordingVersion,
    wordingLanguage: 'nl',
  });
  await scene.does(counsellor, 'send with attachment', c.sendReferralCommand, { referralId: toAdviser });

  // ── the anonymous worker is heard, and goes on from the earlier request ──
  const anonymousCase = await accept(scene, counsellor, 'accept anonymous', anonymousId);
  await scene.does(counsellor, 'hear anonymous', c.recordHearingCommand, {
    caseId: anonymousCase,
    heldOn: day,
    channel: 'phone',
  });
  await world.settle();
  await scene.does(counsellor, 'link requests', c.linkEarlierRequestCommand, {
    requestId: anonymousId,
    earlierRequestId: requestId,
  });

  // ── the end, and again ──
  await scene.does(counsellor, 'outcome', c.recordOutcomeCommand, {
    caseId,
    outcome: 'left',
    recordedFor: day,
    note: say('outcome'),
  });
  await scene.does(counsellor, 'close', c.closeCaseCommand, { caseId, closedOn: day });
  await scene.does(counsellor, 'reopen', c.reopenCaseCommand, { caseId, motive: say('motive') });

  // ── a case from the counsellor, and advice without one ──
  const second = await scene.does(counsellor, 'open', c.openCaseCommand, {
    identity: 'anonymous',
    site,
    firstContactOn: day,
    language: 'nl',
    kindOfFacts: 'violence',
    summary: say('summary'),
  });
  await scene.does(counsellor, 'known', c.makeNameKnownCommand, {
    caseId: second,
    name: say('name made known'),
    person: workerId,
  });
  await scene.does(counsellor, 'link', c.linkCasesCommand, {
    caseId,
    otherCase: second,
    kind: 'same_applicant',
  });
  const third = await scene.does(counsellor, 'open named', c.openCaseCommand, {
    identity: 'named',
    applicantName: say('applicant'),
    site,
    firstContactOn: day,
    language: 'nl',
    heardOn: day,
    heardThrough: 'phone',
  });
  await scene.does(counsellor, 'recuse', c.recuseCommand, { caseId: third, reason: 'personal_relation' });
  await scene.does(counsellor, 'advice', c.recordAdviceCommand, {
    site,
    heldOn: day,
    channel: 'phone',
    durationMinutes: 15,
    language: 'nl',
    kindOfFacts: 'burn_out',
    riskSources: ['content'],
    optionsExplained: ['medical'],
    topic: say('advice'),
  });

  // ── the register of facts by third parties ──
  const entryId = await scene.does(counsellor, 'register', c.recordThirdPartyEntryCommand, {
    statementOn: day,
    factsFrom: day,
    factsTo: day,
    site,
    place: say('place of the facts'),
    capacity: 'supplier',
    kinds: ['sexual'],
    description: say('third-party facts'),
    workerName: say('third-party worker'),
    workerAgreesToName: true,
  });
  await scene.does(counsellor, 'register follow-up', c.noteThirdPartyFollowUpCommand, {
    entryId,
    notedOn: day,
    words: say('third-party follow-up'),
  });
  await scene.does(counsellor, 'register withdraw', c.withdrawThirdPartyNameCommand, { entryId });

  // ── somebody asks which data are kept about them ──
  const accessRequestId = await scene.does(worker, 'ask access', c.askSubjectAccessCommand, {
    designationId,
    words: say('access request'),
  });
  await scene.does(counsellor, 'search', c.searchForSubjectCommand, { accessRequestId });
  await scene.does(counsellor, 'extend', c.extendSubjectAccessTermCommand, {
    accessRequestId,
    ground: 'many_requests',
    toldOn: day,
  });
  await scene.does(counsellor, 'answer access', c.answerSubjectAccessCommand, { accessRequestId });
  const accessAgain = await scene.does(worker, 'ask again', c.askSubjectAccessCommand, { designationId });
  await scene.does(counsellor, 'refuse access', c.refuseSubjectAccessCommand, {
    accessRequestId: accessAgain,
    ground: 'excessive',
  });

  // ── what goes wrong must not say more either ──
  const refused: readonly Promise<unknown>[] = [
    counsellor.command(c.writeCaseNoteCommand, scene.key('case note'), { caseId, note: say('other words, same key') }),
    counsellor.command(c.recordOutcomeCommand, scene.key('too early'), {
      caseId,
      outcome: 'resolved',
      recordedFor: addDays(world.today, 400),
      note: say('refused outcome'),
    }),
    rawlyWrong(counsellor, say('wrong type')),
  ];
  await Promise.all(refused);
  await world.settle();
};

/** Input that no schema takes, quoted by many an error message. */
const rawlyWrong = (counsellor: Actor, canary: string): Promise<unknown> =>
  counsellor.command(c.writeCaseNoteCommand, canary, { caseId: canary, note: canary.repeat(3_000) }).catch(() => null);

const filesUnder = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });

/** A word in every form in which it could lie about: as it is, in base64 at each of its three offsets, in hexadecimal, in UTF-16. */
const formsOf = (canary: string): readonly Buffer[] => [
  Buffer.from(canary, 'utf8'),
  ...[0, 1, 2].map((offset) =>
    Buffer.from(
      Buffer.concat([Buffer.alloc(offset), Buffer.from(canary)])
        .toString('base64')
        .slice(4, 20),
    ),
  ),
  Buffer.from(Buffer.from(canary).toString('hex')),
  Buffer.from(canary, 'utf16le'),
];

const codecs = [
  requestCodec,
  conversationCodec,
  caseCodec,
  adviceCodec,
  subjectAccessCodec,
  thirdPartyCodec,
  sentCodec,
  receivedCodec,
  ...directoryCodecs,
  ...(['intake', 'case', 'referral'] as const).map(keptNoticeCodec),
] as const;
const types = new Map(codecs.flatMap((codec) => codec.events.map((event) => [event.type, event] as const)));
const confidential = /^(?:intake|case|referral)\.(?!access-)/u;

/** Keeping the directory is not confidential: the administrator's readings name its entries, and open no case. */
const byAdministrator = (access: Readonly<Record<string, unknown>>): boolean =>
  access['role'] === 'administrator' || access['role'] === 'employer' || access['role'] === 'committee_member';

beforeAll(async () => {
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => output.push(String(chunk)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => output.push(String(chunk)) > 0);
  theatre = await openTheatre({ logs: sink, telemetry }, 'info');
}, 60_000);
afterAll(async () => {
  vi.restoreAllMocks();
  if (existsSync(theatre.data)) await theatre.close();
});

describe('a canary in every sealed field', () => {
  it('is found nowhere in the data folder nor in what the process says, traces and figures', async () => {
    // Over RPC, for the provider of the demonstration does not know the canaries.
    const { world, stage } = await stageOf(theatre.product, { seed: 1 });
    await stage.play(
      twins.flatMap((organisation) => {
        return [
          () => writeEverything(sceneOf(world, organisation, 'canary')),
          async () => void (await scenarios.playScenario2(world, organisation)),
          async () => void (await scenarios.playScenario3(world, organisation)),
          async () => void (await scenarios.playScenario4(world, organisation)),
          async () => void (await scenarios.playScenario5(world, organisation)),
          async () => void (await scenarios.playScenario8(world, organisation)),
          async () => void (await scenarios.playScenario10(world, organisation)),
        ];
      }),
    );
    await world.timers();

    // ── every sealed field is a sealed value, and its codes stand nowhere else ──
    const { events } = await theatre.product.log.readAll({ limit: 1_000_000 });
    const sealedFields = new Set<string>();
    const codes = new Set<string>([...kindOfFacts.values, ...outcome.values.filter((code) => code !== 'withdrawn')]);
    for (const event of events) {
      const stored = Buffer.from(event.data).toString('utf8');
      const data = JSON.parse(stored) as Record<string, unknown>;
      const whole = `${event.type} ${event.stream} ${Buffer.from(event.metadata).toString('utf8')} ${stored}`;
      // Nobody's id, no site: not in the data, not in the envelope, not in the name of the stream.
      const isAccess = event.stream.includes('.access-');
      if (confidential.test(event.stream) || (isAccess && !byAdministrator(data)))
        expect(whole).not.toMatch(/kanarie/u);
      // A fact is clear by design: its month, its site, coarse codes. It carries no case and no person (design §7).
      if (event.stream.startsWith('reporting.')) {
        expect(whole).not.toMatch(/kanarie(?!site)/u);
        continue;
      }
      // Hashes, sizes and signatures: the evidence knows no word and no id of anything it covers (design §5).
      if (event.type.startsWith('records.')) {
        expect(whole).not.toMatch(/kanarie/u);
        continue;
      }
      const fields: Readonly<Record<string, { readonly class: string }>> | undefined = types.get(event.type)?.fields;
      if (fields === undefined) {
        expect(isAccess, `${event.type} is of no catalogue`).toBe(true);
        continue;
      }
      for (const [name, value] of Object.entries(data)) {
        const field = fields[name];
        expect(field, `${event.type}.${name}`).toBeDefined();
        expect(isSealedShape(value), `${event.type}.${name}`).toBe(field?.class !== 'clear');
        if (field?.class !== 'clear') sealedFields.add(`${event.type}.${name}`);
        else if (confidential.test(event.stream)) expect(codes.has(String(value)), `${event.type}.${name}`).toBe(false);
      }
    }

    // ── what was not written is said, so that a new field cannot slip by ──
    const all = [...types.values()].flatMap((type) =>
      Object.entries(type.fields)
        .filter(([, field]) => field.class !== 'clear')
        .map(([name]) => `${type.type}.${name}`),
    );
    expect(all.filter((field) => !sealedFields.has(field)).toSorted()).toMatchInlineSnapshot(`
      [
        "case.HandoverProposed.v1.successorPerson",
        "case.HearingNotTakenUp.v1.attempts",
        "directory.DesignationProposed.v1.warnings",
        "directory.FunctionLaidDown.v1.function",
        "directory.FunctionLaidDown.v1.on",
        "intake.CounsellorChosen.v1.designationId",
        "referral.ReceivedReferralDeclined.v1.declinedOn",
        "referral.ReceivedReferralDeclined.v1.reason",
        "referral.ReferralRecordsChanged.v1.records",
        "referral.ReferralSenderChanged.v1.senderPerson",
      ]
    `);

    // ── every trace and figure, before the views close ──
    const told = await telemetry.everything();
    const steps = new Set(telemetry.spans().map(({ name }) => name));
    expect([...steps].toSorted()).toEqual(['log.append', 'reaction', 'rpc.client', 'rpc.server', 'timers']);
    expect(told).toContain('toeverlaat_access_records_total{outcome="ok",service="case"}');
    expect(told).not.toMatch(/kanarie/u);
    // No id of a record, a command or a person either: what a span says stands on its list.
    const recordsTold = events.filter(({ eventId, stream }) => told.includes(eventId) || told.includes(stream));
    expect(recordsTold.map(({ type }) => type)).toEqual([]);
    const names = new Set(telemetry.spans().flatMap(({ attributes }) => Object.keys(attributes)));
    expect([...names].filter((name) => !SPAN_SAYS.has(name))).toEqual([]);

    // ── every byte on the disk and on the screen ──
    await theatre.product.stop();
    const files = filesUnder(theatre.data);
    expect(files.some((file) => file.endsWith('events.sqlite'))).toBe(true);
    expect(files.some((file) => /[/\\]blobs[/\\].*[0-9a-f]{64}$/u.test(file))).toBe(true);
    const wholes = files.map((file) => [file, readFileSync(file)] as const);
    const said = Buffer.from(output.join('\n'));
    expect(planted.size).toBeGreaterThan(60);
    // The search finds what is there: a name in the clear, and a word in each of its forms.
    expect(wholes.some(([, bytes]) => formsOf('Gentia NV').some((form) => bytes.includes(form)))).toBe(true);
    for (const around of ['', 'x', 'xy']) {
      const encoded = Buffer.from(Buffer.from(`${around}kanarie-of-the-search-itself`).toString('base64'));
      expect(formsOf('kanarie-of-the-search-itself').some((form) => encoded.includes(form))).toBe(true);
    }
    expect(said.length).toBeGreaterThan(0);
    for (const [canary, place] of planted)
      for (const form of formsOf(canary)) {
        for (const [file, bytes] of wholes) expect(bytes.includes(form), `${place} in ${file}`).toBe(false);
        expect(said.includes(form), `${place} in the output`).toBe(false);
      }
    // The directory names its people and sites; nothing of the confidential services and no line of output does.
    for (const organisation of twins)
      for (const [what, id] of Object.entries(ids(organisation)))
        for (const form of formsOf(id)) {
          for (const [file, bytes] of wholes)
            if (
              /[/\\]views[/\\](?!directory)|reactors|keyring/u.test(file) &&
              // Figures name the site; the records manager's index, the entries that the administrator opened.
              !(what === 'site' && /views[/\\]reporting/u.test(file)) &&
              !/views[/\\]records/u.test(file)
            )
              expect(bytes.includes(form), `${id} in ${file}`).toBe(false);
          expect(said.includes(form), `${id} in the output`).toBe(false);
        }
  }, 120_000);
});
