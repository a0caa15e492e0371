import * as contracts from '@toeverlaat/contracts';
import { keptIdOf } from '@toeverlaat/contracts';
import { createRunner, plainText, type RecordedEvent } from '@toeverlaat/event-log';
import { runnerParts } from '@toeverlaat/service-kit';
import { uuidV5, type LocalDate, type OrganisationId, type PersonId } from '@toeverlaat/values';
import { describe, expect, it } from 'vitest';
import { alarmCategory, alarmCodec, alarmDecider } from '../domain/access-alarm/index.js';
import {
  AUDIT_MANDATES_ID,
  auditMandatesCategory,
  auditMandatesCodec,
  auditMandatesDecider,
  auditMandateSubject,
  isKnown,
  mandatesOf,
} from '../domain/audit-mandates/index.js';
import { DEPARTURE_ID, departureCodec, departureSubject, type DepartureCommand } from '../domain/departure/index.js';
import { createDepartureCore } from '../departure/core.js';
import { certificateSubject, erasureIdOf } from '../domain/erasure/index.js';
import { erasingOn } from '../erasure/batch.fixture.js';
import { BOTH, gentia, idOf, keptOf, retentionWorld, zorgnet } from '../retention.fixture.js';

const on = retentionWorld();
const { told, answered, at, settled } = on;

/** The daily run, on a day; what it recorded is in the views. */
const ranOn = async (day: string): Promise<void> => {
  at(day);
  await on.retention.runTimers();
  await settled();
};
const keptRow = (organisation: OrganisationId, record: string, recordClass: string) =>
  on.retention.core.kept.get<{ subject: string; start_on: string | null; destroyed: number }>(
    'SELECT subject, start_on, destroyed FROM kept WHERE organisation = ? AND kept_id = ?',
    [organisation, keptIdOf(organisation, 'records', record, recordClass)],
  );
/** The years of the access history, which begin with the test's own readings, are left out. */
const dueClasses = async (organisation: OrganisationId) =>
  (await answered(organisation, 'karel', contracts.dueErasuresQuery, {})).lines.flatMap(
    ({ recordClass, due, listed }) => (recordClass === 'access_log' ? [] : [[recordClass, due, listed]]),
  );
/** Two people have everything ended that is due. */
const ended = async (organisation: OrganisationId, look: () => Promise<void>): Promise<void> => {
  const batchId = await told(organisation, 'karel', contracts.requestDueErasuresCommand, {});
  const { listHash } = await answered(organisation, 'dora', contracts.erasureBatchQuery, { batchId });
  await told(organisation, 'dora', contracts.confirmErasureBatchCommand, { batchId, listHash });
  for (let seen; seen !== (seen = await on.world.log.head());) {
    await look();
    await settled();
  }
  expect(await answered(organisation, 'dora', contracts.erasureBatchQuery, { batchId })).toMatchObject({
    status: 'completed',
    leftOut: 0,
  });
};
const runtimeOfRecords = () =>
  on.world.runtimeOf('records', ['actors', 'fingerprints', 'access_alarm', 'audit_mandate']);
const destroyed = (organisation: OrganisationId, subject: string) =>
  on.world.sealing.isDestroyed(organisation, subject);

