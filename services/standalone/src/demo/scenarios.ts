import * as c from '@toeverlaat/contracts';
import { wordingVersion } from '@toeverlaat/legal';
import { addDays, type LocalDate, type OrganisationId } from '@toeverlaat/values';
import { asked } from './actors.js';
import { designate } from './found.js';
import { broodhuis, filature, zorgnet } from './people.js';
import { accept, cardOf, meet, participantIn, requestOf, signOnPaper } from './steps.js';
import { sceneOf, unwatched, weeksAgo, type Watch, type World } from './world.js';

/** Those of `domain.md` §8 that are played. */
export const playedScenarios = [1, 2, 3, 4, 5, 7, 8, 9, 10] as const;
/** The one that waits for what it needs: the formal collective track. */
export const missingScenarios = [6] as const;

/** Weeks before the present on whose Monday each begins. */
export const scenarioWeeks = { 1: 40, 2: 20, 3: 34, 4: 28, 5: 14, 7: 23, 8: 8, 9: 4, 10: 17 } as const satisfies Record<
  (typeof playedScenarios)[number],
  number
>;

export type Scenario<Facts> = (world: World, organisation: OrganisationId, watch?: Watch) => Promise<Facts>;

/** Pieter feels mistreated by his manager; Lies hears him on day 4; two talks, and nobody is contacted. */
export const playScenario1: Scenario<{ readonly requestId: string; readonly caseId: string }> = async (
  world,
  organisation,
  watch = unwatched,
) => {
  const scene = sceneOf(world, organisation, 'scenario 1');
  const pieter = scene.as('pieter', 'worker');
  const lies = scene.as('lies', 'counsellor');
  const monday = weeksAgo(world, scenarioWeeks[1]);

  await world.at(monday, '08:40');
  const requestId = await scene.does(
    pieter,
    'send',
    c.sendRequestCommand,
    requestOf('ghent', await cardOf(pieter, 'ghent', 'lies'), 'nl', {
      kindOfFacts: 'conflict',
      message:
        'Mijn rechtstreekse leidinggevende haalt mijn analyses in elke vergadering neer en zet mij voor de hele ploeg voor schut. Kan ik met iemand praten?',
    }),
  );
  await world.settle();
  await watch('sent', { requestId });

  await world.at(addDays(monday, 1), '10:15');
  await lies.query(c.requestQuery, { requestId });
  await meet(
    scene,
    lies,
    pieter,
    requestId,
    { date: addDays(monday, 4), time: '13:30', channel: 'in_person' },
    'Vergaderkamer De Leie, derde verdieping',
  );
  await world.settle();
  await watch('read', { requestId });

  const heardOn = addDays(monday, 4);
  await world.at(heardOn, '14:20');
  const caseId = await accept(scene, lies, 'accept', requestId);
  await scene.does(lies, 'hear', c.recordContactCommand, {
    caseId,
    heldOn: heardOn,
    channel: 'in_person',
    durationMinutes: 50,
    riskSources: ['relations'],
    optionsExplained: ['informal_advice', 'informal_intervention', 'formal_individual'],
    language: 'nl',
    otherPartyCapacity: 'line_manager',
    repeated: true,
    topic: 'Pieter vertelt over drie vergaderingen in een maand waarin zijn werk werd afgebroken.',
    nextStep: 'Volgende week bellen; hij schrijft op wat er gebeurt.',
    isHearing: true,
  });
  await scene.does(lies, 'note', c.writePersonalNoteCommand, {
    caseId,
    note: 'Oogt vermoeid. Eerst luisteren, niets overhaasten.',
  });
  await world.settle();
  await watch('heard', { requestId, caseId });

  await world.at(addDays(monday, 11), '11:00');
  await scene.does(lies, 'second talk', c.recordContactCommand, {
    caseId,
    heldOn: addDays(monday, 11),
    channel: 'phone',
    durationMinutes: 25,
    riskSources: ['relations'],
    optionsExplained: ['informal_advice'],
    language: 'nl',
    otherPartyCapacity: 'line_manager',
    topic: 'Hij heeft het zelf aangekaart en wil het hierbij laten.',
    isHearing: false,
  });
  await scene.does(lies, 'choose', c.chooseInformalTypeCommand, {
    caseId,
    informalType: 'advice',
    chosenOn: addDays(monday, 11),
  });
  await world.settle();
  await watch('advised', { requestId, caseId });

  await world.at(addDays(monday, 25), '09:30');
  await scene.does(lies, 'outcome', c.recordOutcomeCommand, {
    caseId,
    outcome: 'improved',
    recordedFor: addDays(monday, 25),
    note: 'De vergaderingen verlopen rustiger.',
  });
  await scene.does(lies, 'close', c.closeCaseCommand, { caseId, closedOn: addDays(monday, 25) });
  await world.settle();
  await watch('closed', { requestId, caseId });
  return { requestId, caseId };
};

