import { caseCategory, caseCodec } from '@toeverlaat/case';
import * as c from '@toeverlaat/contracts';
import { metadataOf, parseStreamName, type RecordedEvent } from '@toeverlaat/event-log';
import type { CodeOf, informalType, kindOfFacts, outcome } from '@toeverlaat/legal';
import { factCategory, factCodec } from '@toeverlaat/reporting';
import { derivedId } from '@toeverlaat/service-kit';
import type { OrganisationId } from '@toeverlaat/values';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asked, type Actor } from '../demo/actors.js';
import { newKey } from '../demo/graphql-driver.js';
import { demoOrganisations, gentia, twins, zorgnet } from '../demo/people.js';
import { seedDemonstration } from '../demo/seed.js';
import { sceneOf, type Scene } from '../demo/world.js';
import { openTheatre, refusalOf, type ProductTheatre } from './support.js';

/*
 * The figures, from cases to the committee. The demonstration lies in the past; what is counted exactly here happens in
 * the first quarter after it, one story in both organisations of equal ids, with other numbers in each.
 */
type Played = {
  readonly kind: CodeOf<typeof kindOfFacts>;
  readonly informal?: CodeOf<typeof informalType>;
  readonly outcome?: CodeOf<typeof outcome>;
};
const times = (count: number, played: Played): readonly Played[] => Array.from({ length: count }, () => played);
const quarter: Readonly<Record<string, readonly Played[]>> = {
  [gentia]: [
    ...times(8, { kind: 'conflict', informal: 'advice', outcome: 'resolved' }),
    ...times(6, { kind: 'burn_out', informal: 'advice', outcome: 'improved' }),
    ...times(3, { kind: 'workload', informal: 'advice' }),
    ...times(2, { kind: 'bullying', informal: 'advice', outcome: 'left' }),
  ],
  [zorgnet]: times(3, { kind: 'conflict', informal: 'advice' }),
};
const q1 = { from: '2027-01', to: '2027-03' } as const;
const withApril = { from: '2027-01', to: '2027-04' } as const;

let theatre: ProductTheatre;
const opened = new Map<OrganisationId, string[]>(twins.map((organisation) => [organisation, []]));
/** Every answer that anybody got to a question about figures. */
const answers: unknown[] = [];

const as = (organisation: OrganisationId, person: string, role: Parameters<ProductTheatre['as']>[2]): Actor =>
  theatre.as(organisation, person, role);
const head = (organisation: OrganisationId) => as(organisation, 'hugo', 'head_internal_service');
const followers = (organisation: OrganisationId) => [
  as(organisation, 'karel', 'employer'),
  as(organisation, 'carla', 'committee_member'),
];
const heard = <T>(answer: T): T => {
  answers.push(answer);
  return answer;
};
const releasedTo = async (actor: Actor) => heard(await asked(actor, c.releasedFiguresQuery, {})).rows;
const exact = async (organisation: OrganisationId, year: string): Promise<Readonly<Record<string, number | null>>> => {
  const { lines } = heard(await asked(head(organisation), c.statutoryFiguresQuery, { year }));
  return Object.fromEntries(lines.map(({ line, value }) => [line, value]));
};
const tableOf = (
  release: Awaited<ReturnType<typeof releasedTo>>[number] | undefined,
  name: string,
): { readonly cells: Readonly<Record<string, number | null>>; readonly total: number | null } => {
  const table = release?.tables.find((one) => one.table === name);
  if (table === undefined) throw new RangeError(`no table ${name}`);
  return { cells: Object.fromEntries(table.cells.map(({ cell, value }) => [cell, value])), total: table.total };
};
const nothingIn = (cells: Readonly<Record<string, number | null>>, ...except: readonly string[]): boolean =>
  Object.entries(cells).every(([cell, value]) => except.includes(cell) || value === 0);

const eventsOf = async (prefix: string): Promise<readonly RecordedEvent[]> =>
  (await theatre.product.log.readAll({ limit: 1_000_000 })).events.filter(({ stream }) => stream.startsWith(prefix));
type Recorded = c.CountedFact & { readonly organisation: OrganisationId; readonly recordedAt: string };
/** In the order of the log. */
const factsIn = async (organisation?: OrganisationId): Promise<readonly Recorded[]> =>
  (await eventsOf(`${factCategory}-`)).flatMap((event): readonly Recorded[] => {
    const data = factCodec.decodeStored(event)?.data;
    if (data === undefined || (organisation !== undefined && event.organisation !== organisation)) return [];
    const factId = parseStreamName(event.stream)?.id ?? '';
    return [{ ...data, factId, organisation: event.organisation, recordedAt: metadataOf(event).recordedAt }];
  });
