import * as c from '@toeverlaat/contracts';
import { wordingVersion } from '@toeverlaat/legal';
import { addDays, type LocalDate, type OrganisationId } from '@toeverlaat/values';
import { asked } from '../demo/actors.js';
import { gentia } from '../demo/people.js';
import { instantAt } from '../demo/stage.js';
import { accept, cardOf, participantIn, putScan, signOnPaper } from '../demo/steps.js';
import { demoReceipt, sceneOf, sha256Of, weeksAgo, type Scene, type World } from '../demo/world.js';

/** The confidential records of one organisation, the same in each but for what is said in them. */
export const recordNames = ['R1', 'R2', 'R3', 'R4', 'C1', 'C2', 'C3', 'C4', 'F1', 'F2', 'A1', 'T1'] as const;
export type RecordName = (typeof recordNames)[number];

/** What a text in them is; the oracle says who may read which. */
export const kinds = [
  'request',
  'conversation',
  'case',
  'personal note',
  'agreed point',
  'told',
  'referral',
  'referral out',
  'advice',
  'register',
  'attachment',
  'name',
  'email',
  'id',
  'document id',
  'participant id',
] as const;
export type CanaryKind = (typeof kinds)[number];

/** A text that occurs nowhere else: where it turns up, its record was read. */
export type Canary = {
  readonly text: string;
  readonly organisation: OrganisationId;
  readonly record: RecordName | 'directory';
  readonly kind: CanaryKind;
  readonly place: string;
  /** Another record that took the text over, with its own readers and its own access records. */
  readonly takenOverBy?: RecordName;
};

export type Receipt = Awaited<ReturnType<typeof demoReceipt>>;

/** One organisation's records by name. */
export type Planted = {
  readonly organisation: OrganisationId;
  readonly ids: Readonly<Record<RecordName, string>>;
  /** Of C1: the confirmation of the interview, and the document of the informal choice. */
  readonly documents: readonly [string, string];
  /** In C1: told something, and told nothing. */
  readonly participants: { readonly told: string; readonly untold: string };
  readonly points: readonly string[];
  /** A scan in C1, and the copy of it that the receiver of F1 has. */
  readonly scan: { readonly blob: string; readonly copy: string };
  /** On R2. */
  readonly proposal: { readonly proposalId: string; readonly optionId: string };
  readonly designations: { readonly lies: string; readonly marc: string };
  readonly pseudonyms: { readonly lies: string };
  readonly receipts: { readonly R2: Receipt; readonly R3: Receipt };
  /** Exact count of one-off advice, this record's included. */
  readonly advice: number;
  readonly canaries: readonly Canary[];
};

/** People with every function that a person can be given, so that each excluded one has a colleague who is not. */
const MANY_HATS = 'dirk';
const hats = [
  'head_internal_service',
  'employer',
  'committee_member',
  'administrator',
  'records_manager',
  'data_protection_officer',
  'auditor',
] as const;
/** Excluded from C1 by decision, in gentia alone; Marc is excluded there by taking part. */
export const excludedInGentia = [
  'sophie',
  'tom',
  'hugo',
  'karel',
  'carla',
  'ann',
  'rik',
  'dora',
  'aude',
  'olga',
] as const;
/** The number of pieces of advice beyond A1; another one in each organisation. */
const moreAdvice = (organisation: OrganisationId): number => (organisation === gentia ? 6 : 8);

/** Weeks before the present at which everything happens: in a quarter that is over. */
export const WEEKS_AGO = 10;

const createPlanter = (organisation: OrganisationId) => {
  const canaries: Canary[] = [];
  const plant = (record: Canary['record'], kind: CanaryKind, place: string, takenOverBy?: RecordName): string => {
    const text = `kanarie${sha256Of(`${organisation} ${record} ${kind} ${place}`).slice(0, 20)}`;
    canaries.push({ text, organisation, record, kind, place, ...(takenOverBy === undefined ? {} : { takenOverBy }) });
    return text;
  };
  const know = (record: RecordName, kind: CanaryKind, place: string, text: string): void => {
    canaries.push({ text, organisation, record, kind, place });
  };
  return { canaries, plant, know };
};