describe('a hold that was lifted', () => {
  it('is kept for its own term and then ends; one that still lies ends never', async () => {
    const { closedCases, erasure } = erasingOn(on);
    const { look } = erasure();
    await closedCases(['a', 'b'], '2026-03-14');
    const place = (organisation: OrganisationId, name: string) =>
      told(organisation, 'karel', contracts.placeLegalHold, {
        scope: 'records',
        kept: [keptOf(organisation, name)],
        reviewOn: '2027-01-01',
        reason: 'An inspection.',
      });
    const [lifted, lying, elsewhere] = [await place(gentia, 'a'), await place(gentia, 'b'), await place(zorgnet, 'a')];
    await ranOn('2026-04-01');
    expect(keptRow(gentia, lifted, 'legal_hold')).toEqual({
      subject: `legal_hold/${lifted}`,
      start_on: null,
      destroyed: 0,
    });
    at('2026-05-01');
    await told(gentia, 'karel', contracts.liftLegalHold, { holdId: lifted, motive: 'It is over.' });
    await ranOn('2026-05-02');
    await ranOn('2026-05-03');
    expect(keptRow(gentia, lifted, 'legal_hold')).toMatchObject({ start_on: '2026-05-01' });
    await ranOn('2031-05-01');
    expect(await dueClasses(gentia)).toEqual([]);
    await ranOn('2031-05-02');
    expect(await dueClasses(gentia)).toEqual([['legal_hold', 1, 1]]);
    await ended(gentia, look);
    expect(await destroyed(gentia, `legal_hold/${lifted}`)).toBe(true);
    const { rows } = await answered(gentia, 'karel', contracts.legalHoldsQuery, {});
    expect(rows.map(({ holdId }) => holdId)).toEqual([lying]);
    // Under the hold that lies on: neither it nor what it holds, and nothing at all where nobody lifted anything.
    at('2040-01-01');
    expect(await dueClasses(gentia)).toEqual([['informal_case', 2, 1]]);
    expect(keptRow(zorgnet, elsewhere, 'legal_hold')).toMatchObject({ start_on: null, destroyed: 0 });
  });

  it('is ended by its rule alone', async () => {
    const { closedCases, erasure } = erasingOn(on);
    erasure();
    await closedCases(['a'], '2026-03-14');
    const holdId = await told(gentia, 'karel', contracts.placeLegalHold, {
      scope: 'records',
      kept: [keptOf(gentia, 'a')],
      reviewOn: '2027-01-01',
      reason: 'An inspection.',
    });
    await ranOn('2026-04-01');
    for (const [ground, code] of [
      ['data_subject_request', 'not_due'],
      ['retention_rule', 'not_due'],
    ] as const)
      expect(
        await on.tell(gentia, 'karel', contracts.requestErasureCommand, { subject: `legal_hold/${holdId}`, ground }),
      ).toMatchObject({ rejection: { kind: 'RuleRefused', code: ground === 'retention_rule' ? 'record_open' : code } });
  });
});

describe('the certificate of an erasure', () => {
  it('has a term of its own, ends by the same process, and leaves one that is the last', async () => {
    const { closedCases, erasure } = erasingOn(on);
    const { look } = erasure();
    await closedCases(['a'], '2026-03-14');
    at('2036-03-15');
    await ended(gentia, look);
    const erasureId = erasureIdOf(gentia, `case/${idOf('a')}`);
    await ranOn('2036-03-16');
    await ranOn('2036-03-17');
    expect(keptRow(gentia, erasureId, 'erasure_certificate')).toEqual({
      subject: certificateSubject(erasureId),
      start_on: '2036-03-15',
      destroyed: 0,
    });
    await ranOn('2056-03-15');
    expect(await dueClasses(gentia)).toEqual([]);
    expect(await answered(gentia, 'dora', contracts.erasureCertificateQuery, { erasureId })).toMatchObject({
      erasureId,
    });
    await ranOn('2056-03-16');
    expect(await dueClasses(gentia)).toEqual([['erasure_certificate', 1, 1]]);
    await ended(gentia, look);
    expect(await on.ask(gentia, 'dora', contracts.erasureCertificateQuery, { erasureId })).toMatchObject({
      rejection: { kind: 'Erased' },
    });
    const last = erasureIdOf(gentia, certificateSubject(erasureId));
    const registered = async () =>
      (await answered(gentia, 'dora', contracts.erasuresQuery, { page: { first: 100 } })).rows.map(
        (row) => row.erasureId,
      );
    expect(await registered()).toContain(last);
    expect(await registered()).not.toContain(erasureId);
    // Twenty years on it is the one thing left of all this, and nothing waits for anybody.
    await ranOn('2076-03-18');
    await ranOn('2076-03-19');
    expect(keptRow(gentia, last, 'erasure_certificate')).toBeUndefined();
    await ended(gentia, look);
    expect(await dueClasses(gentia)).toEqual([]);
    expect(await registered()).toContain(last);
  });
});