const clearText = ({ stream, eventId, type, metadata, data }: RecordedEvent): string =>
  `${stream} ${eventId} ${type} ${Buffer.from(metadata).toString('utf8')} ${Buffer.from(data).toString('utf8')}`;
const idsIn = (text: string): readonly string[] =>
  text.match(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gu) ?? [];

/** A case to its fact ids, as its own service may know: the link is sealed in the case. */
const factsOfCases = async (): Promise<ReadonlyMap<string, readonly string[]>> => {
  const found = new Map<string, string[]>();
  const byStream = Map.groupBy(await eventsOf(`${caseCategory}-`), ({ stream }) => stream);
  for (const [stream, events] of byStream) {
    const factIds: string[] = [];
    for (const decoded of await caseCodec.decode(theatre.product.sealing, events))
      if (decoded.kind === 'event' && 'factId' in decoded.event.data && decoded.event.data.factId !== undefined)
        factIds.push(decoded.event.data.factId);
    found.set(parseStreamName(stream)?.id ?? '', factIds);
  }
  return found;
};

const playOne = async (scene: Scene, step: string, on: string, played: Played): Promise<string> => {
  const lies = scene.as('lies', 'counsellor');
  const caseId = await scene.does(lies, `open ${step}`, c.openCaseCommand, {
    identity: 'anonymous',
    site: 'ghent',
    firstContactOn: on,
    language: 'nl',
    kindOfFacts: played.kind,
    heardOn: on,
    heardThrough: 'in_person',
  });
  if (played.informal !== undefined)
    await scene.does(lies, `choose ${step}`, c.chooseInformalTypeCommand, {
      caseId,
      informalType: played.informal,
      chosenOn: on,
    });
  if (played.outcome !== undefined)
    await scene.does(lies, `outcome ${step}`, c.recordOutcomeCommand, {
      caseId,
      outcome: played.outcome,
      recordedFor: on,
    });
  opened.get(scene.organisation)?.push(caseId);
  return caseId;
};

/** One story in the demonstration's own time. */
const play = (story: () => Promise<void>): Promise<void> => theatre.stage.play([story]);

beforeAll(async () => {
  theatre = await openTheatre();
  await seedDemonstration(theatre.product, { cases: 16, seed: 1 });
}, 180_000);
afterAll(() => theatre.close());