/** Nora's request lands just before her counsellor falls ill: nobody hears her by day 10, and who was named learns only that. */
export const playScenario2: Scenario<{
  readonly requestId: string;
  readonly caseId: string;
  readonly hearingDueOn: LocalDate;
}> = async (world, organisation, watch = unwatched) => {
  const scene = sceneOf(world, organisation, 'scenario 2');
  const nora = scene.as('nora', 'worker', 'de');
  const greta = scene.as('greta', 'counsellor', 'de');
  const monday = weeksAgo(world, scenarioWeeks[2]);
  const hearingDueOn = addDays(monday, 10);

  await world.at(monday, '07:50');
  const gretasCard = await cardOf(nora, 'eupen', 'greta');
  const requestId = await scene.does(
    nora,
    'send',
    c.sendRequestCommand,
    requestOf('eupen', gretasCard, 'de', {
      kindOfFacts: 'bullying',
      message: 'Seit Wochen grüßt mich niemand mehr in der Schicht, und mein Spind wurde zweimal zugeklebt.',
      escalation: 'second_counsellor',
      secondDesignationId: await cardOf(nora, 'eupen', 'sophie'),
    }),
  );
  await world.settle();
  await watch('sent', { requestId });

  await world.at(addDays(monday, 1), '08:05');
  await scene.does(scene.as('ann', 'administrator'), 'absence', c.enterAbsence, {
    designationId: gretasCard,
    from: addDays(monday, 1),
    backOn: addDays(monday, 14),
  });
  await world.settle();
  await watch('absent', { requestId });

  // Three days before the end the worker is told, and a day later whom she named.
  await world.at(addDays(monday, 7), '06:00');
  await world.timers();
  await watch('time short', { requestId });
  await world.at(addDays(monday, 8), '06:00');
  await world.timers();
  await watch('escalated', { requestId });
  await world.at(addDays(monday, 11), '06:00');
  await world.timers();
  await watch('missed', { requestId });

  const back = addDays(monday, 14);
  await world.at(back, '09:10');
  await greta.query(c.requestQuery, { requestId });
  const caseId = await accept(scene, greta, 'accept', requestId);
  await scene.does(greta, 'hear', c.recordContactCommand, {
    caseId,
    heldOn: back,
    channel: 'phone',
    durationMinutes: 40,
    riskSources: ['relations', 'organisation'],
    optionsExplained: ['informal_advice', 'informal_reconciliation', 'formal_violence_bullying_sexual'],
    language: 'de',
    otherPartyCapacity: 'group',
    repeated: true,
    topic: 'Nora wird in der Spätschicht ausgegrenzt.',
    isHearing: true,
  });
  await world.settle();
  await watch('heard late', { requestId, caseId });
  return { requestId, caseId, hearingDueOn };
};