describe('who received what of a departure', () => {
  it('is sealed for that departure, ends twenty years after it was over, and another folds on', async () => {
    const { erasure } = erasingOn(on);
    const { look } = erasure();
    const core = createDepartureCore(on.world.runtimeOf('records', ['departure', 'fingerprints']));
    const uuid = (name: string): string => uuidV5('own records departure', name);
    const take = async (organisation: OrganisationId, command: Omit<DepartureCommand, 'meta'>): Promise<void> => {
      const { departureId } = command.data;
      const context = on.system(organisation, `${command.type} ${departureId}`);
      const outcome = await core.departures.execute(DEPARTURE_ID, command, context);
      if (!outcome.ok) throw new Error(JSON.stringify(outcome.rejection));
    };
    const key = (letter: string) => ({ key: letter.repeat(64), publicKey: letter.repeat(43) });
    const words = { controller: plainText('Who answers.'), ground: plainText('The law.') };
    const request = (organisation: OrganisationId, name: string, notBefore: LocalDate) =>
      take(organisation, {
        type: 'RequestDeparture',
        data: {
          departureId: uuid(name),
          nextHost: plainText('Hosting Zee'),
          notBefore,
          confirmWithinDays: 30,
          receivers: [
            {
              capacity: 'counsellor',
              ...key('a'),
              ...words,
              person: { organisation, person: 'lies' as PersonId },
              competent: true,
            },
            { capacity: 'host', ...key('b'), ...words },
          ],
          register: { ...key('c'), ...words },
        },
      });
    for (const organisation of BOTH) {
      await request(organisation, 'first', '2026-03-20');
      await on.cases(organisation, 'open', { type: 'CaseOpened', data: { hearingDueOn: '2026-03-12' } });
    }
    await ranOn('2026-03-03');
    expect(keptRow(gentia, uuid('first'), 'departure')).toEqual({
      subject: departureSubject(uuid('first')),
      start_on: null,
      destroyed: 0,
    });
    at('2026-04-01');
    await take(gentia, { type: 'WithdrawDeparture', data: { departureId: uuid('first') } });
    await request(gentia, 'second', '2026-05-01');
    await ranOn('2026-04-02');
    expect(keptRow(gentia, uuid('first'), 'departure')).toMatchObject({ start_on: '2026-04-01' });
    expect(keptRow(gentia, uuid('second'), 'departure')).toMatchObject({ start_on: null });
    await ranOn('2046-04-01');
    expect(await dueClasses(gentia)).toEqual([]);
    await ranOn('2046-04-02');
    expect(await dueClasses(gentia)).toEqual([['departure', 1, 1]]);
    await ended(gentia, look);
    for (const [organisation, gone] of [
      [gentia, true],
      [zorgnet, false],
    ] as const)
      expect(await destroyed(organisation, departureSubject(uuid('first')))).toBe(gone);
    // The one that stands opens as before, and who was named in it is known.
    const state = await core.departureOf(gentia);
    if (!state.ok || state.value.status !== 'requested') throw new Error('the second departure does not fold');
    expect(state.value).toMatchObject({ departureId: uuid('second'), sealedFor: 'departure' });
    expect(state.value.receivers[0]?.person).toEqual({ organisation: gentia, person: 'lies' });
    const { nextHost } = state.value;
    expect('ct' in nextHost && (await on.world.sealing.open(gentia, [nextHost]))[0]).toMatchObject({ kind: 'opened' });
    // Of the first nothing that names anybody opens.
    const sealed = (await core.departures.load(gentia, DEPARTURE_ID)) as { readonly events?: readonly RecordedEvent[] };
    const texts = (sealed.events ?? []).flatMap((event) => {
      const stored = departureCodec.decodeStored(event);
      const isFirst = stored?.data.departureId === uuid('first');
      return isFirst && stored.type === 'ReceiverNamed' ? [stored.data.controller] : [];
    });
    expect(texts).toHaveLength(2);
    for (const opened of await on.world.sealing.open(gentia, texts)) expect(opened.kind).toBe('erased');
    // One that is under way is ended by nobody.
    const asked = { subject: departureSubject(uuid('second')), ground: 'retention_rule' } as const;
    expect(await on.tell(gentia, 'karel', contracts.requestErasureCommand, asked)).toMatchObject({
      rejection: { kind: 'RuleRefused', code: 'record_open' },
    });
  });
});

