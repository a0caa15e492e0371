import { caseCategory, caseCodec } from '@toeverlaat/case';
import { openCaseCommand, recordContactCommand, writeCaseNoteCommand } from '@toeverlaat/contracts';
import { isSealedValue, streamName, type RecordedEvent, type SealedValue } from '@toeverlaat/event-log';
import { layoutOf, type Product } from '@toeverlaat/standalone';
import { localDateOf, type OrganisationId } from '@toeverlaat/values';
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { inFolder, latencies, note, ownCpuSeconds, percentile, printTable } from './harness.js';
import { callerOf, command, COUNSELLOR, SITE, twins, withProduct } from './prepare.js';
import { answerOf, openClient, signIn, startProduct, type Headers } from './product.js';

const EVENTS = 30;
const TEXTS = 12;
const CASES = 10;
const BLOCKS = 10;
const PER_BLOCK = 100;

const QUERY = `query($caseId: UUID!) { answer: case(caseId: $caseId) { __typename ... on Case {
  caseId caseNumber revision status site firstContactOn kindOfFacts language hearing hearingDueOn hearingHeldOn hearingWhy
  applicantIdentity applicantName summary flags
  contacts { contactId heldOn channel durationMinutes language riskSources optionsExplained topic nextStep }
  notes { noteId note } participants { participantId role name } documents { documentId kind } outcome outcomeNote } } }`;

type Written = { readonly organisation: OrganisationId; readonly caseId: string };
type Opened = {
  readonly organisation: OrganisationId;
  readonly caseId: string;
  readonly events: readonly RecordedEvent[];
};

/** A case of 30 events through the real commands: 12 texts, and the sealed codes that such events have. */
/** Writes a case of 30 events, by commands. */
export const writeCase = async (product: Product, organisation: OrganisationId, n: number): Promise<Written> => {
  const counsellor = await callerOf(product, organisation, COUNSELLOR, 'counsellor');
  const today = localDateOf(product.clock.now());
  const key = (what: string | number): string => `open case ${n} ${what}`;
  const caseId = await command(product, openCaseCommand, counsellor, key('open'), {
    identity: 'named',
    applicantName: `Worker number ${n}`,
    site: SITE,
    firstContactOn: today,
    language: 'nl',
    kindOfFacts: 'conflict',
    summary: 'What happened, in a few sentences. '.repeat(6),
    heardOn: today,
    heardThrough: 'in_person',
  });
  for (let i = 0; i < 4; i += 1)
    await command(product, writeCaseNoteCommand, counsellor, key(`note ${i}`), { caseId, note: 'A note. '.repeat(25) });
  const events = () => product.log.readStream(streamName(caseCategory, organisation, caseId));
  for (let i = 0; (await events()).length < EVENTS; i += 1)
    await command(product, recordContactCommand, counsellor, key(`contact ${i}`), {
      caseId,
      heldOn: today,
      channel: 'phone',
      durationMinutes: 20,
      riskSources: ['organisation'],
      optionsExplained: [],
      language: 'nl',
      isHearing: false,
      ...(i < 3 ? { topic: 'What it was about. '.repeat(8), nextStep: 'What comes next. '.repeat(4) } : {}),
    });
  return { organisation, caseId };
};

const sealedIn = (events: readonly RecordedEvent[]): readonly SealedValue[] =>
  events.flatMap(({ data }) =>
    Object.values(JSON.parse(Buffer.from(data).toString('utf8')) as Record<string, unknown>).filter(isSealedValue),
  );

/** Raw decryption of values of these sizes: keys ready, nothing derived, nothing looked up, JSON parsed. */
const decryptions = (sizes: readonly number[]): (() => number) => {
  const sealed = sizes.map((size) => {
    const key = createSecretKey(randomBytes(32));
    const iv = randomBytes(12);
    const aad = randomBytes(220);
    const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: 16 });
    cipher.setAAD(aad);
    const ct = Buffer.concat([cipher.update(JSON.stringify('x'.repeat(Math.max(1, size - 22)))), cipher.final()]);
    return { key, iv, aad, ct, tag: cipher.getAuthTag() };
  });
  return () => {
    let read = 0;
    for (const { key, iv, aad, ct, tag } of sealed) {
      const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 });
      decipher.setAAD(aad);
      decipher.setAuthTag(tag);
      const plain = decipher.update(ct);
      decipher.final();
      read += String(JSON.parse(plain.toString('utf8'))).length;
    }
    return read;
  };
};

/**
 * Figure 2: a case of 30 events opened over GraphQL by one caller after the other, its access record durable, beside what
 * the machine needs for an fsync, a raw read of the 30 rows and the decryptions. Aim: p95 under 10 ms.
 */
