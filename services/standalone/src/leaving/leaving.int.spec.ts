import { accessCategory, accessCodec, type Role } from '@toeverlaat/access';
import * as c from '@toeverlaat/contracts';
import { leafHexOf, openSqliteEventLog } from '@toeverlaat/event-log';
import { createEvidence, createExporter, exportToFolder, ledgerOfVault } from '@toeverlaat/records';
import { liveKeysOf, openFileKeys, openReaderWrap, recordOf, wrapKeyFor } from '@toeverlaat/sealing';
import { silentLogger } from '@toeverlaat/telemetry';
import { settableClock, type OrganisationId } from '@toeverlaat/values';
import { listErasures, verifyCertificate, verifyCompany, verifyFolder } from '@toeverlaat/verify';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesUnder } from '../backup/files.js';
import { BackupRefused } from '../backup/refusal.js';
import { fileAdapters } from '../composition/adapters.js';
import { createUndo } from '../composition/undo.js';
import { compose, type Product } from '../compose.js';
import { asked, type Actor } from '../demo/actors.js';
import { createGraphqlDriver } from '../demo/graphql-driver.js';
import { gentia, subjectOf, twins } from '../demo/people.js';
import { playScenario3, playScenario5 } from '../demo/scenarios.js';
import { layoutOf } from '../layout.js';
import { serviceTable } from '../services.js';
import type { Settings } from '../settings.js';
import { openTheatre, refusalOf } from '../scenarios/support.js';
import { OPEN_MS } from '../scenarios/testing/theatre.js';
import { COMPANY_FILE, type CompanyExport } from './company.js';
import { confirmHandover } from './confirm.js';
import { readConfirmation } from './confirmation.js';
import { makeKeyFile, readKeyFile } from './key-file.js';
import { handOver } from './make.js';
import { MANIFEST, placeOf, readManifest, type Handover } from './manifest.js';
import { fingerprintOf, handedClasses, publicKeyOf } from './receivers.js';
import { LeavingRefused, type LeavingRule } from './refusal.js';
import { openRegister, REGISTER_FILE } from './register.js';
import { REGISTER_PDF, REGISTER_VALUES, writeRegister } from './register-command.js';
import { takeIn, type TakeInOptions } from './take-in.js';
import { buildViews } from './view-hashes.js';

/*
 * One of two organisations of equal ids leaves a host: played once, over files, with a case that lives and one that was erased; everything
 * after it looks at what came of it.
 */

const ERASED = '2026-11-26T09:00:00.000Z';
/** The first day on which anything may be handed over, and the day on which it is. */
const NOT_BEFORE = '2026-12-03';
const LEFT = '2026-12-03T09:00:00.000Z';

let base: string;
let settings: Settings;
let handover: Handover;
/** The living case, as its counsellor saw it last at the host that was left. */
let seen: unknown;
let publicKeys: ReadonlyMap<string, string>;
let departureId: string;
const clock = settableClock(LEFT);
const erased = new Map<OrganisationId, string>();
const kept = new Map<OrganisationId, string>();
/** Entries of the company's register, by what is special about them. */
const entries = new Map<string, string>();
const at = (name: string): string => join(base, name);
const keyFile = (who: string): string => at(`${who}.key`);
const hostOf = (name: string): Settings => ({ ...settings, data: at(name), rootKey: at(`${name}-root.key`) });
const keysOf = (...who: readonly string[]): readonly Uint8Array[] => who.map((one) => readKeyFile(keyFile(one)));
const everybody = ['lies', 'adviser', 'host'] as const;
const copyHost = (from: string, to: string): void => {
  cpSync(at(from), at(to), { recursive: true });
  cpSync(at(`${from}-root.key`), at(`${to}-root.key`));
};
const taking = (name: string, more: Partial<TakeInOptions> = {}) =>
  takeIn({ settings: hostOf(name), clock, from: at('handover'), privateKeys: keysOf(...everybody), ...more });
const handing = (out: string, more: Partial<Parameters<typeof handOver>[1]> = {}) =>
  handOver(at(out), { settings: hostOf('a'), clock, organisation: gentia, ...more });
const confirming = (file: string, more: Partial<Parameters<typeof confirmHandover>[0]> = {}) =>
  confirmHandover({ settings: hostOf('a'), clock, organisation: gentia, file, ...more });
const keyOf = (who: string): string => fingerprintOf(publicKeyOf({ publicKey: publicKeys.get(who) ?? '' }));

/** People act at a host, which then stops again. */
const during = async <T>(
  name: string,
  act: (as: (person: string, role: Role, organisation?: OrganisationId) => Actor, product: Product) => Promise<T>,
): Promise<T> => {
  const product = await compose(hostOf(name), {
    clock,
    timersEveryMs: 0,
    gateway: { identityCacheMs: 0, notFoundAnswerMs: 0 },
  });
  try {
    const { url } = await product.listen();
    const driver = createGraphqlDriver(url);
    return await act(
      (person, role, organisation = gentia) =>
        driver.actor({ as: role, subject: subjectOf(person, organisation), organisation }),
      product,
    );
  } finally {
    await product.stop();
  }
};
const done = async (answer: ReturnType<Actor['command']>): Promise<string> => {
  const reply = await answer;
  if (!reply.ok) throw new Error(JSON.stringify(reply.refusal));
  return reply.id;
};

const ruleOf = async (work: Promise<unknown>): Promise<LeavingRule | undefined> => {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof LeavingRefused) return error.rule;
    throw error;
  }
};

