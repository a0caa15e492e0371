import * as c from '@toeverlaat/contracts';
import { addDays, type OrganisationId } from '@toeverlaat/values';
import { asked } from './actors.js';
import { sceneOf, unwatched, weeksAgo, type Watch, type World } from './world.js';

/** Weeks before the present on whose Monday it begins: after every scenario, since the change of rules reaches what they closed. */
export const KEEPING_WEEKS_AGO = 2;

/** What was kept, changed, held and erased, for whoever looks it up. */
export type KeepingFacts = {
  readonly proposalId: string;
  readonly holdId: string;
  readonly heldAdviceId: string;
  readonly erasedAdviceId: string;
  readonly erasureId: string;
};

/**
 * What becomes of records: Rik, the records manager, proposes to keep counsellors' files for twelve years instead of ten, sees
 * what that would do, and Lies, a counsellor, activates it. A hold is placed on one of two advices that Lies noted; the other one
 * is erased, because whoever it was about asked for it: Rik asks, Dora approves, and a certificate is left.
 */
export const playKeeping = async (
  world: World,
  organisation: OrganisationId,
  watch: Watch = unwatched,
): Promise<KeepingFacts> => {
  const scene = sceneOf(world, organisation, 'keeping');
  const lies = scene.as('lies', 'counsellor');
  const rik = scene.as('rik', 'records_manager');
  const dora = scene.as('dora', 'data_protection_officer');
  const monday = weeksAgo(world, KEEPING_WEEKS_AGO);

  await world.at(monday, '09:00');
  const advice = (step: string, topic: string): Promise<string> =>
    scene.does(lies, step, c.recordAdviceCommand, {
      site: 'ghent',
      heldOn: monday,
      channel: 'phone',
      durationMinutes: 15,
      language: 'nl',
      riskSources: ['relations'],
      optionsExplained: ['informal_advice'],
      topic,
    });
  const heldAdviceId = await advice(
    'advice held',
    'Vraagt wat een vertrouwenspersoon kan doen na een ongeval met ruzie.',
  );
  const erasedAdviceId = await advice('advice erased', 'Vraagt raad over een collega, en wil dat er niets van blijft.');
  await world.settle();

  // Ten years on, so that it shows what the longer term would keep.
  await world.at(monday, '10:00');
  const proposalId = await scene.does(rik, 'propose', c.proposeRetentionRules, {
    rules: [{ recordClass: 'informal_case', period: 'P12Y' }],
    scope: 'all',
    motive: 'Dichter bij de twintig jaar van het dossier van de preventieadviseur.',
  });
  await scene.does(rik, 'simulate', c.simulateRetentionChange, { proposalId, on: addDays(monday, 3_653) });
  await world.settle();
  await watch('simulated', { proposalId });

  await world.at(addDays(monday, 1), '11:00');
  await scene.does(lies, 'activate', c.activateRetentionRules, { proposalId });
  await world.settle();
  await watch('activated', { proposalId });

  await world.at(addDays(monday, 2), '09:30');
  const holdId = await scene.does(rik, 'hold', c.placeLegalHold, {
    scope: 'records',
    kept: [c.keptIdOf(organisation, 'case', heldAdviceId)],
    reviewOn: addDays(monday, 180),
    reason: 'De inspectie onderzoekt het ongeval en vraagt te bewaren wat erover bestaat.',
  });
  await world.settle();
  await watch('held', { holdId, heldAdviceId });

  await world.at(addDays(monday, 3), '14:00');
  const erasureId = await scene.does(rik, 'ask erasure', c.requestErasureCommand, {
    subject: `advice/${erasedAdviceId}`,
    ground: 'data_subject_request',
  });
  await world.settle();
  await watch('asked', { erasureId, erasedAdviceId });

  await world.at(addDays(monday, 4), '10:00');
  await scene.does(dora, 'approve erasure', c.approveErasuresCommand, { erasureIds: [erasureId] });
  await world.timers();
  await asked(dora, c.erasureCertificateQuery, { erasureId });
  await watch('erased', { erasureId, erasedAdviceId });
  return { proposalId, holdId, heldAdviceId, erasedAdviceId, erasureId };
};