/** Plays the records of one organisation through the real commands. */
export const plantRecords = async (world: World, organisation: OrganisationId): Promise<Planted> => {
  const scene: Scene = sceneOf(world, organisation, 'matrix');
  const { canaries, plant, know } = createPlanter(organisation);
  const day = weeksAgo(world, WEEKS_AGO);
  await world.at(day, '07:00');

  // ── the directory ──
  const ann = scene.as('ann', 'administrator');
  for (const role of hats)
    await scene.does(ann, `hat ${role}`, c.grantCapacity, { personId: MANY_HATS, role, sites: 'all', from: day });
  for (const personId of ['tom', 'luc'])
    await scene.does(ann, `adviser ${personId}`, c.grantCapacity, {
      personId,
      role: 'prevention_adviser',
      sites: 'all',
      from: day,
    });
  await scene.does(ann, 'rename', c.renamePerson, {
    personId: 'bert',
    name: plant('directory', 'name', 'name of bert'),
  });
  await scene.does(ann, 'mail', c.changeEmail, {
    personId: 'bert',
    email: `${plant('directory', 'email', 'mail of bert')}@example.org`,
  });
  await world.settle();
  world.driver.forget();

  const pieter = scene.as('pieter', 'worker');
  const lies = scene.as('lies', 'counsellor');
  const marc = scene.as('marc', 'counsellor');
  const designations = {
    lies: await cardOf(pieter, 'ghent', 'lies'),
    marc: await cardOf(pieter, 'ghent', 'marc'),
  };

  // ── requests: signed in, anonymous, named without an account ──
  const base = { site: 'ghent', language: 'nl', wordingVersion, escalation: 'nobody' } as const;
  const R1 = await scene.does(pieter, 'R1', c.sendRequestCommand, {
    ...base,
    way: 'signed_in',
    designationId: designations.lies,
    kindOfFacts: 'unwanted_sexual_behaviour',
    interpreter: plant('R1', 'request', 'interpreter'),
    safeChannel: plant('R1', 'request', 'safe channel'),
    safeHours: plant('R1', 'request', 'safe hours'),
    message: plant('R1', 'request', 'message', 'C1'),
    earlierRequest: plant('R1', 'request', 'earlier request'),
  });
  // Nora names a second counsellor, who is told when time runs short, and in gentia turns out to have a conflict.
  const nora = scene.as('nora', 'worker');
  const R4 = await scene.does(nora, 'R4', c.sendRequestCommand, {
    ...base,
    way: 'signed_in',
    site: 'eupen',
    designationId: await cardOf(nora, 'eupen', 'greta'),
    escalation: 'second_counsellor',
    secondDesignationId: await cardOf(nora, 'eupen', 'sophie'),
    message: plant('R4', 'request', 'message', 'C4'),
  });
  const receipts = {
    R2: await demoReceipt(`matrix ${organisation} R2`, 'nl'),
    R3: await demoReceipt(`matrix ${organisation} R3`, 'nl'),
  };
  const door = world.driver.actor({ as: 'anonymous_worker', organisation });
  const R2 = await scene.does(door, 'R2', c.sendRequestCommand, {
    ...base,
    way: 'anonymous',
    designationId: designations.lies,
    message: plant('R2', 'request', 'message', 'C2'),
    receipt: receipts.R2.registration,
  });
  const R3 = await scene.does(door, 'R3', c.sendRequestCommand, {
    ...base,
    way: 'named',
    designationId: designations.marc,
    name: plant('R3', 'request', 'name'),
    safeChannel: plant('R3', 'request', 'safe channel'),
    message: plant('R3', 'request', 'message'),
    receipt: receipts.R3.registration,
  });
  await world.settle();
  const behindR2 = world.driver.actor({ as: 'anonymous_worker', organisation, receipt: receipts.R2 });
  const behindR3 = world.driver.actor({ as: 'anonymous_worker', organisation, receipt: receipts.R3 });
  await scene.does(behindR2, 'R2 asks', c.sendMessageCommand, {
    requestId: R2,
    words: plant('R2', 'conversation', 'question'),
  });
  await scene.does(behindR3, 'R3 asks', c.sendMessageCommand, {
    requestId: R3,
    words: plant('R3', 'conversation', 'question'),
  });
  await scene.does(lies, 'R2 reply', c.sendMessageCommand, {
    requestId: R2,
    words: plant('R2', 'conversation', 'reply'),
  });
  const propose = async (step: string, place: string) => {
    await scene.does(lies, step, c.proposeAppointmentsCommand, {
      requestId: R2,
      options: [{ startsAt: instantAt(addDays(day, 3), '10:00'), channel: 'in_person' }],
      place,
    });
    const own = await asked(behindR2, c.ownRequestQuery, { requestId: R2 });
    const proposal = own.proposals.at(-1);
    return { proposalId: proposal?.proposalId ?? '', optionId: proposal?.options[0]?.optionId ?? '' };
  };
  const declined = await propose('R2 propose', plant('R2', 'conversation', 'place'));
  await scene.does(behindR2, 'R2 decline', c.declineAppointmentsCommand, {
    requestId: R2,
    proposalId: declined.proposalId,
    wish: plant('R2', 'conversation', 'wish'),
  });
  const proposal = await propose('R2 propose again', plant('R2', 'conversation', 'other place'));

  // ── C1, with everything in it ──
  const durationMinutes = organisation === gentia ? 437 : 443;
  await asked(lies, c.requestQuery, { requestId: R1 });
  const C1 = await accept(scene, lies, 'C1', R1);
  await scene.does(lies, 'C1 offer', c.offerHearingCommand, {
    caseId: C1,
    offeredOn: day,
    proposedFor: addDays(day, 1),
    channel: 'phone',
    note: plant('C1', 'case', 'offer'),
  });
  await scene.does(lies, 'C1 contact', c.recordContactCommand, {
    caseId: C1,
    heldOn: day,
    channel: 'in_person',
    durationMinutes,
    riskSources: ['circumstances'],
    optionsExplained: ['informal_intervention'],
    language: 'nl',
    topic: plant('C1', 'case', 'topic'),
    nextStep: plant('C1', 'case', 'next step'),
    isHearing: true,
  });
  know('C1', 'case', 'duration, a sealed code', `"durationMinutes":${durationMinutes}`);
  await scene.does(lies, 'C1 note', c.writeCaseNoteCommand, { caseId: C1, note: plant('C1', 'case', 'note') });
  await scene.does(lies, 'C1 own note', c.writePersonalNoteCommand, {
    caseId: C1,
    note: plant('C1', 'personal note', 'personal note'),
  });
  await scene.does(lies, 'C1 asks', c.requestInterviewConfirmationCommand, { caseId: C1, requestedOn: day });
  await scene.does(lies, 'C1 confirms', c.issueInterviewConfirmationCommand, { caseId: C1, issuedOn: day });
  await scene.does(lies, 'C1 chooses', c.chooseInformalTypeCommand, {
    caseId: C1,
    informalType: 'intervention_with_another_person',
    chosenOn: day,
  });
  const takesPart = async (person: string): Promise<string> => {
    await scene.does(lies, `C1 ${person}`, c.addParticipantCommand, {
      caseId: C1,
      role: 'directly_involved',
      capacity: 'colleague',
      person,
      name: plant('C1', 'agreed point', `${person} as the counsellor calls them`, 'F1'),
    });
    return participantIn(lies, C1, person);
  };
  const participants = { told: await takesPart('bert'), untold: await takesPart('isabelle') };
  if (organisation === gentia) await takesPart('marc');
  for (const [step, participantId] of Object.entries(participants))
    await scene.does(lies, `C1 point ${step}`, c.agreeTellingCommand, {
      caseId: C1,
      participantId,
      agreedOn: day,
      words: plant('C1', 'agreed point', `agreed for who is ${step}`, 'F1'),
    });
  await signOnPaper(scene, lies, C1, day);
  const opened = await asked(lies, c.caseByIdQuery, { caseId: C1 });
  const points = opened.participants
    .filter(({ participantId }) => participantId === participants.told)
    .flatMap((one) => one.points.map(({ pointId }) => pointId));
  await scene.does(lies, 'C1 tells', c.tellParticipantCommand, {
    caseId: C1,
    participantId: participants.told,
    pointIds: points,
    toldOn: day,
    channel: 'letter',
    words: plant('C1', 'told', 'told'),
  });
  await scene.does(lies, 'C1 intervenes', c.carryOutInterventionCommand, {
    caseId: C1,
    participantId: participants.told,
    pointIds: points,
    carriedOutOn: day,
    channel: 'in_person',
    note: plant('C1', 'case', 'intervention'),
  });
  await scene.does(lies, 'C1 discloses', c.makeDisclosureCommand, {
    caseId: C1,
    ground: 'testimony_in_court',
    disclosedOn: day,
    recipient: plant('C1', 'case', 'recipient'),
    words: plant('C1', 'case', 'testimony'),
  });
  await scene.does(lies, 'C1 outcome', c.recordOutcomeCommand, {
    caseId: C1,
    outcome: 'improved',
    recordedFor: day,
    note: plant('C1', 'case', 'outcome'),
  });
  if (organisation === gentia)
    for (const person of excludedInGentia)
      await scene.does(lies, `C1 excludes ${person}`, c.addExclusionCommand, {
        caseId: C1,
        excluded: { person },
        reason: 'conflict_of_interest',
      });
  const [confirmation, choice] = opened.documents.map(({ documentId }) => documentId);
  if (confirmation === undefined || choice === undefined) throw new RangeError('C1 has two documents');

  const scan = await putScan(scene, lies, 'C1 scan', C1, plant('C1', 'attachment', 'scan', 'F1'));
  await scene.does(lies, 'C1 attaches', c.addAttachmentCommand, {
    caseId: C1,
    ...scan,
    kind: 'letter',
    name: plant('C1', 'attachment', 'name of the scan', 'F1'),
  });
  const { attachments } = await asked(lies, c.caseByIdQuery, { caseId: C1 });

  // ── F1 to the adviser's desk, F2 to somebody without one ──
  const prepare = async (
    step: 'F1' | 'F2',
    data: Partial<Parameters<typeof scene.does<typeof c.prepareReferralCommand.data>>[3]>,
  ) => {
    const referralId = await scene.does(lies, step, c.prepareReferralCommand, {
      caseId: C1,
      receiverKind: 'prevention_adviser',
      message: plant(step, 'referral', 'message'),
      ...data,
    });
    const { listHash } = await asked(pieter, c.sentReferralQuery, { referralId });
    await scene.does(pieter, `${step} consent`, c.giveReferralConsentCommand, {
      referralId,
      listHash,
      wordingVersion,
      wordingLanguage: 'nl',
    });
    return referralId;
  };
  const F1 = await prepare('F1', {
    receiver: { person: 'eva' },
    pickedByWorker: attachments.map(({ attachmentId }) => attachmentId),
  });
  await scene.does(lies, 'F1 send', c.sendReferralCommand, { referralId: F1 });
  const F2 = await prepare('F2', { receiverKind: 'gp', receiverName: plant('F2', 'referral out', 'receiver') });
  await scene.does(lies, 'F2 send', c.sendReferralCommand, {
    referralId: F2,
    words: plant('F2', 'referral out', 'words'),
    handedOverOn: day,
  });
  await scene.does(lies, 'F2 answer', c.noteReferralAnswerCommand, {
    referralId: F2,
    answer: 'accepted',
    on: day,
    note: plant('F2', 'referral out', 'answer'),
  });

  // ── C2 of the anonymous worker, C3 of the other counsellor, advice ──
  const C2 = await accept(scene, lies, 'C2', R2);
  await scene.does(lies, 'C2 contact', c.recordContactCommand, {
    caseId: C2,
    heldOn: day,
    channel: 'phone',
    riskSources: [],
    optionsExplained: [],
    language: 'nl',
    topic: plant('C2', 'case', 'topic'),
    isHearing: true,
  });
  const C3 = await scene.does(marc, 'C3', c.openCaseCommand, {
    identity: 'named',
    applicantName: plant('C3', 'case', 'applicant'),
    site: 'ghent',
    firstContactOn: day,
    language: 'nl',
    kindOfFacts: 'violence',
    summary: plant('C3', 'case', 'summary'),
  });
  const advise = (step: string, topic: string | undefined): Promise<string> =>
    scene.does(lies, step, c.recordAdviceCommand, {
      site: 'ghent',
      heldOn: day,
      channel: 'phone',
      language: 'nl',
      riskSources: [],
      optionsExplained: ['informal_advice'],
      ...(topic === undefined ? {} : { topic }),
    });
  const A1 = await advise('A1', plant('A1', 'advice', 'topic'));
  for (let n = 0; n < moreAdvice(organisation); n += 1) await advise(`more advice ${n}`, undefined);
  const T1 = await scene.does(lies, 'T1', c.recordThirdPartyEntryCommand, {
    statementOn: day,
    factsFrom: day,
    site: 'ghent',
    place: plant('T1', 'register', 'place'),
    capacity: 'passenger',
    kinds: ['physical_violence'],
    description: plant('T1', 'register', 'description'),
    workerName: plant('T1', 'register', 'worker'),
    workerAgreesToName: true,
  });
  // Another, so that the register has a second page.
  await scene.does(lies, 'T2', c.recordThirdPartyEntryCommand, {
    statementOn: day,
    factsFrom: day,
    site: 'ghent',
    capacity: 'passer_by',
    kinds: ['other'],
    description: 'Een voorbijganger schold.',
    workerAgreesToName: false,
  });
  await scene.does(lies, 'T1 follow-up', c.noteThirdPartyFollowUpCommand, {
    entryId: T1,
    notedOn: day,
    words: plant('T1', 'register', 'follow-up'),
  });
  await world.settle();

  const C4 = await runShort(scene, addDays(day, 7), R4);
  const ids = { R1, R2, R3, R4, C1, C2, C3, C4, F1, F2, A1, T1 };
  for (const name of recordNames) know(name, 'id', 'id', ids[name]);
  know('C1', 'document id', 'confirmation', confirmation);
  know('C1', 'document id', 'choice', choice);
  know('C1', 'participant id', 'told', participants.told);
  know('C1', 'participant id', 'untold', participants.untold);
  const { copies } = await asked(scene.as('eva', 'prevention_adviser'), c.receivedReferralQuery, { referralId: F1 });
  const copy = copies.find(({ kind }) => kind === 'attachment')?.file?.blob;
  if (copy === undefined) throw new RangeError('F1 has a copy of the scan');
  const file = await asked(scene.as('aude', 'auditor'), c.designationFileQuery, { designationId: designations.lies });
  return {
    organisation,
    ids,
    documents: [confirmation, choice],
    participants,
    points,
    scan: { blob: scan.blob, copy },
    proposal,
    designations,
    pseudonyms: { lies: file.pseudonyms[0] ?? '' },
    receipts,
    advice: 1 + moreAdvice(organisation),
    canaries,
  };
};