export const openCase = async (): Promise<void> =>
  inFolder(async (folder) => {
    const data = join(folder, 'data');
    note('open-case: filling');
    const cases = await withProduct(data, async (product): Promise<readonly Opened[]> => {
      const opened: Opened[] = [];
      for (const organisation of twins)
        for (let n = 0; n < CASES; n += 1) {
          const { caseId } = await writeCase(product, organisation, n);
          const events = await product.log.readStream(streamName(caseCategory, organisation, caseId));
          opened.push({ organisation, caseId, events });
        }
      return opened;
    });
    const [first] = cases;
    if (first === undefined) throw new Error('no case');
    const sealed = sealedIn(first.events);
    const texts = new Set(
      caseCodec.events.flatMap(({ type, fields }) =>
        Object.entries(fields).flatMap(([path, field]) => (field.class === 'text' ? [`${type} ${path}`] : [])),
      ),
    );
    const sizeOf = ({ ct }: SealedValue): number => Buffer.byteLength(ct, 'base64url') - 16;
    const textSizes = sealed.filter(({ ctx }) => texts.has(`${ctx.type} ${ctx.path}`)).map(sizeOf);
    if (first.events.length !== EVENTS || textSizes.length !== TEXTS)
      throw new Error(`${first.events.length} events with ${textSizes.length} texts`);

    const db = new DatabaseSync(layoutOf(data).log, { readOnly: true });
    const read = db.prepare('SELECT * FROM events WHERE stream = ? ORDER BY revision');
    const file = openSync(join(folder, 'fsync'), 'w');
    const record = randomBytes(900);
    const server = await startProduct(data);
    const client = openClient(server.url, 1);
    try {
      const headers = new Map<OrganisationId, Headers>();
      for (const organisation of twins)
        headers.set(organisation, await signIn(server.url, `${COUNSELLOR}@${organisation}`, 'counsellor'));
      const product = async (n: number): Promise<void> => {
        const { organisation, caseId } = cases[n % cases.length] ?? first;
        const answer = await client.post(
          JSON.stringify({ query: QUERY, variables: { caseId } }),
          headers.get(organisation) ?? {},
        );
        if (n < cases.length && answerOf(answer)['revision'] !== EVENTS - 1) throw new Error(answer.text.slice(0, 300));
        if (!answer.text.includes('"__typename":"Case"')) throw new Error(answer.text.slice(0, 300));
      };
      const limit =
        (decrypt: () => number) =>
        (n: number): Promise<void> => {
          const { organisation, caseId } = cases[n % cases.length] ?? first;
          writeSync(file, record);
          fdatasyncSync(file);
          if (read.all(streamName(caseCategory, organisation, caseId)).length !== EVENTS) throw new Error('rows');
          decrypt();
          return Promise.resolve();
        };
      const variants = {
        product,
        limit: limit(decryptions(textSizes)),
        all: limit(decryptions(sealed.map(sizeOf))),
        hello: async () => {
          await client.post('{"query":"{ __typename }"}', headers.get(first.organisation) ?? {});
        },
      };
      const taken: Record<keyof typeof variants, number[]> = { product: [], limit: [], all: [], hello: [] };
      for (const work of Object.values(variants)) await latencies(300, work);
      note('open-case: measuring');
      const spent: Record<keyof typeof variants, number> = { product: 0, limit: 0, all: 0, hello: 0 };
      for (let block = 0; block < BLOCKS; block += 1)
        for (const name of Object.keys(variants) as (keyof typeof variants)[]) {
          const cpu = name === 'product' || name === 'hello' ? server.cpuSeconds : ownCpuSeconds;
          const before = cpu();
          taken[name].push(...(await latencies(PER_BLOCK, variants[name])));
          spent[name] += cpu() - before;
        }
      const at = (name: keyof typeof variants, p: number): number => percentile(taken[name], p);
      const row = (what: string, name: keyof typeof variants): (string | number)[] => [
        what,
        at(name, 0.5),
        at(name, 0.95),
        at('product', 0.5) / at(name, 0.5),
        at('product', 0.95) / at(name, 0.95),
        (1_000 * spent[name]) / (BLOCKS * PER_BLOCK),
      ];
      printTable(
        `Opening a case of ${EVENTS} events over GraphQL, ms (aim: p95 under 10)`,
        ['what', 'p50', 'p95', 'product ÷ this, p50', 'p95', 'CPU ms'],
        [
          row('product: GraphQL over HTTP, access record durable', 'product'),
          row(`limit: fsync + raw read of ${EVENTS} rows + ${TEXTS} decryptions`, 'limit'),
          row(`the same with all ${sealed.length} sealed values that the fold and the answer need`, 'all'),
          row('product: an empty GraphQL request (`{ __typename }`)', 'hello'),
        ],
      );
    } finally {
      client.close();
      await server.stop();
      closeSync(file);
      db.close();
    }
  });