/** Two planners in conflict try a reconciliation; one withdraws, the case closes, the document remains. */
export const playScenario3: Scenario<{ readonly caseId: string; readonly documentId: string }> = async (
  world,
  organisation,
  watch = unwatched,
) => {
  const scene = sceneOf(world, organisation, 'scenario 3');
  const jean = scene.as('jean', 'worker', 'fr');
  const sophie = scene.as('sophie', 'counsellor', 'fr');
  const monday = weeksAgo(world, scenarioWeeks[3]);

  await world.at(monday, '12:10');
  const requestId = await scene.does(
    jean,
    'send',
    c.sendRequestCommand,
    requestOf('liege', await cardOf(jean, 'liege', 'sophie'), 'fr', {
      kindOfFacts: 'conflict',
      message: 'Ma collègue planificatrice et moi ne nous parlons plus ; chaque planning est refait deux fois.',
    }),
  );
  await world.settle();
  await world.at(addDays(monday, 2), '09:00');
  await sophie.query(c.requestQuery, { requestId });
  const caseId = await accept(scene, sophie, 'accept', requestId);
  await scene.does(sophie, 'hear', c.recordHearingCommand, {
    caseId,
    heldOn: addDays(monday, 2),
    channel: 'in_person',
  });
  await scene.does(sophie, 'choose', c.chooseInformalTypeCommand, {
    caseId,
    informalType: 'reconciliation',
    chosenOn: addDays(monday, 2),
  });
  await scene.does(sophie, 'partner', c.addParticipantCommand, {
    caseId,
    role: 'reconciliation_partner',
    capacity: 'colleague',
    person: 'isabelle',
    name: 'Isabelle',
  });
  const participantId = await participantIn(sophie, caseId, 'isabelle');
  await scene.does(sophie, 'point', c.agreeTellingCommand, {
    caseId,
    participantId,
    agreedOn: addDays(monday, 2),
    words: 'Jean souhaite trouver avec vous une façon de préparer le planning ensemble.',
  });
  await world.settle();
  await watch('chosen', { requestId, caseId, participantId });

  await world.at(addDays(monday, 4), '10:00');
  const documentId = await signOnPaper(scene, sophie, caseId, addDays(monday, 4));
  await world.settle();
  await watch('signed', { requestId, caseId, participantId, documentId });

  await world.at(addDays(monday, 7), '10:00');
  const { participants } = await asked(sophie, c.caseByIdQuery, { caseId });
  const pointIds = participants.flatMap(({ points }) => points.map(({ pointId }) => pointId));
  await scene.does(sophie, 'tell', c.tellParticipantCommand, {
    caseId,
    participantId,
    pointIds,
    toldOn: addDays(monday, 7),
    channel: 'in_person',
    words:
      'Jean souhaite trouver avec vous une façon de préparer le planning ensemble. Acceptez-vous une conciliation ?',
  });
  await scene.does(sophie, 'agree', c.agreeToReconciliationCommand, {
    caseId,
    participantId,
    agreedOn: addDays(monday, 7),
  });
  await world.at(addDays(monday, 10), '14:00');
  await scene.does(sophie, 'meeting', c.recordReconciliationMeetingCommand, {
    caseId,
    heldOn: addDays(monday, 10),
    channel: 'in_person',
    note: 'Chacun a exposé sa façon de travailler.',
  });
  await world.settle();
  await watch('met', { requestId, caseId, participantId, documentId });

  await world.at(addDays(monday, 15), '16:00');
  await scene.does(sophie, 'withdraw', c.withdrawFromReconciliationCommand, {
    caseId,
    participantId,
    withdrawnOn: addDays(monday, 15),
  });
  await world.at(addDays(monday, 18), '09:00');
  await scene.does(sophie, 'outcome', c.recordOutcomeCommand, {
    caseId,
    outcome: 'withdrawn',
    recordedFor: addDays(monday, 18),
  });
  await scene.does(sophie, 'close', c.closeCaseCommand, { caseId, closedOn: addDays(monday, 18) });
  await world.settle();
  await watch('closed', { requestId, caseId, participantId, documentId });
  return { caseId, documentId };
};

