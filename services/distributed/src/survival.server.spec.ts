import * as c from '@toeverlaat/contracts';
import { serviceNames } from '@toeverlaat/contracts';
import { createGraphqlDriver, playScenario3, twinsOfTheDemonstration } from '@toeverlaat/standalone/scenarios';
import { describeWith } from '@toeverlaat/testing/needs';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import {
  abandonLoads,
  expectOnce,
  expectRebuilt,
  load,
  NO_CONNECTION,
  recordedTypes,
  RETRYABLE,
  ROUNDS,
  whenCaughtUp,
  whenSo,
  type Acknowledged,
} from './survival.fixture.js';
import { openFleetTheatre, type FleetTheatre } from './test-support.js';

/* A deployment under load loses nothing that was acknowledged and does nothing twice, whatever becomes of its processes. */

/** What waits for a process to come back does so with pauses of up to half a minute. */
const LOOKS = 4;
/** One of each service and of the gateway, those of two replicas in turn. */
const KILLED = [
  'case-1',
  'directory-2',
  'intake-1',
  'case-2',
  'referral-1',
  'records-1',
  'gateway-1',
  'reporting-1',
  'directory-1',
  'case-1',
];

describeWith('postgres', 'a deployment under load', (log) => {
  let theatre: FleetTheatre;
  beforeAll(async () => {
    theatre = await openFleetTheatre({ log, replicas: { case: 2, directory: 2 } });
  }, 600_000);
  afterAll(() => theatre?.close(), 120_000);

  afterEach(abandonLoads);

  /** Nothing is lost or twice, and each view is what the log says, in every replica. */
  const expectWhole = async (acknowledged: readonly Acknowledged[]): Promise<void> => {
    const { fleet } = theatre;
    await expectOnce(theatre, acknowledged, LOOKS);
    const hashes = await fleet.viewHashes();
    expect(hashes['case-1']).toEqual(hashes['case-2']);
    expect(hashes['directory-1']).toEqual(hashes['directory-2']);
  };
  const all: Acknowledged[] = [];

  it('carries an erasure out once, with one certificate, when who does it is killed between its steps', async () => {
    const { fleet, stage } = theatre;
    const [organisation] = twinsOfTheDemonstration;
    const rik = theatre.as(organisation, 'rik', 'records_manager');
    const dora = theatre.as(organisation, 'dora', 'data_protection_officer');
    const aude = theatre.as(organisation, 'aude', 'auditor');
    let caseId = '';
    await stage.play([
      async () => {
        ({ caseId } = await playScenario3(theatre.world, organisation, () => Promise.resolve()));
      },
    ]);
    all.push({ organisation, id: caseId });
    expect(await fleet.whenSettled()).toBe(true);
    const requested = await rik.command(c.requestErasureCommand, crypto.randomUUID(), {
      subject: `case/${caseId}`,
      ground: 'data_subject_request',
    });
    if (!requested.ok) throw new Error(requested.refusal.kind);
    const erasureId = requested.id;
    const processesOf = (name: string) => [...fleet.processes.values()].filter(({ plan }) => plan.service === name);
    const statusIs = (status: string) => async (): Promise<boolean> => {
      await fleet.runTimers(['records']);
      const register = await dora.query(c.erasuresQuery, { page: { first: 100 } });
      return register.ok && register.value.rows.find((row) => row.erasureId === erasureId)?.status === status;
    };
    const killWhoErases = async (): Promise<void> => {
      for (const records of processesOf('records')) {
        await records.kill();
        await records.whenReady();
      }
    };
    // Begun, and nobody there who could destroy the key; then destroyed, and one that has not dropped what it derived.
    await Promise.all(processesOf('case').map((one) => one.stop()));
    const approved = await dora.command(c.approveErasuresCommand, crypto.randomUUID(), { erasureIds: [erasureId] });
    expect(approved).toMatchObject({ ok: true });
    await whenSo('the erasure is begun', statusIs('started'));
    await killWhoErases();
    await Promise.all(processesOf('reporting').map((one) => one.stop()));
    await Promise.all(processesOf('case').map((one) => one.start()));
    await whenSo('the key is destroyed', statusIs('destroyed'));
    await killWhoErases();
    await Promise.all(processesOf('reporting').map((one) => one.start()));
    await whenSo('the erasure is completed', statusIs('completed'));
    await killWhoErases();
    await fleet.runTimers(['records']);

    const file = await aude.query(c.erasureCertificateQuery, { erasureId });
    if (!file.ok) throw new Error(file.refusal.kind);
    expect(file.value.signed).toContain(erasureId);
    expect(await theatre.as(organisation, 'sophie', 'counsellor').query(c.caseByIdQuery, { caseId })).toMatchObject({
      refusal: { kind: 'Erased' },
    });
    const steps = await recordedTypes(theatre, ['records.erasure', 'case.erasurepart']);
    for (const type of ['ErasureStarted', 'KeyDestroyed', 'ErasureCompleted'])
      expect([type, steps.filter((one) => one.includes(`.${type}.`)).length]).toEqual([type, 1]);
    await expectWhole(all);
  }, 600_000);

  it('goes on while every service is restarted, replica by replica', async () => {
    const { fleet } = theatre;
    fleet.steer(undefined);
    const running = load(theatre);
    await running.more(4);
    for (const [name, { plan }] of fleet.processes) {
      if (plan.service === 'gateway') continue;
      await fleet.restart(name);
      await running.more(2);
    }
    await running.stop();
    all.push(...running.acknowledged);
    expect([...running.refusals].filter((kind) => !RETRYABLE.has(kind))).toEqual([]);
    await expectWhole(all);
  }, 600_000);

  it(
    'goes on when a process of each service is killed in the middle of it, and is soon up with the log',
    async () => {
      const { fleet } = theatre;
      const running = load(theatre);
      await running.more(4);
      for (const name of Array.from({ length: ROUNDS }, () => KILLED).flat()) {
        const killed = fleet.processes.get(name);
        const before = killed?.pid();
        await killed?.kill();
        // Nobody can be asked anything before the only gateway is back.
        if (name === 'gateway-1') await killed?.whenReady();
        await running.more(3);
        await killed?.whenReady();
        expect(killed?.pid()).not.toBe(before);
      }
      await running.stop();
      all.push(...running.acknowledged);
      expect([...running.refusals].filter((kind) => !RETRYABLE.has(kind) && kind !== NO_CONNECTION)).toEqual([]);
      await expectWhole(all);
      // A view of every service says how far it is, each less than a second behind.
      const behind = [...(await whenCaughtUp(theatre)).keys()].map((figure) => figure.slice(0, figure.indexOf('-')));
      expect(new Set(behind)).toEqual(new Set(serviceNames));
      await expectRebuilt(theatre);
    },
    600_000 * ROUNDS,
  );

  it('goes on when a process stands still and later goes on, as one that is swapped out or debugged', async () => {
    const { fleet } = theatre;
    const running = load(theatre);
    await running.more(4);
    const pids = ['case-1', 'records-1'].map((name) => fleet.processes.get(name)?.pid());
    try {
      for (const pid of pids) if (pid !== undefined) process.kill(pid, 'SIGSTOP');
      // The other replica answers; what the one that stands still was asked is asked again.
      await running.more(3);
    } finally {
      for (const pid of pids) if (pid !== undefined) process.kill(pid, 'SIGCONT');
    }
    await running.more(2);
    await running.stop();
    all.push(...running.acknowledged);
    expect([...running.refusals].filter((kind) => !RETRYABLE.has(kind))).toEqual([]);
    await expectWhole(all);
    // Nobody started them again: they went on.
    expect(['case-1', 'records-1'].map((name) => fleet.processes.get(name)?.pid())).toEqual(pids);
  }, 600_000);

  it('shows the same to who asks either replica, of what was just written', async () => {
    // A driver of its own has no memory but the token it was given.
    const driver = createGraphqlDriver(theatre.url);
    for (const organisation of twinsOfTheDemonstration) {
      const lies = driver.actor({ as: 'counsellor', subject: `lies@${organisation}`, organisation });
      for (let n = 0; n < 4; n += 1) {
        const answer = await lies.command(c.openCaseCommand, crypto.randomUUID(), {
          identity: 'anonymous',
          site: 'ghent',
          firstContactOn: '2026-11-20',
          language: 'nl',
        });
        if (!answer.ok) throw new Error(answer.refusal.kind);
        all.push({ organisation, id: answer.id });
        for (let replica = 0; replica < 2; replica += 1) {
          const found = await lies.query(c.caseByIdQuery, { caseId: answer.id });
          expect(found).toMatchObject({ ok: true, value: { status: 'open' } });
        }
      }
    }
    await expectWhole(all);
  }, 600_000);

  it('lets a cold replica start from the files that another published', async () => {
    const { fleet } = theatre;
    const before = await fleet.viewHashes();
    await fleet.publishViews();
    const process = fleet.processes.get('case-1');
    await process?.stop();
    rmSync(join(fleet.layout.processFolder('case-1'), 'views'), { recursive: true, force: true });
    await process?.start();
    expect(await fleet.whenSettled()).toBe(true);
    expect((await fleet.viewHashes())['case-1']).toEqual(before['case-1']);
  }, 600_000);
});