describe('figures', () => {
  it('come from the cases in one shuffled batch a day', async () => {
    await play(async () => {
      const { world } = theatre;
      const day = '2027-01-12';
      await world.at(day, '06:00');
      await world.timers();
      const before = await factsIn();
      // All that the demonstration had to count has come: to every fact a case knows of there is one, and no other
      // but one-off advice and what stands in the register.
      const expected = [...(await factsOfCases()).values()].flat();
      expect(expected.length).toBeGreaterThan(50);
      const counted = before
        .filter(({ what }) => what !== 'advice' && what !== 'register_fact')
        .map(({ factId }) => factId);
      expect(counted.toSorted()).toEqual(expected.toSorted());

      for (const organisation of twins) {
        await world.at(day, '10:00');
        const scene = sceneOf(world, organisation, 'figures');
        for (const [n, played] of (quarter[organisation] ?? []).entries()) await playOne(scene, `${n}`, day, played);
        await scene.does(scene.as('lies', 'counsellor'), 'advice', c.recordAdviceCommand, {
          site: 'ghent',
          heldOn: day,
          channel: 'phone',
          language: 'nl',
          riskSources: [],
          optionsExplained: ['informal_advice'],
        });
      }
      await world.at(day, '18:00');
      await world.timers();
      expect(await factsIn()).toHaveLength(before.length);

      await world.at('2027-01-13', '06:00');
      await world.timers();
      const known = new Set(before.map(({ factId }) => factId));
      const cases = await factsOfCases();
      for (const organisation of twins) {
        const batch = (await factsIn(organisation)).filter(({ factId }) => !known.has(factId));
        const plan = quarter[organisation] ?? [];
        const facts = plan.flatMap((played) => [
          `case_opened ${played.kind}`,
          ...(played.informal === undefined ? [] : [`informal_type ${played.informal}`]),
          ...(played.outcome === undefined ? [] : [`outcome ${played.outcome}`]),
        ]);
        expect(batch.map(({ what, code }) => `${what} ${code}`).toSorted()).toEqual(
          [...facts, 'advice advice'].toSorted(),
        );
        expect(new Set(batch.map(({ recordedAt }) => recordedAt)).size).toBe(1);
        if (organisation !== gentia) continue;
        // The order in which they stand is not that of the cases, and what belongs together does not stand together.
        const owner = new Map([...cases].flatMap(([caseId, ids]) => ids.map((factId) => [factId, caseId] as const)));
        const order = batch.flatMap(({ factId }) => owner.get(factId) ?? []);
        const inTurn = (opened.get(organisation) ?? []).flatMap((caseId) =>
          (cases.get(caseId) ?? []).map(() => caseId),
        );
        expect(order).toHaveLength(inTurn.length);
        expect(order).not.toEqual(inTurn);
        expect(order.filter((caseId, at) => caseId === order[at + 1]).length).toBeLessThan(inTurn.length / 2);
      }
    });
  });

  it('are exact for the head of the internal service and for nobody else', async () => {
    expect(await exact(gentia, '2027')).toMatchObject({
      'informal.counsellor.advice': 20,
      'informal.counsellor.reconciliation': 0,
      'formal.bullying': 0,
      'collective_measures.general': null,
    });
    expect(await exact(zorgnet, '2027')).toMatchObject({ 'informal.counsellor.advice': 4 });
    for (const organisation of twins)
      for (const [person, role] of [
        ['karel', 'employer'],
        ['carla', 'committee_member'],
        ['lies', 'counsellor'],
        ['eva', 'prevention_adviser'],
        ['ann', 'administrator'],
        ['aude', 'auditor'],
        ['rik', 'records_manager'],
        ['dora', 'data_protection_officer'],
        ['pieter', 'worker'],
      ] as const) {
        const actor = as(organisation, person, role);
        // For these the question itself does not exist.
        for (const answer of [
          actor.query(c.statutoryFiguresQuery, { year: '2027' }),
          ...(role === 'employer' || role === 'committee_member' ? [] : [actor.query(c.releasedFiguresQuery, {})]),
        ])
          expect(await refusalOf(answer), `${role}`).toMatchObject({ kind: 'NoSuchField' });
        // Some of them have no command at all.
        for (const answer of [
          actor.command(c.releaseFiguresCommand, newKey(), q1),
          actor.command(c.freezeAnnualReportCommand, newKey(), { year: '2026' }),
        ])
          expect((await refusalOf(answer))?.kind, `${role}`).toMatch(/^(?:NoSuchField|QUERY_INVALID)$/u);
      }
  });

  it('are nothing for employer and committee before a release, then those of the closed quarter, small ones hidden', async () => {
    await play(async () => {
      const { world } = theatre;
      await world.at('2027-03-20');
      for (const organisation of twins) {
        const scene = sceneOf(world, organisation, 'figures');
        expect(
          await refusalOf(head(organisation).command(c.releaseFiguresCommand, scene.key('too early'), q1)),
        ).toEqual({ kind: 'RuleRefused', code: 'period_not_closed' });
        expect(
          await refusalOf(
            head(organisation).command(c.releaseFiguresCommand, scene.key('one month'), {
              from: '2027-01',
              to: '2027-01',
            }),
          ),
        ).toEqual({ kind: 'RuleRefused', code: 'period_too_short' });
        for (const follower of followers(organisation)) expect(await releasedTo(follower)).toEqual([]);
      }

      await world.at('2027-04-05');
      for (const organisation of twins) {
        const scene = sceneOf(world, organisation, 'figures');
        await scene.does(head(organisation), 'first quarter', c.releaseFiguresCommand, q1);
        const [employer, committee] = await Promise.all(followers(organisation).map(releasedTo));
        expect(employer).toHaveLength(1);
        expect(employer).toEqual(committee);
        expect(await releasedTo(head(organisation))).toEqual(employer);
        expect(employer?.[0]).toMatchObject({ ...q1, threshold: 5 });
      }
    });

    const [of] = await releasedTo(as(gentia, 'karel', 'employer'));
    const kinds = tableOf(of, 'kinds');
    // Three and two stay hidden; what they add up to can be told, which of them is which cannot.
    expect(kinds.cells).toMatchObject({ conflict: 8, burn_out: 6, workload: null, bullying: null, violence: 0 });
    expect(kinds.total).toBe(19);
    expect(nothingIn(kinds.cells, 'conflict', 'burn_out', 'workload', 'bullying')).toBe(true);
    const outcomes = tableOf(of, 'outcomes');
    // Two alone would be total less the others: something else is hidden with them.
    expect(outcomes.cells['left']).toBeNull();
    expect([outcomes.cells['resolved'], outcomes.cells['improved'], outcomes.total]).toContain(null);
    expect(tableOf(of, 'informal')).toMatchObject({ cells: { 'counsellor.advice': 20 }, total: 20 });

    // The other organisation of equal ids: three, and so nothing.
    const [other] = await releasedTo(as(zorgnet, 'karel', 'employer'));
    expect(tableOf(other, 'kinds')).toMatchObject({ cells: { conflict: null, burn_out: 0 }, total: null });
    expect(tableOf(other, 'informal')).toMatchObject({ cells: { 'counsellor.advice': null }, total: null });
    expect(JSON.stringify([of, other])).not.toMatch(/ghent|site/u);
  });

  it('that would give a small number away beside those of before are refused', async () => {
    await play(async () => {
      const { world } = theatre;
      const scene = sceneOf(world, gentia, 'figures in april');
      await world.at('2027-04-06', '10:00');
      for (const n of [1, 2]) await playOne(scene, `${n}`, '2027-04-06', { kind: 'conflict', informal: 'advice' });
      await world.at('2027-04-07', '06:00');
      await world.timers();
      await world.at('2027-05-03');
      const before = await releasedTo(as(gentia, 'karel', 'employer'));
      // Ten conflicts in four months less eight in three: the two of April.
      expect(await refusalOf(head(gentia).command(c.releaseFiguresCommand, scene.key('reveals'), withApril))).toEqual({
        kind: 'RuleRefused',
        code: 'difference_reveals_small_cell',
      });
      expect(await releasedTo(as(gentia, 'karel', 'employer'))).toEqual(before);
      expect((await eventsOf('reporting.releases-gentia')).length).toBe(1);

      // With more hidden there is nothing to subtract from.
      await scene.does(head(gentia), 'hides more', c.releaseFiguresCommand, { ...withApril, hideMore: true });
      const rows = await releasedTo(as(gentia, 'carla', 'committee_member'));
      expect(rows.map(({ from, to }) => `${from} ${to}`)).toEqual(['2027-01 2027-04', '2027-01 2027-03']);
      expect(rows[1]).toEqual(before[0]);
      const kinds = tableOf(rows[0], 'kinds');
      expect(kinds.cells['conflict']).toBeNull();
      expect(kinds.total).toBeNull();
      // The second release is of one organisation only.
      expect(await releasedTo(as(zorgnet, 'karel', 'employer'))).toHaveLength(1);
    });
  });

  it('carry no case, no person and no handler, in what is stored and in what is answered', async () => {
    const confidential = (
      await Promise.all(['case.case-', 'case.advice-', 'intake.', 'referral.'].map((prefix) => eventsOf(prefix)))
    ).flat();
    // That something was erased is told to every service alike, and has nothing to do with what is counted.
    const stored = (await eventsOf('reporting.')).filter(({ stream }) => !stream.startsWith('reporting.erasurepart-'));
    const storedText = stored.map(clearText).join('\n');
    const answered = JSON.stringify(answers);
    expect(answers.length).toBeGreaterThan(15);
    const folder = join(theatre.product.layout.views, 'reporting');
    const views = readdirSync(folder).map((file) => readFileSync(join(folder, file)).toString('latin1'));
    expect(views.length).toBeGreaterThan(1);
    const everything = [storedText, answered, ...views];

    // Not an id in common, of whatever: case, participant, event, command, request.
    const theirs = new Set(confidential.flatMap((event) => idsIn(clearText(event))));
    const caseIds = [...opened.values()].flat();
    expect(caseIds.filter((caseId) => !theirs.has(caseId))).toEqual([]);
    const ours = new Set(everything.flatMap(idsIn));
    expect(ours.size).toBeGreaterThan(100);
    expect([...ours].filter((id) => theirs.has(id))).toEqual([]);
    // Nor one that can be worked out from an id in the clear.
    const derived = new Set([...theirs].map((id) => derivedId(id, 'fact')));
    expect([...ours].filter((id) => derived.has(id))).toEqual([]);

    const handlers = new Set(confidential.map((event) => metadataOf(event).actor.pseudonym));
    handlers.delete('system');
    expect(handlers.size).toBeGreaterThan(4);
    for (const handler of handlers) for (const text of everything) expect(text.includes(handler)).toBe(false);
    for (const { members } of demoOrganisations)
      for (const { person, name } of members)
        for (const text of everything) {
          expect(text.includes(name)).toBe(false);
          expect(text.includes(`"${person}"`)).toBe(false);
        }

    for (const event of stored.filter(({ stream }) => stream.startsWith(`${factCategory}-`))) {
      const data = JSON.parse(Buffer.from(event.data).toString('utf8')) as object;
      expect(Object.keys(data).toSorted()).toEqual(['by', 'code', 'month', 'site', 'what']);
      const { actor, commandId, correlationId, causationId } = metadataOf(event);
      expect(actor).toEqual({ pseudonym: 'system', capacity: 'system' });
      // Of this fact alone: no two facts have one in common.
      expect(new Set([commandId, correlationId, causationId]).size).toBe(1);
    }
  });

  it('outlive the case that they came from', async () => {
    await play(async () => {
      const { world, product } = theatre;
      const scene = sceneOf(world, gentia, 'figures of erased cases');
      const lies = scene.as('lies', 'counsellor');
      const [caseId = ''] = opened.get(gentia) ?? [];
      const before = await exact(gentia, '2027');
      expect(before['informal.counsellor.advice']).toBe(22);
      const releases = await releasedTo(as(gentia, 'karel', 'employer'));
      expect(await asked(lies, c.caseByIdQuery, { caseId })).toMatchObject({ kindOfFacts: 'conflict' });
      // One whose facts have not been handed over yet, and another one of the same day.
      await world.at('2027-05-04', '10:00');
      const pending = await playOne(scene, 'pending', '2027-05-04', { kind: 'violence', informal: 'advice' });
      await playOne(scene, 'kept', '2027-05-04', { kind: 'other', informal: 'advice' });

      for (const id of [caseId, pending]) {
        const destroyed = await product.sealing.destroy(gentia, `case/${id}`, {
          by: 'records',
          reason: 'end of retention',
          at: product.clock.now(),
        });
        expect(destroyed.ok && destroyed.value.destroyedKeys.length).toBeGreaterThan(0);
        expect(await refusalOf(lies.query(c.caseByIdQuery, { caseId: id }))).toEqual({ kind: 'Erased' });
      }
      expect(await exact(gentia, '2027')).toEqual(before);
      expect(await releasedTo(as(gentia, 'karel', 'employer'))).toEqual(releases);

      // What was not handed over goes with its case; it keeps nobody else's back.
      await world.at('2027-05-05', '06:00');
      await world.timers();
      expect((await exact(gentia, '2027'))['informal.counsellor.advice']).toBe(23);
      const ofMay = (await factsIn(gentia)).filter(({ month }) => month === '2027-05').map(({ code }) => code);
      expect(ofMay.toSorted()).toEqual(['advice', 'other']);

      await world.at('2028-01-04');
      await scene.does(head(gentia), 'freeze', c.freezeAnnualReportCommand, {
        year: '2027',
        entered: [{ line: 'collective_measures.general', value: 2 }],
      });
      const { editions } = await asked(head(gentia), c.statutoryFiguresQuery, { year: '2027' });
      expect(editions).toHaveLength(1);
      expect(editions[0]?.lines).toContainEqual({ line: 'informal.counsellor.advice', value: 23 });
      expect(editions[0]?.lines).toContainEqual({ line: 'collective_measures.general', value: 2 });
    });
  });

  it('are released as carefully as the organisation set, each its own', async () => {
    await play(async () => {
      const { world } = theatre;
      await world.at('2028-01-05');
      const scene = sceneOf(world, zorgnet, 'figures settings');
      const ann = scene.as('ann', 'administrator');
      expect(
        await refusalOf(
          ann.command(c.changeFiguresSetting, scene.key('too few'), { setting: 'small_cell_threshold', value: 4 }),
        ),
      ).toEqual({ kind: 'InvalidInput', field: 'value', rule: 'too_small' });
      await scene.does(ann, 'half years', c.changeFiguresSetting, { setting: 'smallest_release_months', value: 6 });
      await scene.does(ann, 'ten', c.changeFiguresSetting, { setting: 'small_cell_threshold', value: 10 });
      const q3 = { from: '2027-07', to: '2027-09' };
      expect(await refusalOf(head(zorgnet).command(c.releaseFiguresCommand, scene.key('q3'), q3))).toEqual({
        kind: 'RuleRefused',
        code: 'period_too_short',
      });
      await scene.does(head(zorgnet), 'half a year', c.releaseFiguresCommand, { from: '2027-07', to: '2027-12' });
      await sceneOf(world, gentia, 'figures settings').does(head(gentia), 'q3', c.releaseFiguresCommand, q3);
      const [[half], [third]] = await Promise.all([
        releasedTo(as(zorgnet, 'karel', 'employer')),
        releasedTo(as(gentia, 'karel', 'employer')),
      ]);
      expect(half).toMatchObject({ to: '2027-12', threshold: 10 });
      expect(third).toMatchObject({ to: '2027-09', threshold: 5 });
      expect(await asked(head(zorgnet), c.organisationProfileQuery, {})).toMatchObject({
        settings: { smallCellThreshold: 10, smallestReleaseMonths: 6 },
      });
    });
  });
});
