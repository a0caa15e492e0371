import * as c from '@toeverlaat/contracts';
import { addDays, localDateOf, type OrganisationId } from '@toeverlaat/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportToFolder } from '@toeverlaat/records';
import { verifyAnswer } from '@toeverlaat/verify';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchAnswer } from '../commands/access-answer.js';
import { remotePage } from '../commands/remote-page.js';
import { demoToken } from '../demo-idp/index.js';
import { asked } from '../demo/actors.js';
import { subjectOf } from '../demo/people.js';
import { post } from '../matrix/wire.js';
import { playScenario8 } from '../demo/scenarios.js';
import { openTheatre, refusalOf, twinOf, type ProductTheatre } from './support.js';
import { OPEN_MS } from './testing/theatre.js';

const page = { first: 100 };

describe('the access history, answered', () => {
  let theatre: ProductTheatre;
  beforeAll(async () => {
    theatre = await openTheatre();
  }, OPEN_MS);
  afterAll(() => theatre.close(), OPEN_MS);

  const cases = new Map<OrganisationId, string>();
  const settle = async (): Promise<void> => {
    expect(await theatre.product.whenSettled(60_000)).toBe(true);
  };
  const running = async (organisation: OrganisationId) => {
    const dora = theatre.as(organisation, 'dora', 'data_protection_officer');
    const mandates = await asked(dora, c.auditMandatesQuery, { page });
    return mandates.rows.filter(({ state }) => state === 'running');
  };

  it(
    'says who read a case, what somebody read, and who could have and did not; until the mandate ends',
    async () => {
      await theatre.inBoth(async (organisation) => {
        const as = (person: string, role: Parameters<ProductTheatre['as']>[2]) =>
          theatre.as(organisation, person, role);
        const aude = as('aude', 'auditor');
        const dora = as('dora', 'data_protection_officer');
        const moments: Record<string, string> = {};
        const now = () => theatre.product.clock.now();
        const { toSuccessor: caseId } = await playScenario8(theatre.world, organisation, async (step, facts) => {
          if (step === 'heard') {
            // A few days before he is elected, and so ends as counsellor.
            await theatre.world.at(addDays(localDateOf(now()), 7), '10:00');
            await asked(as('marc', 'counsellor'), c.caseByIdQuery, { caseId: facts['toSuccessor'] ?? '' });
          }
          await settle();
          moments[step] = now();
        });
        cases.set(organisation, caseId);
        await asked(as('luc', 'counsellor'), c.caseByIdQuery, { caseId });
        await settle();

        // Who read this case between A and B.
        const from = moments['heard'] ?? '';
        const to = new Date(Date.parse(now()) + 1000).toISOString();
        const read = await asked(aude, c.accessHistoryOfRecord, { record: caseId, from, to, page });
        const roles = new Set(read.rows.map(({ accessor }) => accessor.role));
        expect(roles.has('counsellor')).toBe(true);
        const luc = read.rows.find(({ query }) => query === 'case.caseById');
        if (luc === undefined) throw new Error('Luc opened the case');

        // What did this person read.
        const his = await asked(aude, c.accessHistoryOfHandler, {
          pseudonyms: [luc.accessor.pseudonym],
          from,
          to,
          page,
        });
        expect(his.rows.map(({ record }) => record)).toContain(caseId);
        expect(new Set(his.rows.map(({ accessor }) => accessor.pseudonym))).toEqual(new Set([luc.accessor.pseudonym]));

        // Who could have read it and did not: of an hour in which nobody looked, everybody who could.
        const later = new Date(Date.parse(to) + 3_600_000).toISOString();
        const could = await asked(aude, c.couldHaveReadQuery, { record: caseId, from: to, to: later, page });
        const found = new Map(could.rows.map((row) => [`${row.role} ${row.relation}`, row]));
        expect([...found.keys()].toSorted()).toEqual(['counsellor handler', 'worker applicant']);
        expect(found.get('counsellor handler')?.pseudonyms).toContain(luc.accessor.pseudonym);
        expect(found.get('counsellor handler')).toMatchObject({ rule: 'CASE-HANDLE', from: to, to: later, home: null });
        expect(could.rows.map(({ policyVersion, policyVersions }) => policyVersions.includes(policyVersion))).toEqual([
          true,
          true,
        ]);
        // The applicant is an id of this case alone, and no question by person finds it.
        const applicant = found.get('worker applicant')?.pseudonyms ?? [];
        expect(applicant).toHaveLength(1);
        const none = await asked(aude, c.accessHistoryOfHandler, { pseudonyms: [...applicant], page });
        expect(none.rows).toEqual([]);
        // Of the whole story: Marc had it until his designation ended, and not a moment longer; Lies never could.
        const whole = await asked(dora, c.couldHaveReadQuery, {
          record: caseId,
          from: '2026-01-01T00:00:00.000Z',
          to: later,
          page,
        });
        expect(whole.rows.every((row) => row.relation !== 'excluded')).toBe(true);
        expect(JSON.stringify([could, whole])).not.toContain('"luc"');

        // Another organisation knows nothing of it.
        const twin = theatre.as(twinOf(organisation), 'aude', 'auditor');
        const elsewhere = await asked(twin, c.couldHaveReadQuery, { record: caseId, from, to: later, page });
        expect(elsewhere.rows).toEqual([]);

        // Luc sees under which mandates he is looked at; the employer asks nothing of it.
        const onMe = await asked(as('luc', 'counsellor'), c.auditMandatesOnMeQuery, { page });
        expect(onMe.rows.map(({ state }) => state)).toContain('running');
        expect(onMe.rows.every(({ motive }) => motive === null)).toBe(true);
        expect(
          await refusalOf(as('karel', 'employer').query(c.couldHaveReadQuery, { record: caseId, from, to, page })),
        ).toMatchObject({ kind: 'NoSuchField' });

        // Its end closes the page.
        for (const { mandateId } of await running(organisation)) {
          const ended = await dora.command(c.endAuditMandate, crypto.randomUUID(), { mandateId, motive: 'Klaar.' });
          expect(ended.ok).toBe(true);
        }
        const closed = { kind: 'RuleRefused', code: 'audit_mandate_needed' };
        expect(await refusalOf(aude.query(c.accessHistoryOfRecord, { record: caseId, page }))).toMatchObject(closed);
        expect(await refusalOf(aude.query(c.couldHaveReadQuery, { record: caseId, from, to, page }))).toMatchObject(
          closed,
        );
        expect(await refusalOf(aude.query(c.deniedAttempts, { page }))).toMatchObject(closed);
        expect((await asked(dora, c.accessHistoryOfRecord, { record: caseId, page })).rows.length).toBeGreaterThan(0);

        // One that names this case answers about it and about nothing else.
        const given = await dora.command(c.giveAuditMandate, crypto.randomUUID(), {
          person: 'aude',
          scope: 'records',
          records: [caseId],
          from: now().slice(0, 10),
          to: '2027-06-01',
          motive: 'Klacht van de verzoekster.',
        });
        expect(given.ok).toBe(true);
        expect((await asked(aude, c.accessHistoryOfRecord, { record: caseId, page })).rows.length).toBeGreaterThan(0);
        const other = '11111111-2222-4333-8444-555555555555';
        expect(await refusalOf(aude.query(c.accessHistoryOfRecord, { record: other, page }))).toMatchObject({
          kind: 'RuleRefused',
          code: 'outside_audit_mandate',
        });
        const period = await asked(aude, c.accessHistoryOfPeriod, { page });
        expect(new Set(period.rows.map(({ record }) => record))).toEqual(new Set([caseId]));
        // Lies looked at nothing of it: a mandate on that case does not cover her.
        const onLies = await asked(as('lies', 'counsellor'), c.auditMandatesOnMeQuery, { page });
        expect(onLies.rows.filter(({ scope }) => scope === 'records')).toEqual([]);
        const onLuc = await asked(as('luc', 'counsellor'), c.auditMandatesOnMeQuery, { page });
        expect(onLuc.rows.filter(({ scope }) => scope === 'records')).toMatchObject([{ records: [caseId] }]);
      });
    },
    OPEN_MS,
  );

  it('raises an alarm for those who are to judge it, and for whom it is about; never for the employer', async () => {
    theatre.product.steer?.(new Date(Date.parse(theatre.product.clock.now()) + 86_400_000).toISOString());
    await theatre.product.runTimers();
    await settle();
    for (const [organisation, caseId] of cases) {
      const as = (person: string, role: Parameters<ProductTheatre['as']>[2]) => theatre.as(organisation, person, role);
      // Marc opened the case in the last days before his designation ended. The auditor's mandate names that case.
      const alarms = await asked(as('aude', 'auditor'), c.accessAlarmsQuery, { page });
      const ending = alarms.rows.find(({ kind }) => kind === 'before_role_end');
      expect(ending).toMatchObject({ role: 'counsellor', state: 'open' });
      expect(ending?.records ?? []).toContain(caseId);
      const alarmId = ending?.alarmId ?? '';
      const dismiss = (who: ReturnType<typeof as>) =>
        who.command(c.dismissAccessAlarm, crypto.randomUUID(), { alarmId, motive: 'Overdracht besproken.' });
      expect(await refusalOf(dismiss(theatre.as(twinOf(organisation), 'dora', 'data_protection_officer')))).toEqual({
        kind: 'NotFound',
      });
      expect((await dismiss(as('aude', 'auditor'))).ok).toBe(true);
      await settle();
      const judged = await asked(as('dora', 'data_protection_officer'), c.accessAlarmsQuery, { page });
      expect(judged.rows.find((row) => row.alarmId === alarmId)).toMatchObject({
        state: 'dismissed',
        dismissedAs: 'auditor',
        motive: 'Overdracht besproken.',
      });
      const luc = await asked(as('luc', 'counsellor'), c.accessAlarmsAboutMeQuery, { page });
      expect(luc.rows.map((row) => row.alarmId)).not.toContain(alarmId);
      expect(await refusalOf(as('karel', 'employer').query(c.accessAlarmsQuery, { page }))).toMatchObject({
        kind: 'NoSuchField',
      });
    }
  });

  it(
    'gives answers with their proof, and the statement that somebody could not read, which an outsider checks',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'access-answers-'));
      const from = '2026-01-01T00:00:00.000Z';
      for (const [organisation, caseId] of cases) {
        const as = (person: string, role: Parameters<ProductTheatre['as']>[2]) =>
          theatre.as(organisation, person, role);
        // What is asked from now on is no part of what is asked for.
        const to = theatre.product.clock.now();
        const target = async (person: string, role: 'auditor' | 'data_protection_officer' | 'counsellor') => {
          const token = await demoToken(theatre.url, subjectOf(person, organisation));
          const client = { url: theatre.url, headers: { authorization: `Bearer ${token}` } };
          const { body } = await post(client, '{ me { __typename capacities { id role organisation } } }');
          const held = (body.data?.['me']?.['capacities'] ?? []) as readonly Readonly<Record<string, string>>[];
          const own = held.find((one) => one['role'] === role && one['organisation'] === organisation);
          return { url: theatre.url, token, capacity: own?.['id'] ?? '' };
        };
        const dora = await target('dora', 'data_protection_officer');
        const luc = await target('luc', 'counsellor');
        const period = { from, to };

        // Who read this case, with the proof of each reading; alone, and beside the whole export.
        const read = await fetchAnswer(dora, organisation, { kind: 'record', record: caseId, ...period });
        expect(read.events.length).toBeGreaterThan(0);
        const whole = join(folder, organisation);
        await exportToFolder(whole, organisation, remotePage(dora.url, dora.token, dora.capacity));
        expect(await verifyAnswer(JSON.stringify(read), { folder: whole })).toMatchObject({
          ok: true,
          kind: 'record',
          events: read.events.length,
          unproved: 0,
          complete: 'checked',
        });
        const [first, ...others] = read.events;
        if (first === undefined) throw new Error('nobody read it');
        const without = JSON.stringify({ ...read, events: others });
        expect((await verifyAnswer(without)).ok).toBe(true);
        expect(await verifyAnswer(without, { folder: whole })).toEqual({
          ok: false,
          code: 'answer_incomplete',
          eventId: first.eventId,
        });
        const bytes = Buffer.from(first.record, 'base64')
          .toString('latin1')
          .replace(/"query":"./u, '"query":"z');
        const changed = { ...first, record: Buffer.from(bytes, 'latin1').toString('base64') };
        expect(await verifyAnswer(JSON.stringify({ ...read, events: [changed, ...others] }))).toMatchObject({
          ok: false,
        });
        expect(await verifyAnswer(JSON.stringify({ ...read, events: [first, first] }))).toMatchObject({
          code: 'answer_repeats',
        });
        expect(
          await verifyAnswer(JSON.stringify({ ...read, question: { ...read.question, record: first.eventId } })),
        ).toMatchObject({ code: 'answer_not_to_the_question' });
        expect(await verifyAnswer(JSON.stringify(read), { keys: ['toeverlaat/x+00000000+AAAA'] })).toMatchObject({
          code: 'answer_key_unknown',
        });
        expect(await verifyAnswer('{}')).toEqual({ ok: false, code: 'answer_malformed' });

        // What Luc read, under each of his pseudonyms.
        const own = await asked(as('dora', 'data_protection_officer'), c.accessHistoryOfRecord, {
          record: caseId,
          page,
        });
        const pseudonym = own.rows.find(({ query }) => query === 'case.caseById')?.accessor.pseudonym ?? '';
        const his = await fetchAnswer(dora, organisation, { kind: 'handler', pseudonyms: [pseudonym], ...period });
        expect(await verifyAnswer(JSON.stringify(his), { folder: whole })).toMatchObject({ ok: true, kind: 'handler' });

        // Karel, who employs them all, could not read it: as Luc, who handles the case, may show.
        const lack = await fetchAnswer(luc, organisation, { kind: 'lack', record: caseId, person: 'karel', ...period });
        expect(lack.claim).toMatchObject({ hadScope: false, hasRead: false });
        expect(lack.claim?.keyRecipients.every((one) => one.startsWith('epoch:'))).toBe(true);
        expect(await verifyAnswer(JSON.stringify(lack), { folder: whole })).toMatchObject({ ok: true, kind: 'lack' });
        expect(await verifyAnswer(JSON.stringify({ ...lack, events: lack.events.slice(1) }))).toMatchObject({
          code: 'answer_gap',
        });
        // Luc himself could; a statement that he could not is refuted by the record.
        const could = await fetchAnswer(dora, organisation, { kind: 'lack', record: caseId, person: 'luc', ...period });
        expect(could.claim).toMatchObject({ hadScope: true, hasRead: true });
        const lie = { ...could, claim: { ...could.claim, hadScope: false, hasRead: false } };
        expect(await verifyAnswer(JSON.stringify(lie))).toMatchObject({ code: 'answer_names_them' });
        // Of the applicant nothing else is said than of any colleague.
        const fatima = await fetchAnswer(dora, organisation, {
          kind: 'lack',
          record: caseId,
          person: 'fatima',
          ...period,
        });
        expect(fatima.claim).toMatchObject({ hadScope: false, hasRead: false });

        // Only of a case that one knows of.
        const notFound = { kind: 'NotFound' };
        const query = { record: caseId, person: 'karel', ...period };
        expect(await refusalOf(as('lies', 'counsellor').query(c.accessLackQuery, query))).toEqual(notFound);
        const twin = theatre.as(twinOf(organisation), 'dora', 'data_protection_officer');
        expect(await refusalOf(twin.query(c.accessLackQuery, query))).toEqual(notFound);
        const unknown = '11111111-2222-4333-8444-555555555555';
        expect(
          await refusalOf(
            as('dora', 'data_protection_officer').query(c.accessLackQuery, { ...query, record: unknown }),
          ),
        ).toEqual(notFound);
      }
      rmSync(folder, { recursive: true, force: true });
    },
    OPEN_MS,
  );
});