/** The rule by which a start refuses to open this host; undefined where it opens. */
const startOf = async (name: string): Promise<string | undefined> => {
  try {
    await (await compose(hostOf(name), { clock, timersEveryMs: 0 })).stop();
    return undefined;
  } catch (error) {
    if (error instanceof BackupRefused) return error.rule;
    throw error;
  }
};

/** The leaves of every stream of an organisation in a log. */
const leavesIn = async (
  file: string,
  organisation: OrganisationId,
): Promise<ReadonlyMap<string, readonly string[]>> => {
  const log = openSqliteEventLog({ file, readOnly: true });
  try {
    const streams = new Map<string, string[]>();
    for (let after; ;) {
      const slice = await log.readAll({ limit: 500, ...(after === undefined ? {} : { after }) });
      for (const event of slice.events)
        if (event.organisation === organisation)
          streams.set(event.stream, [...(streams.get(event.stream) ?? []), leafHexOf(event)]);
      after = slice.next;
      if (slice.atEnd) return streams;
    }
  } finally {
    await log.close();
  }
};

/** Readings of the register on account of the departure, as the access history of a log has them. */
const disclosed = async (file: string) => {
  const log = openSqliteEventLog({ file, readOnly: true });
  try {
    const { events } = await log.readAll({ limit: 100_000, categories: [accessCategory('case')] });
    return events.flatMap((event) => {
      const stored = accessCodec('case').decodeStored(event);
      return event.organisation === gentia && stored?.type === 'AccessRecorded' && stored.data.purpose === 'leave'
        ? [stored.data]
        : [];
    });
  } finally {
    await log.close();
  }
};