/** Yasmine signs for a talk with her boss about workload: only what she agreed to is told. */
export const playScenario4: Scenario<{ readonly caseId: string; readonly participantId: string }> = async (
  world,
  organisation,
  watch = unwatched,
) => {
  const scene = sceneOf(world, organisation, 'scenario 4');
  const yasmine = scene.as('yasmine', 'worker', 'fr');
  const lies = scene.as('lies', 'counsellor', 'fr');
  const monday = weeksAgo(world, scenarioWeeks[4]);

  await world.at(monday, '18:30');
  const requestId = await scene.does(
    yasmine,
    'send',
    c.sendRequestCommand,
    requestOf('brussels', await cardOf(yasmine, 'brussels', 'lies'), 'fr', {
      kindOfFacts: 'workload',
      message: 'Je reprends depuis trois mois les dossiers de deux collègues absents, je n’y arrive plus.',
    }),
  );
  await world.settle();
  await world.at(addDays(monday, 3), '09:00');
  await lies.query(c.requestQuery, { requestId });
  const caseId = await accept(scene, lies, 'accept', requestId);
  await scene.does(lies, 'hear', c.recordContactCommand, {
    caseId,
    heldOn: addDays(monday, 3),
    channel: 'video',
    durationMinutes: 45,
    riskSources: ['organisation', 'content'],
    optionsExplained: ['informal_advice', 'informal_intervention'],
    language: 'fr',
    otherPartyCapacity: 'line_manager',
    topic: 'Charge de trois personnes ; elle dort mal et craint une évaluation.',
    isHearing: true,
  });
  await scene.does(lies, 'choose', c.chooseInformalTypeCommand, {
    caseId,
    informalType: 'intervention_with_another_person',
    chosenOn: addDays(monday, 3),
  });
  await scene.does(lies, 'boss', c.addParticipantCommand, {
    caseId,
    role: 'hierarchical_line',
    capacity: 'line_manager',
    person: 'dirk',
    name: 'Dirk',
  });
  const participantId = await participantIn(lies, caseId, 'dirk');
  for (const [step, words] of [
    ['point workload', 'Yasmine reprend les dossiers de deux collègues et demande une priorité claire.'],
    ['point health', 'Elle dort mal depuis l’été.'],
  ] as const)
    await scene.does(lies, step, c.agreeTellingCommand, {
      caseId,
      participantId,
      agreedOn: addDays(monday, 3),
      words,
    });
  const before = await asked(lies, c.caseByIdQuery, { caseId });
  const points = before.participants.flatMap((one) => one.points);
  const agreed = points.find(({ words }) => words?.startsWith('Yasmine'))?.pointId ?? '';
  const taken = points.find(({ words }) => words?.startsWith('Elle'))?.pointId ?? '';
  // On second thoughts her health is nobody's business.
  await scene.does(lies, 'take back', c.withdrawTellingCommand, {
    caseId,
    pointId: taken,
    withdrawnOn: addDays(monday, 3),
  });
  await world.settle();
  await watch('chosen', { requestId, caseId, participantId, agreed, taken });

  await world.at(addDays(monday, 5), '11:00');
  const documentId = await signOnPaper(scene, lies, caseId, addDays(monday, 5));
  await world.settle();
  await watch('signed', { requestId, caseId, participantId, documentId, agreed, taken });

  await world.at(addDays(monday, 8), '15:00');
  await scene.does(lies, 'tell', c.tellParticipantCommand, {
    caseId,
    participantId,
    pointIds: [agreed],
    toldOn: addDays(monday, 8),
    channel: 'in_person',
    words: 'Yasmine reprend les dossiers de deux collègues et demande une priorité claire.',
  });
  await scene.does(lies, 'intervene', c.carryOutInterventionCommand, {
    caseId,
    participantId,
    pointIds: [agreed],
    carriedOutOn: addDays(monday, 8),
    channel: 'in_person',
    note: 'Dirk confie un des deux dossiers à une autre équipe.',
  });
  await world.settle();
  await watch('told', { requestId, caseId, participantId, documentId, agreed, taken });

  await world.at(addDays(monday, 29), '10:00');
  await scene.does(lies, 'outcome', c.recordOutcomeCommand, {
    caseId,
    outcome: 'resolved',
    recordedFor: addDays(monday, 29),
  });
  await scene.does(lies, 'close', c.closeCaseCommand, { caseId, closedOn: addDays(monday, 29) });
  await world.settle();
  return { caseId, participantId };
};