/** Time runs short for R4: the second counsellor is told; then its own counsellor accepts it, and in gentia excludes her. */
const runShort = async (scene: Scene, day: LocalDate, requestId: string): Promise<string> => {
  const { world, organisation } = scene;
  for (const after of [0, 1]) {
    await world.at(addDays(day, after), '06:00');
    await world.timers();
  }
  const greta = scene.as('greta', 'counsellor');
  const caseId = await accept(scene, greta, 'C4', requestId);
  if (organisation === gentia)
    await scene.does(greta, 'C4 excludes sophie', c.addExclusionCommand, {
      caseId,
      excluded: { person: 'sophie' },
      reason: 'conflict_of_interest',
    });
  await world.settle();
  return caseId;
};

/** The quarter is over: the head of the internal service releases its figures. */
export const releaseFigures = async (world: World, organisation: OrganisationId): Promise<void> => {
  const day = weeksAgo(world, WEEKS_AGO);
  const year = day.slice(0, 4);
  const quarter = Math.floor((Number(day.slice(5, 7)) - 1) / 3);
  const month = (n: number): string => `${year}-${String(n).padStart(2, '0')}`;
  await world.at(addDays(`${month(quarter * 3 + 3)}-28`, 10), '09:00');
  const scene = sceneOf(world, organisation, 'matrix');
  await scene.does(scene.as('hugo', 'head_internal_service'), 'release', c.releaseFiguresCommand, {
    from: month(quarter * 3 + 1),
    to: month(quarter * 3 + 3),
  });
  await world.settle();
};