/** Rows of an organisation in every view, by view and table; nothing of another organisation, no position of a log. */
const rowsIn = async (views: string, organisation: OrganisationId): Promise<Record<string, readonly string[]>> => {
  const found: Record<string, readonly string[]> = {};
  for (const path of await filesUnder(views)) {
    if (!path.endsWith('.sqlite')) continue;
    const [service = ''] = path.split('/');
    const db = new DatabaseSync(join(views, path), { readOnly: true });
    try {
      for (const view of serviceTable.find((entry) => entry.name === service)?.views ?? [])
        for (const table of view.tables) {
          const there = db.prepare(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?`).get(table.name);
          if (there === undefined || !path.includes(view.name)) continue;
          const rows = db.prepare(`SELECT * FROM "${table.name}" WHERE organisation = ?`).all(organisation);
          found[`${service}.${view.name}.${table.name}`] = rows.map((row) => JSON.stringify(row)).toSorted();
        }
    } finally {
      db.close();
    }
  }
  return found;
};

/** The one row that is another at the next host, once its views were compared: of the departure itself, which is over there. */
const arrivedHere = (): Record<string, readonly string[]> => ({
  'records.departures.departures': [
    JSON.stringify({
      organisation: gentia,
      departure_id: departureId,
      status: 'arrived',
      confirm_by: null,
      called_for: 0,
    }),
  ],
});

/** Rows as they come of the log that went along. */
const rowsHandedOver = async (): Promise<Record<string, readonly string[]>> => {
  const log = openSqliteEventLog({ file: join(at('handover'), placeOf.log), readOnly: true });
  try {
    await buildViews(log, at('rows'));
    return await rowsIn(at('rows'), gentia);
  } finally {
    await log.close();
  }
};

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'leaving-'));
  const keys = new Map<string, string>();
  for (const who of [...everybody, 'boss', 'stranger']) keys.set(who, await makeKeyFile(keyFile(who)));
  publicKeys = keys;
  const theatre = await openTheatre();
  try {
    settings = theatre.product.settings;
    await theatre.stage.play(
      twins.flatMap((organisation) => [
        async () => void erased.set(organisation, (await playScenario3(theatre.world, organisation)).caseId),
        async () => void kept.set(organisation, (await playScenario5(theatre.world, organisation)).caseId),
      ]),
    );
    const settle = async (): Promise<void> => {
      for (let look = 0; look < 3; look += 1) {
        await theatre.product.runTimers();
        expect(await theatre.product.whenSettled(120_000)).toBe(true);
      }
    };
    await settle();
    theatre.product.steer?.(ERASED);
    await done(
      theatre
        .as(gentia, 'hugo', 'head_internal_service')
        .command(c.releaseFiguresCommand, crypto.randomUUID(), { from: '2026-07', to: '2026-09' }),
    );
    for (const organisation of twins)
      for (const [name, more] of [
        ['named', { workerName: 'Bo Maes', workerAgreesToName: true }],
        ['anonymous', { workerAgreesToName: false }],
        ['withdrawn', { workerName: 'Mo Claes', workerAgreesToName: true }],
        // Its five years are over between the request and the handover, and nobody decided yet that it is destroyed.
        ['over', { statementOn: '2021-11-28', factsFrom: '2021-11-27', workerAgreesToName: false }],
      ] as const) {
        const lies = theatre.as(organisation, 'lies', 'counsellor');
        const entryId = await done(
          lies.command(c.recordThirdPartyEntryCommand, crypto.randomUUID(), {
            statementOn: '2026-11-20',
            factsFrom: '2026-11-19',
            site: 'ghent',
            place: 'Bus 5',
            capacity: 'customer',
            kinds: ['physical_violence'],
            description: `Geduwd in ${organisation}, ${name}.`,
            ...more,
          }),
        );
        entries.set(`${organisation} ${name}`, entryId);
        if (name === 'named')
          await done(
            lies.command(c.noteThirdPartyFollowUpCommand, crypto.randomUUID(), {
              entryId,
              notedOn: '2026-11-25',
              words: 'Klacht ingediend.',
            }),
          );
        if (name === 'withdrawn')
          await done(lies.command(c.withdrawThirdPartyNameCommand, crypto.randomUUID(), { entryId }));
      }
    const rik = theatre.as(gentia, 'rik', 'records_manager');
    departureId = await done(
      rik.command(c.requestDepartureCommand, crypto.randomUUID(), {
        nextHost: 'Hosting Zee',
        notBefore: NOT_BEFORE,
        confirmWithinDays: 30,
        receivers: [
          {
            capacity: 'counsellor',
            controller: 'lies',
            ground: 'designated',
            publicKey: keys.get('lies') ?? '',
            person: 'lies',
          },
          { capacity: 'adviser', controller: 'adviser', ground: 'designated', publicKey: keys.get('adviser') ?? '' },
          { capacity: 'host', controller: 'host', ground: 'designated', publicKey: keys.get('host') ?? '' },
        ],
        register: { controller: 'Gentia NV', ground: 'Codex art. I.3-3', publicKey: keys.get('boss') ?? '' },
      }),
    );
    await done(
      theatre.as(gentia, 'lies', 'counsellor').command(c.approveDepartureCommand, crypto.randomUUID(), { departureId }),
    );
    await theatre.inBoth(async (organisation) => {
      const requested = await theatre
        .as(organisation, 'rik', 'records_manager')
        .command(c.requestErasureCommand, crypto.randomUUID(), {
          subject: `case/${erased.get(organisation) ?? ''}`,
          ground: 'data_subject_request',
        });
      if (!requested.ok) throw new Error(requested.refusal.kind);
      const dora = theatre.as(organisation, 'dora', 'data_protection_officer');
      const approve = dora.command(c.approveErasuresCommand, crypto.randomUUID(), { erasureIds: [requested.id] });
      const refused = await refusalOf(approve);
      if (refused !== undefined) throw new Error(refused.kind);
    });
    await settle();
    theatre.product.steer?.(LEFT);
    seen = await asked(theatre.as(gentia, 'lies', 'counsellor'), c.caseByIdQuery, { caseId: kept.get(gentia) ?? '' });
    await theatre.product.whenSettled(120_000);
    theatre.product.steer?.(undefined);
    await theatre.product.stop();
    cpSync(theatre.data, at('a'), { recursive: true });
    cpSync(settings.rootKey, at('a-root.key'));
  } finally {
    await theatre.close();
  }
  // Nobody let the dossiers go yet: a host of its own keeps that.
  copyHost('a', 'held');
  await during('a', (as) =>
    done(as('eva', 'prevention_adviser').command(c.releaseKeysCommand, crypto.randomUUID(), { departureId })),
  );
  handover = await handing('handover');
}, OPEN_MS * 2);
afterAll(() => {
  rmSync(base, { recursive: true, force: true });
});

describe('an organisation that leaves', () => {
  it('is handed over whole, each record to whoever is competent, and nothing of its twin goes along', async () => {
    const { handover: read } = readManifest(at('handover'));
    expect(read).toEqual(handover);
    const moved = read.transfers.find(({ record }) => record === `case/${kept.get(gentia) ?? ''}`);
    expect(moved?.to).toEqual([
      {
        capacity: 'counsellor',
        controller: 'lies',
        ground: 'designated',
        key: keyOf('lies'),
      },
    ]);
    // The adviser's dossier is the adviser's, and no counsellor's.
    const dossiers = read.transfers.filter(({ record }) => record.startsWith('referral_received/'));
    expect(dossiers.map(({ to }) => to.map(({ capacity }) => capacity))).toEqual([['adviser']]);
    expect(read.transfers.some(({ record }) => record === `case/${erased.get(gentia) ?? ''}`)).toBe(false);
    const log = openSqliteEventLog({ file: join(at('handover'), placeOf.log), readOnly: true });
    try {
      const slice = await log.readAll({ limit: 100_000 });
      expect(slice.events.length).toBeGreaterThan(50);
      expect(new Set(slice.events.map(({ organisation }) => organisation))).toEqual(new Set([gentia]));
    } finally {
      await log.close();
    }
    // Each transfer was recorded before, so that it goes along; that the folder is whole, after it.
    const said = async (file: string) => {
      const events = openSqliteEventLog({ file, readOnly: true });
      try {
        return (await events.readStream(`records.departure-${gentia}_all`)).map(({ type }) => type.split('.')[1]);
      } finally {
        await events.close();
      }
    };
    const along = await said(join(at('handover'), placeOf.log));
    expect(along.filter((type) => type === 'KeysHandedOver')).toHaveLength(everybody.length);
    expect(along).not.toContain('HandoverMade');
    expect((await said(layoutOf(at('a')).log)).at(-1)).toBe('HandoverMade');
    // Asked again for the same folder, it is the same handover.
    expect(await handing('handover')).toEqual(handover);
    expect((await said(layoutOf(at('a')).log)).filter((type) => type === 'HandoverMade')).toHaveLength(1);
    // No class of records that a service seals under is forgotten; `evidence` signs and seals nothing.
    const sealed = new Set(serviceTable.flatMap(({ keys }) => keys).filter((name) => name !== 'evidence'));
    expect([...sealed].filter((name) => !handedClasses.includes(name))).toEqual([]);
  });

  it('shows whoever has the folder and no private key nothing, and gives the company no key at all', async () => {
    const { vault, keyring } = await openFileKeys({
      clock,
      rootKeyFile: at('a-root.key'),
      vaultFile: layoutOf(at('a')).vault,
      keyringFile: layoutOf(at('a')).keyring,
    });
    const [lies] = keysOf('lies');
    if (lies === undefined) throw new Error('no key');
    const publicKey = publicKeyOf({ publicKey: publicKeys.get('lies') ?? '' });
    const canaries: Buffer[] = [];
    const ids: string[] = [];
    try {
      for (const key of await liveKeysOf({ vault }, gentia)) {
        const opened = await openReaderWrap(lies, await wrapKeyFor({ keyring }, gentia, key, publicKey));
        if (opened === undefined) throw new Error('a wrap does not open');
        ids.push(key.keyId);
        const raw = Buffer.from(opened.key);
        canaries.push(raw, ...(['hex', 'base64', 'base64url'] as const).map((form) => Buffer.from(raw.toString(form))));
      }
    } finally {
      await vault.close();
      await keyring.close();
    }
    expect(ids.length).toBeGreaterThan(10);
    const files = await filesUnder(at('handover'));
    // Private halves lie beside the folder and never in it.
    for (const who of everybody) canaries.push(Buffer.from(readFileSync(keyFile(who), 'utf8').trim()));
    const holding = (needles: readonly Buffer[], within = ''): readonly string[] =>
      files.filter((path) => {
        const bytes = readFileSync(join(at('handover'), path));
        return path.startsWith(within) && needles.some((needle) => bytes.includes(needle));
      });
    expect(holding(canaries)).toEqual([]);
    // Of the company the register alone, which is no key and opens with none but its own.
    expect(holding([Buffer.from('X25519')], `${placeOf.company}/`)).toEqual([`${placeOf.company}/${REGISTER_FILE}`]);
    expect(holding([Buffer.from('X25519')]).length).toBe(everybody.length + 1);
    // A wrap opens with the key it was made for and with no other, the host's and a stranger's included.
    const wraps = readFileSync(join(at('handover'), placeOf.keys, `${fingerprintOf(publicKey)}.jsonl`), 'utf8').split(
      '\n',
    );
    const wrap: unknown = JSON.parse(wraps[0] ?? '');
    for (const [who, opens] of [
      ['lies', true],
      ['host', false],
      ['adviser', false],
      ['stranger', false],
    ] as const)
      for (const privateKey of keysOf(who))
        expect((await openReaderWrap(privateKey, wrap as Parameters<typeof openReaderWrap>[1])) !== undefined).toBe(
          opens,
        );
    // Whose files those are, and no others: the host's own keys are not among the counsellor's.
    const classes = new Set(
      wraps.filter((line) => line !== '').map((line) => recordOf((JSON.parse(line) as { subject: string }).subject)),
    );
    expect([...classes].some((record) => record.startsWith('person/') || record.startsWith('actors/'))).toBe(false);
    const verdict = await verifyFolder(join(at('handover'), placeOf.evidence), {});
    expect(verdict.ok).toBe(true);
  });

  it(
    'is at the next host as it was: the same leaves, the same rows of every view, and it opens',
    async () => {
      const taken = await taking('b');
      const before = await leavesIn(join(at('handover'), placeOf.log), gentia);
      const after = await leavesIn(layoutOf(at('b')).log, gentia);
      expect(before.size).toBeGreaterThan(20);
      for (const [stream, leaves] of before) expect(after.get(stream)?.slice(0, leaves.length)).toEqual(leaves);
      // What was added is the new name of its evidence, that it arrived, and nothing else.
      const more = [...after].filter(([stream, leaves]) => leaves.length > (before.get(stream)?.length ?? 0));
      expect(more.map(([stream]) => stream)).toEqual([
        `records.evidence-${gentia}_log`,
        `records.departure-${gentia}_all`,
      ]);
      const rows = await rowsHandedOver();
      expect(Object.keys(rows).length).toBeGreaterThan(10);
      expect(await rowsIn(layoutOf(at('b')).views, gentia)).toEqual({ ...rows, ...arrivedHere() });
      for (const twin of twins.filter((one) => one !== gentia))
        expect((await leavesIn(layoutOf(at('b')).log, twin)).size).toBe(0);
      const { confirmation, signer } = readConfirmation(taken.confirmation);
      expect(confirmation).toMatchObject({ handoverId: handover.id, digest: handover.digest, views: handover.views });
      expect(signer).toBe(taken.signer);
      expect(confirmation.records.map(({ record }) => record)).toEqual(handover.transfers.map(({ record }) => record));

      await during('b', async (as) => {
        const caseId = kept.get(gentia) ?? '';
        // What was sealed opens: all that its counsellor saw at the host that was left.
        expect(await asked(as('lies', 'counsellor'), c.caseByIdQuery, { caseId })).toEqual(seen);
        expect(JSON.stringify(seen)).toContain('Vernederende berichten');
        const dossier = handover.transfers.find(({ record }) => record.startsWith('referral_received/'));
        const referralId = dossier?.record.slice('referral_received/'.length) ?? '';
        const eva = as('eva', 'prevention_adviser');
        expect((await asked(eva, c.receivedReferralQuery, { referralId })).referralId).toBe(referralId);
        const gone = as('sophie', 'counsellor').query(c.caseByIdQuery, { caseId: erased.get(gentia) ?? '' });
        expect(await refusalOf(gone)).toEqual({ kind: 'Erased' });
        // Here nothing is closed, and this host may be left in its turn.
        const { departure } = await asked(as('rik', 'records_manager'), c.departureQuery, {});
        expect(departure).toMatchObject({ departureId, status: 'arrived', closed: 0 });
      });

      const undo = createUndo(silentLogger());
      try {
        const { log, sealing } = await fileAdapters(layoutOf(at('b')), at('b-root.key'), clock, false, undo);
        const evidence = createEvidence({
          folder: layoutOf(at('b')).evidence,
          anchors: [],
          log,
          clock,
          sealing,
          logger: silentLogger(),
          pauseMs: 0,
          ledger: ledgerOfVault(sealing),
        });
        undo.add('evidence', evidence.stop);
        evidence.start();
        const exporter = createExporter(evidence);
        await exportToFolder(at('export-b'), gentia, (cursor) => exporter.page(gentia, cursor, 1 << 20));
        const verdict = await verifyFolder(at('export-b'), {});
        // What was destroyed at the old host stands with its certificates and in the ledger of the new one.
        expect(await listErasures(at('export-b'), () => undefined)).toMatchObject({ ok: true });
        if (!verdict.ok) throw new Error(JSON.stringify(verdict.finding));
        expect(verdict.facts).toMatchObject({ restores: 1 });
      } finally {
        await undo.run();
      }
    },
    OPEN_MS,
  );

  it(
    'leaves what is held back where it is: a dossier that no adviser let go, and a counsellor’s files who objects',
    async () => {
      await during('held', (as) =>
        done(as('lies', 'counsellor').command(c.withholdKeysCommand, crypto.randomUUID(), { departureId })),
      );
      const { transfers } = await handing('stays', { settings: hostOf('held') });
      const dossiers = transfers.filter(({ record }) => record.startsWith('referral_received/'));
      expect(dossiers.map(({ to }) => to)).toEqual([[]]);
      const to = new Set(transfers.flatMap((one) => one.to.map(({ capacity }) => capacity)));
      expect(to).toEqual(new Set(['host']));
      // Nobody is given a key by having been named.
      expect(await ruleOf(taking('e', { from: at('stays'), privateKeys: keysOf('lies', 'host') }))).toBe(
        'wrong_receiver_key',
      );
      await taking('e', { from: at('stays'), privateKeys: keysOf('host') });
      await during('e', async (as, product) => {
        const caseId = kept.get(gentia) ?? '';
        expect(await refusalOf(as('lies', 'counsellor').query(c.caseByIdQuery, { caseId }))).toMatchObject({
          kind: 'TryLater',
        });
        const closed = as('eva', 'prevention_adviser').query(c.receivedReferralQuery, {
          referralId: dossiers[0]?.record.slice('referral_received/'.length) ?? '',
        });
        // Nothing says that it was erased: its key is elsewhere, and may come.
        expect(await refusalOf(closed)).toMatchObject({ kind: 'TryLater' });
        expect(await product.whenSettled(120_000)).toBe(true);
        await product.runTimers();
        expect(await product.whenSettled(120_000)).toBe(true);
      });
    },
    OPEN_MS,
  );

  it(
    'is closed at the host that was left: nobody changes a file that went, no date does, and a new request is heard',
    async () => {
      copyHost('a', 'closed');
      const file = layoutOf(at('closed')).log;
      await during('closed', async (as, product) => {
        const caseId = kept.get(gentia) ?? '';
        const lies = as('lies', 'counsellor');
        const before = await leavesIn(file, gentia);
        const note = lies.command(c.writeCaseNoteCommand, crypto.randomUUID(), { caseId, note: 'Nog iets.' });
        expect(await refusalOf(note)).toMatchObject({ kind: 'RuleRefused', code: 'handed_over' });
        // The register too; and it is read as before.
        const entryId = entries.get(`${gentia} named`) ?? '';
        const withdraw = lies.command(c.withdrawThirdPartyNameCommand, crypto.randomUUID(), { entryId });
        expect(await refusalOf(withdraw)).toMatchObject({ code: 'handed_over' });
        expect(await asked(lies, c.caseByIdQuery, { caseId })).toMatchObject({ caseId, status: 'open' });
        // A year later every term is over, and is noted where the files are.
        clock.set('2027-12-03T09:00:00.000Z');
        await product.runTimers();
        expect(await product.whenSettled(120_000)).toBe(true);
        const after = await leavesIn(file, gentia);
        const files = [...before.keys()].filter((stream) =>
          /^(?:case|intake|referral)\.(?!access|handed|kept)/.test(stream),
        );
        expect(files.length).toBeGreaterThan(5);
        for (const stream of files) expect([stream, after.get(stream)]).toEqual([stream, before.get(stream)]);
        clock.set(LEFT);
      });
      copyHost('a', 'heard');
      await during('heard', async (as, product) => {
        const entryId = await done(
          as('lies', 'counsellor').command(c.recordThirdPartyEntryCommand, crypto.randomUUID(), {
            statementOn: '2026-12-03',
            factsFrom: '2026-12-03',
            site: 'ghent',
            capacity: 'customer',
            kinds: ['physical_violence'],
            description: 'Na de overdracht.',
            workerAgreesToName: false,
          }),
        );
        const { rows } = await asked(as('karel', 'employer'), c.thirdPartyRegisterQuery, {});
        expect(rows.map((row) => row.entryId)).toContain(entryId);
        const { departure } = await asked(as('rik', 'records_manager'), c.departureQuery, {});
        expect(departure).toMatchObject({ status: 'handed_over', register: { handedOver: true } });
        expect(departure?.closed).toBeGreaterThan(3);
        // The next host did not answer: by its day work goes on here, without anybody asking.
        clock.set('2027-01-04T09:00:00.000Z');
        await product.runTimers();
        expect(await product.whenSettled(120_000)).toBe(true);
        const caseId = kept.get(gentia) ?? '';
        const lies = as('lies', 'counsellor');
        await done(lies.command(c.writeCaseNoteCommand, crypto.randomUUID(), { caseId, note: 'Weer hier.' }));
        const now = await asked(as('rik', 'records_manager'), c.departureQuery, {});
        expect(now.departure).toMatchObject({ confirmationOverdue: true, closed: 0 });
        clock.set(LEFT);
      });
    },
    OPEN_MS,
  );

  it('is refused where something is missing, damaged or not for this receiver, and nothing is written', async () => {
    mkdirSync(at('occupied'), { recursive: true });
    writeFileSync(join(at('occupied'), 'something'), 'else');
    expect(await ruleOf(handing('occupied'))).toBe('out_not_empty');
    expect(await ruleOf(handing('x', { organisation: 'nobody' as OrganisationId }))).toBe('no_organisation');
    // Nobody of the twin decided anything; and the day has to have come.
    for (const twin of twins.filter((one) => one !== gentia))
      expect(await ruleOf(handing('x', { organisation: twin }))).toBe('departure_not_approved');
    clock.set('2026-12-02T09:00:00.000Z');
    expect(await ruleOf(handing('x'))).toBe('departure_too_soon');
    clock.set(LEFT);
    // A folder that another host made is none of this one's.
    expect(await ruleOf(handing('handover', { settings: hostOf('b') }))).toBe('out_not_empty');

    expect(await ruleOf(taking('c', { from: at('none') }))).toBe('no_handover');
    expect(await ruleOf(taking('c', { privateKeys: keysOf('lies', 'stranger') }))).toBe('wrong_receiver_key');
    expect(await ruleOf(taking('c', { privateKeys: keysOf('host', 'adviser') }))).toBe('receiver_missing');
    expect(await ruleOf(taking('c', { privateKeys: keysOf('lies', 'adviser') }))).toBe('receiver_missing');
    const harmed = async (name: string, harm: (folder: string) => void): Promise<LeavingRule | undefined> => {
      cpSync(at('handover'), at(name), { recursive: true });
      harm(at(name));
      return ruleOf(taking('c', { from: at(name) }));
    };
    expect(await harmed('cut', (folder) => rmSync(join(folder, MANIFEST)))).toBe('no_handover');
    expect(await harmed('short', (folder) => truncateSync(join(folder, placeOf.log), 8_192))).toBe('damaged');
    expect(await harmed('without', (folder) => rmSync(join(folder, placeOf.ledger)))).toBe('damaged');
    const changed = await harmed('changed', (folder) => {
      const text = readFileSync(join(folder, MANIFEST), 'utf8');
      writeFileSync(join(folder, MANIFEST), text.replace('"controller": "lies"', '"controller": "boss"'));
    });
    expect(changed).toBe('damaged');
    mkdirSync(at('c'), { recursive: true });
    writeFileSync(join(at('c'), 'something'), 'else');
    expect(await ruleOf(taking('c'))).toBe('target_not_empty');
  });

  it(
    'goes on wherever it was cut off, at either host, and opens nothing before its end',
    async () => {
      class Killed extends Error {}
      const steps = new Set<string>();
      await handing('again', { at: (step) => steps.add(step) });
      // The last ones are after the folder has its name.
      expect([...steps].slice(-2)).toEqual(['made', 'close']);
      for (const step of [...steps].slice(0, -2)) {
        const cut = handing('resumed', {
          at: (now) => {
            if (now === step) throw new Killed(step);
          },
        });
        await expect(cut).rejects.toBeInstanceOf(Killed);
        expect(await ruleOf(taking('d', { from: at('resumed') }))).toBe('no_handover');
        // What is there under the other name is no handover either.
        expect(await ruleOf(taking('d', { from: at('resumed.unfinished') }))).toBe('no_handover');
      }
      for (const step of ['made', 'close']) {
        const unrecorded = handing('resumed', {
          at: (now) => {
            if (now === step) throw new Killed(now);
          },
        });
        await expect(unrecorded).rejects.toBeInstanceOf(Killed);
      }
      const whole = readManifest(at('resumed')).handover;
      const resumed = await handing('resumed');
      expect(resumed).toEqual(whole);
      expect(resumed.transfers).toEqual(handover.transfers);

      const starts: (string | undefined)[] = [];
      const ends = [
        'begin',
        'clear',
        'keys',
        'blobs',
        'log',
        'origin',
        'views',
        'confirmation',
        'arrived',
        'settle',
        'end',
      ];
      for (const step of ends) {
        const cut = taking('d', {
          at: (now) => {
            if (now === step) throw new Killed(step);
          },
        });
        await expect(cut).rejects.toBeInstanceOf(Killed);
        // Before the first nothing lies there yet, and a start would found a house.
        if (step !== 'begin') starts.push(await startOf('d'));
      }
      expect(starts).toEqual(ends.slice(1).map(() => 'restore_unfinished'));
      expect(await ruleOf(taking('d', { from: at('resumed') }))).toBe('other_import');
      await taking('d');
      expect(await rowsIn(layoutOf(at('d')).views, gentia)).toEqual({ ...(await rowsHandedOver()), ...arrivedHere() });
    },
    OPEN_MS,
  );

  it('gives the company its figures with their proofs, and nothing that opens or tells of a case', async () => {
    const text = readFileSync(join(at('handover'), placeOf.company, COMPANY_FILE), 'utf8');
    const { events, checkpoint, organisation } = JSON.parse(text) as CompanyExport;
    expect(organisation).toBe(gentia);
    expect(checkpoint).toContain(`/${gentia}\n`);
    expect(events.map(({ type }) => type)).toEqual(['reporting.FiguresReleased.v1', 'records.RegisterHandedOver.v1']);
    const register = readFileSync(join(at('handover'), placeOf.company, REGISTER_FILE));
    expect(await verifyCompany(text, { register })).toEqual({
      ok: true,
      organisation: gentia,
      events: 2,
      keyKnown: false,
      register: { sealedFor: keyOf('boss') },
    });
    // What is read must be what is proved, under the keys that one trusts.
    const [event] = events;
    const altered = (change: object): string =>
      JSON.stringify({ ...(JSON.parse(text) as object), events: [{ ...event, ...change }] });
    expect(await verifyCompany(altered({ data: { ...(event?.data as object), facts: 999 } }))).toMatchObject({
      code: 'company_data_differ',
    });
    const flipped = Buffer.from(event?.record ?? '', 'base64');
    flipped[flipped.length - 2] = (flipped.at(-2) ?? 0) ^ 1;
    expect((await verifyCompany(altered({ record: flipped.toString('base64') }))).ok).toBe(false);
    expect(await verifyCompany(text, { keys: ['another+00000000+AAAA'] })).toMatchObject({
      code: 'company_key_unknown',
    });
    expect(await verifyCompany('{}')).toEqual({ ok: false, code: 'company_malformed' });
    // The register beside it is the one that was handed over, and is checked without being opened.
    const changed = Buffer.from(register);
    changed[changed.length - 20] = (changed.at(-20) ?? 0) ^ 1;
    expect(await verifyCompany(text)).toMatchObject({ code: 'company_register_missing' });
    expect(await verifyCompany(text, { register: changed })).toMatchObject({ code: 'company_register_differs' });
    const withoutIt = JSON.stringify({ ...(JSON.parse(text) as object), events: [event] });
    expect(await verifyCompany(withoutIt, { register })).toMatchObject({ code: 'company_register_unproved' });
    expect(await verifyCompany(withoutIt)).toMatchObject({ ok: true, register: null });
    // No key, no record of a case, nothing sealed, nobody who looked, no count that was not released.
    expect(readdirSync(join(at('handover'), placeOf.company)).toSorted()).toEqual([COMPANY_FILE, REGISTER_FILE]);
    const ids = [...kept.values(), ...erased.values(), ...handover.transfers.map(({ record }) => record)];
    for (const told of [...ids, 'X25519', 'A256GCM', '"ct"', 'AccessRecorded', 'FactRecorded'])
      expect(text.includes(told)).toBe(false);
    for (const told of ['AccessRecorded', 'FactRecorded', 'A256GCM', 'CaseOpened'])
      for (const { record } of events) expect(Buffer.from(record, 'base64').includes(told)).toBe(false);
  });

  it('gives the company its register as a file that its own key opens, without what may not stand in it', async () => {
    const file = join(at('handover'), placeOf.company, REGISTER_FILE);
    const sealed = readFileSync(file, 'utf8');
    const id = (name: string): string => entries.get(`${gentia} ${name}`) ?? '';
    for (const told of [id('named'), 'Bo Maes', 'Geduwd', 'customer']) expect(sealed.includes(told)).toBe(false);
    for (const who of ['stranger', 'lies', 'host'])
      expect(await ruleOf(writeRegister({ file, key: keyFile(who), out: at('register'), language: 'nl' }))).toBe(
        'wrong_receiver_key',
      );
    writeFileSync(at('harmed.json'), sealed.replace(`"organisation": "${gentia}"`, '"organisation": "another"'));
    const harmed = { file: at('harmed.json'), key: keyFile('boss'), out: at('register'), language: 'nl' } as const;
    expect(await ruleOf(writeRegister(harmed))).toBe('register_damaged');

    const copy = await openRegister(sealed, readKeyFile(keyFile('boss')), file);
    expect(copy).toMatchObject({ organisation: gentia, asOf: LEFT.slice(0, 10) });
    // The one whose term is over is not in it; nor is a name that nobody agreed to, or agrees to no longer.
    const shown = copy.entries.map(({ entryId, workerName }) => [entryId, workerName]);
    expect(new Map(shown as [string, string | null][])).toEqual(
      new Map([
        [id('named'), 'Bo Maes'],
        [id('anonymous'), null],
        [id('withdrawn'), null],
      ]),
    );
    expect(JSON.stringify(copy)).not.toContain('Mo Claes');
    expect(copy.entries.find(({ entryId }) => entryId === id('named'))).toMatchObject({
      statementOn: '2026-11-20',
      keptUntil: '2031-11-20',
      kinds: ['physical_violence'],
      description: `Geduwd in ${gentia}, named.`,
      keptBy: 'counsellor',
      followUps: [{ notedOn: '2026-11-25', words: 'Klacht ingediend.' }],
    });
    // That it was opened, of which entries and for which departure stands in the access history, and goes along.
    const along = await disclosed(join(at('handover'), placeOf.log));
    expect(along).toMatchObject([
      { role: 'service', outcome: 'downloaded', query: 'case.registerForTheCompany', requestId: departureId },
    ]);
    expect(along[0]?.records.toSorted()).toEqual(copy.entries.map(({ entryId }) => entryId).toSorted());
    // Each handover that was made since, or cut off, opened it again and says so.
    expect((await disclosed(layoutOf(at('a')).log)).length).toBeGreaterThan(1);

    const opened = await writeRegister({ file, key: keyFile('boss'), out: at('register'), language: 'fr' });
    expect(opened).toEqual({ entries: 3, asOf: LEFT.slice(0, 10) });
    expect(
      readFileSync(join(at('register'), REGISTER_PDF))
        .subarray(0, 5)
        .toString(),
    ).toBe('%PDF-');
    expect(JSON.parse(readFileSync(join(at('register'), REGISTER_VALUES), 'utf8'))).toEqual(copy);
    expect(await ruleOf(writeRegister({ file, key: keyFile('boss'), out: at('register'), language: 'fr' }))).toBe(
      'out_not_empty',
    );
  });

  it(
    'destroys the local copies when the next host has proved that it opens them, cut off anywhere, and nothing else',
    async () => {
      class Killed extends Error {}
      const file = join(at('b'), 'confirmation.json');
      const harmed = (name: string, change: (text: string) => string): string => {
        writeFileSync(at(name), change(readFileSync(file, 'utf8')));
        return at(name);
      };
      expect(await ruleOf(confirming(at('none.json')))).toBe('confirmation_damaged');
      const forged = harmed('forged.json', (text) => text.replace(handover.digest, '0'.repeat(64)));
      expect(await ruleOf(confirming(forged))).toBe('confirmation_damaged');
      // Of a handover that the host `held` made of the same departure, and this one never did.
      expect(await ruleOf(confirming(join(at('e'), 'confirmation.json')))).toBe('handover_unknown');
      for (const twin of twins.filter((one) => one !== gentia))
        expect(await ruleOf(confirming(file, { organisation: twin }))).toBe('handover_unknown');

      // Somebody goes on here with a case that was handed over: what the next host has is not all there is.
      const caseId = kept.get(gentia) ?? '';
      copyHost('a', 'moved');
      await during('moved', async (as, product) => {
        const lies = as('lies', 'counsellor');
        const note = { caseId, note: 'Nog iets.' };
        // Closed until somebody says that it is worked on here again, which one person may.
        expect(await refusalOf(lies.command(c.writeCaseNoteCommand, crypto.randomUUID(), note))).toMatchObject({
          kind: 'RuleRefused',
          code: 'handed_over',
        });
        await done(lies.command(c.resumeWorkCommand, crypto.randomUUID(), { departureId }));
        expect(await product.whenSettled(120_000)).toBe(true);
        await done(lies.command(c.writeCaseNoteCommand, crypto.randomUUID(), note));
      });
      const moved = await confirming(file, { settings: hostOf('moved') });
      expect(moved.staying).toEqual([`case/${caseId}`]);
      expect(moved.newer).toEqual([]);

      for (const step of ['prove', 'record', 'close'])
        await expect(
          confirming(file, {
            at: (now) => {
              if (now === step) throw new Killed(step);
            },
          }),
        ).rejects.toBeInstanceOf(Killed);
      const { leaving, staying } = await confirming(file);
      expect(staying).toEqual([]);
      expect(leaving).toContain(`case/${caseId}`);
      // It is worked on: at the next host from now on.
      expect(seen).toMatchObject({ status: 'open' });
      expect(leaving.length).toBeGreaterThan(3);
      // Said again it is the same; another confirmation is none.
      await confirming(file);
      expect(await ruleOf(handing('late'))).toBe('transfer_begun');

      await during('a', async (as, product) => {
        const dora = as('dora', 'data_protection_officer');
        const register = async () =>
          (await asked(dora, c.erasuresQuery, { page: { first: 100 } })).rows.filter(
            ({ ground }) => ground === 'transferred',
          );
        for (let look = 0; look < 4; look += 1) {
          await product.runTimers();
          expect(await product.whenSettled(120_000)).toBe(true);
        }
        const rows = await register();
        // What others still wanted of what went is not in their way.
        for (const reactor of product.reactors.values()) expect((await reactor.status()).parked).toBe(0);
        expect(rows.map(({ subject }) => subject).toSorted()).toEqual([...leaving].toSorted());
        expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['completed']));
        const [first] = rows;
        const certificate = await asked(dora, c.erasureCertificateQuery, { erasureId: first?.erasureId ?? '' });
        expect(await verifyCertificate(certificate.signed)).toMatchObject({ ok: true });
        expect(await refusalOf(as('lies', 'counsellor').query(c.caseByIdQuery, { caseId }))).toEqual({
          kind: 'Erased',
        });
        const { departure } = await asked(dora, c.departureQuery, {});
        expect(departure).toMatchObject({ status: 'completed', staying: 0, confirmationOverdue: false });
        for (const twin of twins.filter((one) => one !== gentia)) {
          const lies = as('lies', 'counsellor', twin);
          expect((await asked(lies, c.caseByIdQuery, { caseId: kept.get(twin) ?? '' })).caseId).toBe(kept.get(twin));
        }
      });
      // At the next host it opens as before.
      await during('b', async (as) => {
        const lies = as('lies', 'counsellor');
        expect(await asked(lies, c.caseByIdQuery, { caseId })).toEqual(seen);
        await done(lies.command(c.writeCaseNoteCommand, crypto.randomUUID(), { caseId, note: 'Bij de nieuwe host.' }));
      });
    },
    OPEN_MS * 2,
  );
});