/** Tom goes on to the prevention adviser: two documents go along with his consent, the notes stay behind. */
export const playScenario5: Scenario<{ readonly caseId: string; readonly referralId: string }> = async (
  world,
  organisation,
  watch = unwatched,
) => {
  const scene = sceneOf(world, organisation, 'scenario 5');
  const tom = scene.as('tom', 'worker');
  const lies = scene.as('lies', 'counsellor');
  const eva = scene.as('eva', 'prevention_adviser');
  const monday = weeksAgo(world, scenarioWeeks[5]);

  await world.at(monday, '09:00');
  const requestId = await scene.does(
    tom,
    'send',
    c.sendRequestCommand,
    requestOf('ghent', await cardOf(tom, 'ghent', 'lies'), 'nl', {
      kindOfFacts: 'bullying',
      message: 'Drie collega’s maken mij al maanden belachelijk in de groepschat en verstoppen mijn materiaal.',
    }),
  );
  await world.settle();
  const heardOn = addDays(monday, 2);
  await world.at(heardOn, '13:00');
  await lies.query(c.requestQuery, { requestId });
  const caseId = await accept(scene, lies, 'accept', requestId);
  await scene.does(lies, 'hear', c.recordContactCommand, {
    caseId,
    heldOn: heardOn,
    channel: 'in_person',
    durationMinutes: 60,
    riskSources: ['relations'],
    optionsExplained: ['informal_advice', 'informal_intervention', 'formal_violence_bullying_sexual'],
    language: 'nl',
    otherPartyCapacity: 'group',
    repeated: true,
    topic: 'Vernederende berichten in de groepschat, verstopt gereedschap.',
    isHearing: true,
  });
  await scene.does(lies, 'personal note', c.writePersonalNoteCommand, {
    caseId,
    note: 'Tom twijfelt nog. Niet duwen.',
  });
  await scene.does(lies, 'case note', c.writeCaseNoteCommand, {
    caseId,
    note: 'Schermafdrukken van de groepschat gezien, niet bewaard.',
  });
  await scene.does(tom, 'ask confirmation', c.requestInterviewConfirmationCommand, { caseId, requestedOn: heardOn });
  await scene.does(lies, 'confirm', c.issueInterviewConfirmationCommand, { caseId, issuedOn: heardOn });
  await scene.does(lies, 'choose', c.chooseInformalTypeCommand, {
    caseId,
    informalType: 'intervention_with_another_person',
    chosenOn: heardOn,
  });
  await signOnPaper(scene, lies, caseId, heardOn);
  await world.settle();
  await watch('documents', { requestId, caseId });

  await world.at(addDays(monday, 16), '10:00');
  await scene.does(lies, 'mark', c.markForFormalCommand, { caseId, markedOn: addDays(monday, 16) });
  const referralId = await scene.does(lies, 'prepare referral', c.prepareReferralCommand, {
    caseId,
    receiverKind: 'prevention_adviser',
    receiver: { person: 'eva' },
    message: 'Tom denkt aan een verzoek tot formele psychosociale interventie.',
  });
  await world.settle();
  await watch('prepared', { requestId, caseId, referralId });

  const shown = await asked(tom, c.sentReferralQuery, { referralId });
  await scene.does(tom, 'consent', c.giveReferralConsentCommand, {
    referralId,
    listHash: shown.listHash,
    wordingVersion,
    wordingLanguage: 'nl',
  });
  await scene.does(lies, 'send referral', c.sendReferralCommand, { referralId });
  await world.settle();
  await watch('handed over', { requestId, caseId, referralId });

  await world.at(addDays(monday, 17), '09:00');
  await scene.does(eva, 'accept referral', c.acceptReferralCommand, { referralId });
  await world.settle();
  await watch('accepted', { requestId, caseId, referralId });
  return { caseId, referralId };
};

