import * as c from '@toeverlaat/contracts';
import { addMonths } from '@toeverlaat/legal';
import { addDays, type LocalDate } from '@toeverlaat/values';
import { scenarioWeeks, type Scenario } from './scenarios.js';
import { sceneOf, unwatched, weeksAgo } from './world.js';

/** Months that an entry of the register is kept, from its statement. */
const KEPT_MONTHS = 60;

/**
 * A passenger hits a bus driver, who tells it to Lies and does not want to be named: an entry of the register. Lies also takes
 * over the last statement of the paper register, whose five years end two days later; then it is destroyed, alone.
 */
export const playScenario7: Scenario<{
  readonly entryId: string;
  readonly paperId: string;
  readonly erasureId: string;
  readonly statementOn: LocalDate;
  readonly paperStatementOn: LocalDate;
}> = async (world, organisation, watch = unwatched) => {
  const scene = sceneOf(world, organisation, 'scenario 7');
  const lies = scene.as('lies', 'counsellor');
  const monday = weeksAgo(world, scenarioWeeks[7]);
  const statementOn = addDays(monday, 1);
  const paperStatementOn = addMonths(addDays(monday, 3), -KEPT_MONTHS);

  await world.at(statementOn, '10:20');
  const entryId = await scene.does(lies, 'record', c.recordThirdPartyEntryCommand, {
    statementOn,
    factsFrom: monday,
    site: 'ghent',
    place: 'Halte Korenmarkt, lijn 3',
    capacity: 'passenger',
    kinds: ['physical_violence', 'psychological_violence'],
    description: 'Een reiziger zonder geldig vervoerbewijs sloeg de chauffeur in het gezicht en schold daarna nog.',
    workerAgreesToName: false,
  });
  const paperId = await scene.does(lies, 'paper', c.recordThirdPartyEntryCommand, {
    statementOn: paperStatementOn,
    factsFrom: addDays(paperStatementOn, -1),
    site: 'ghent',
    capacity: 'passer_by',
    kinds: ['physical_violence'],
    description: 'Overgenomen uit het papieren register: een voorbijganger gooide een fles naar de bus.',
    workerName: 'M. Peeters',
    workerAgreesToName: true,
  });
  await world.settle();
  const facts = { entryId, paperId, statementOn, paperStatementOn };
  await watch('recorded', facts);

  await world.at(addDays(monday, 8), '09:15');
  await scene.does(lies, 'follow up', c.noteThirdPartyFollowUpCommand, {
    entryId,
    notedOn: addDays(monday, 8),
    words: 'De dienst preventie laat op lijn 3 ’s avonds met twee rijden.',
  });
  // The facts of the days before are counted.
  await world.timers();
  await watch('followed up', facts);

  await world.at(addDays(monday, 10), '09:00');
  const erasureId = await scene.does(scene.as('rik', 'records_manager'), 'expired', c.requestErasureCommand, {
    subject: `third_party_entry/${paperId}`,
    ground: 'retention_rule',
  });
  await scene.does(scene.as('dora', 'data_protection_officer'), 'approve', c.approveErasuresCommand, {
    erasureIds: [erasureId],
  });
  await world.timers();
  await watch('expired', { ...facts, erasureId });
  return { ...facts, erasureId };
};