describe('an alarm, and a mandate to audit', () => {
  it('end ten years after their year and after their last day, and take nothing else along', async () => {
    const { erasure } = erasingOn(on);
    const { look } = erasure();
    const parts = runnerParts(runtimeOfRecords());
    const alarms = createRunner({ ...parts, category: alarmCategory, codec: alarmCodec, decider: alarmDecider });
    const mandates = createRunner({
      ...parts,
      category: auditMandatesCategory,
      codec: auditMandatesCodec,
      decider: auditMandatesDecider,
    });
    const uuid = (name: string): string => uuidV5('own records', name);
    const person = (name: string) => ({ organisation: gentia, person: name as PersonId });
    for (const organisation of BOTH) {
      await alarms.execute(
        uuid('alarm'),
        {
          type: 'RaiseAlarm',
          data: {
            kind: 'bulk_reading',
            who: 'lies2026',
            role: 'counsellor',
            from: '2026-03-02T08:00:00.000Z',
            to: '2026-03-02T09:00:00.000Z',
            records: [uuid('record')],
            firstEventId: uuid('event'),
            thresholds: '2026.1',
          },
        },
        on.system(organisation, 'raise'),
      );
      await alarms.execute(
        uuid('alarm'),
        { type: 'DismissAlarm', data: { ownPseudonyms: ['dora2026'], motive: plainText('A hand-over.') } },
        on.system(organisation, 'dismiss'),
      );
      for (const [name, to] of [
        ['short', '2026-06-01'],
        ['long', '2027-03-01'],
      ] as const)
        await mandates.execute(
          AUDIT_MANDATES_ID,
          {
            type: 'GiveAuditMandate',
            data: {
              mandateId: uuid(name),
              auditor: person('aude'),
              isAuditor: true,
              scope: 'organisation',
              records: [],
              handlers: [],
              from: '2026-03-02',
              to,
              givenBy: person('dora'),
              motive: plainText('A sample.'),
            },
          },
          on.system(organisation, `give ${name}`),
        );
      // Something is kept: an organisation of which nothing is known is not looked at.
      await on.cases(organisation, 'open', { type: 'CaseOpened', data: { hearingDueOn: '2026-03-12' } });
    }
    await ranOn('2026-03-03');
    expect(keptRow(gentia, uuid('alarm'), 'access_alarm')).toMatchObject({ start_on: '2026-12-31' });
    expect(keptRow(gentia, uuid('short'), 'audit_mandate')).toMatchObject({ start_on: null });
    await ranOn('2026-06-01');
    expect(keptRow(gentia, uuid('short'), 'audit_mandate')).toMatchObject({ start_on: '2026-06-01' });
    expect(keptRow(gentia, uuid('long'), 'audit_mandate')).toMatchObject({ start_on: null });
    await ranOn('2027-03-02');
    await ranOn('2037-01-01');
    expect(await dueClasses(gentia)).toEqual([
      ['access_alarm', 1, 1],
      ['audit_mandate', 1, 1],
    ]);
    await ended(gentia, look);
    for (const [organisation, gone] of [
      [gentia, true],
      [zorgnet, false],
    ] as const) {
      expect(await destroyed(organisation, `access_alarm/${uuid('alarm')}`)).toBe(gone);
      expect(await destroyed(organisation, auditMandateSubject(uuid('short')))).toBe(gone);
      expect(await destroyed(organisation, auditMandateSubject(uuid('long')))).toBe(false);
      const alarmRows = on.views
        .query('access_alarms')
        .all('SELECT alarm_id FROM alarms WHERE organisation = ?', [organisation]);
      expect(alarmRows).toHaveLength(gone ? 0 : 1);
      // The other mandates of the organisation fold on, and of the one that ended nobody is known.
      const loaded = await mandates.load(organisation, AUDIT_MANDATES_ID);
      if (loaded.kind !== 'loaded') throw new Error(loaded.kind);
      expect(loaded.state.mandates.filter(isKnown)).toHaveLength(gone ? 1 : 2);
      expect(mandatesOf(loaded.state, person('aude'))).toHaveLength(gone ? 1 : 2);
    }
  });
});