/** Marc is elected to the committee: his designation ends, and each applicant chooses who goes on. */
export const playScenario8: Scenario<{
  readonly toSuccessor: string;
  readonly toAnother: string;
  readonly designationId: string;
}> = async (world, organisation, watch = unwatched) => {
  const scene = sceneOf(world, organisation, 'scenario 8');
  const marc = scene.as('marc', 'counsellor');
  const monday = weeksAgo(world, scenarioWeeks[8]);
  const cases: Record<string, string> = {};

  for (const [index, person] of ['fatima', 'joris'].entries()) {
    const worker = scene.as(person, 'worker');
    await world.at(addDays(monday, index), '09:00');
    const requestId = await scene.does(
      worker,
      `send ${person}`,
      c.sendRequestCommand,
      requestOf('ghent', await cardOf(worker, 'ghent', 'marc'), 'nl', {
        kindOfFacts: index === 0 ? 'burn_out' : 'conflict',
        message:
          index === 0
            ? 'Ik ben opgebrand en durf het niet aan mijn ploegbaas te zeggen.'
            : 'De werkverdeling in onze ploeg loopt elke week uit op ruzie.',
      }),
    );
    await world.settle();
    await world.at(addDays(monday, index + 2), '11:00');
    await marc.query(c.requestQuery, { requestId });
    const caseId = await accept(scene, marc, `accept ${person}`, requestId);
    await scene.does(marc, `hear ${person}`, c.recordHearingCommand, {
      caseId,
      heldOn: addDays(monday, index + 2),
      channel: 'in_person',
    });
    await scene.does(marc, `note ${person}`, c.writePersonalNoteCommand, {
      caseId,
      note: `Indruk na het eerste gesprek met ${person}.`,
    });
    cases[person] = caseId;
  }
  const toSuccessor = cases['fatima'] ?? '';
  const toAnother = cases['joris'] ?? '';
  const designationId = await cardOf(scene.as('fatima', 'worker'), 'ghent', 'marc');
  await world.settle();
  await watch('heard', { toSuccessor, toAnother, designationId });

  const elected = addDays(monday, 14);
  await world.at(elected, '09:00');
  await scene.does(scene.as('ann', 'administrator'), 'elected', c.takeFunction, {
    personId: 'marc',
    function: 'worker_representative_committee',
    from: elected,
  });
  world.driver.forget();
  await world.settle();
  await watch('ended', { toSuccessor, toAnother, designationId });

  await world.at(addDays(elected, 7), '09:00');
  const successorId = await designate(
    scene,
    { person: 'luc', sites: ['ghent'], languages: ['nl', 'fr'] },
    { agreed: addDays(elected, 7), from: addDays(elected, 7) },
  );
  await scene.does(scene.as('karel', 'employer'), 'successor', c.nameSuccessor, {
    designationId,
    successor: successorId,
  });
  await world.settle();
  world.driver.forget();
  const luc = scene.as('luc', 'counsellor');
  for (const [person, caseId] of Object.entries(cases))
    await scene.does(luc, `ask ${person}`, c.askContinuationCommand, { caseId, askedOn: addDays(elected, 7) });
  await world.settle();
  await watch('asked', { toSuccessor, toAnother, designationId, successorId });

  await world.at(addDays(elected, 9), '10:00');
  await scene.does(scene.as('fatima', 'worker'), 'decide fatima', c.decideContinuationCommand, {
    caseId: toSuccessor,
    decision: 'successor',
    decidedOn: addDays(elected, 9),
  });
  const joris = scene.as('joris', 'worker');
  await scene.does(joris, 'decide joris', c.decideContinuationCommand, {
    caseId: toAnother,
    decision: 'another',
    decidedOn: addDays(elected, 9),
    designationId: await cardOf(joris, 'ghent', 'lies'),
  });
  await world.settle();
  await watch('decided', { toSuccessor, toAnother, designationId, successorId });
  return { toSuccessor, toAnother, designationId };
};

/** An adviser of the external service, who acts for one client, tries another: nothing is found, and it is on record. */
export const playScenario9 = async (
  world: World,
  watch: Watch = unwatched,
): Promise<{ readonly caseId: string; readonly requestId: string }> => {
  const client = sceneOf(world, broodhuis, 'scenario 9');
  const monday = weeksAgo(world, scenarioWeeks[9]);
  const nora = client.as('nora', 'worker');
  const lies = client.from(zorgnet, 'lies', 'counsellor');

  await world.at(monday, '09:00');
  const requestId = await client.does(
    nora,
    'send',
    c.sendRequestCommand,
    requestOf('ghent', await cardOf(nora, 'ghent', 'lies'), 'nl', {
      kindOfFacts: 'conflict',
      message: 'In de nachtploeg wordt er elke week gescholden bij de oven.',
    }),
  );
  await world.settle();
  await world.at(addDays(monday, 1), '11:00');
  await lies.query(c.requestQuery, { requestId });
  const caseId = await accept(client, lies, 'accept', requestId);
  await client.does(lies, 'hear', c.recordHearingCommand, {
    caseId,
    heldOn: addDays(monday, 1),
    channel: 'phone',
  });
  await world.settle();
  await watch('heard', { requestId, caseId });

  // Marc holds a mandate for the spinning mill alone, and tries the bakery's case with it.
  await world.at(addDays(monday, 2), '14:00');
  const marc = sceneOf(world, filature, 'scenario 9').from(zorgnet, 'marc', 'prevention_adviser', 'fr');
  for (const attempt of [
    () => marc.query(c.caseByIdQuery, { caseId }),
    () => marc.query(c.requestQuery, { requestId }),
  ]) {
    const answer = await attempt();
    if (answer.ok || answer.refusal.kind !== 'NotFound')
      throw new Error(`a case of another organisation was not "not found" but ${JSON.stringify(answer)}`);
  }
  await world.settle();
  await watch('tried', { requestId, caseId });
  return { caseId, requestId };
};

/**
 * At the Eupen site Nora talks to Lies about Bert. He asks Lies which data she keeps about him, before there is a file and
 * again on the same day after it was opened; she looks in her own files and answers both times, in German.
 */
export const playScenario10: Scenario<{
  readonly caseId: string;
  readonly before: string;
  readonly after: string;
}> = async (world, organisation, watch = unwatched) => {
  const scene = sceneOf(world, organisation, 'scenario 10');
  const bert = scene.as('bert', 'worker', 'de');
  const lies = scene.as('lies', 'counsellor', 'de');
  const monday = weeksAgo(world, scenarioWeeks[10]);
  await world.at(monday, '08:10');
  const designationId = await cardOf(bert, 'ghent', 'lies');

  /** Asked, looked for and answered. */
  const answered = async (step: string): Promise<string> => {
    const accessRequestId = await scene.does(bert, `ask ${step}`, c.askSubjectAccessCommand, {
      designationId,
      words: 'Ich möchte alles einsehen, was Lies über mich notiert hat.',
    });
    await world.settle();
    await watch(`asked ${step}`, { accessRequestId });
    await scene.does(lies, `search ${step}`, c.searchForSubjectCommand, { accessRequestId });
    await scene.does(lies, `answer ${step}`, c.answerSubjectAccessCommand, { accessRequestId });
    await world.settle();
    return accessRequestId;
  };
  const before = await answered('before');

  await world.at(monday, '10:30');
  const caseId = await scene.does(lies, 'open', c.openCaseCommand, {
    identity: 'named',
    applicantName: 'Nora',
    site: 'eupen',
    firstContactOn: monday,
    language: 'de',
    kindOfFacts: 'unwanted_sexual_behaviour',
    summary: 'Nora erzählt von Bemerkungen und Berührungen durch Bert.',
  });
  await scene.does(lies, 'accused', c.addParticipantCommand, {
    caseId,
    role: 'directly_involved',
    capacity: 'colleague',
    person: 'bert',
    name: 'Bert',
  });
  await scene.does(lies, 'note', c.writeCaseNoteCommand, { caseId, note: 'Sie will, dass er nichts erfährt.' });
  await scene.does(lies, 'hear', c.recordContactCommand, {
    caseId,
    heldOn: monday,
    channel: 'in_person',
    durationMinutes: 60,
    riskSources: ['relations'],
    optionsExplained: ['informal_advice', 'formal_violence_bullying_sexual'],
    language: 'de',
    otherPartyCapacity: 'colleague',
    topic: 'Bert berührt sie beim Vorbeigehen.',
    isHearing: true,
  });
  await world.settle();
  await watch('opened', { caseId });

  await world.at(monday, '14:00');
  const after = await answered('after');
  await watch('answered', { caseId, before, after });

  await world.at(addDays(monday, 21), '09:00');
  await world.settle();
  await watch('handed out', { caseId, before, after });
  return { caseId, before, after };
};
