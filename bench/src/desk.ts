import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  compare,
  inFolder,
  latencies,
  note,
  percentile,
  printTable,
  sampled,
  type Measured,
  type Sample,
} from './harness.js';
import { addCases, callerOf, COUNSELLOR, twins, withProduct } from './prepare.js';
import {
  answerOf,
  openClient,
  signIn,
  startBeside,
  startProduct,
  type Client,
  type Headers,
  type Server,
} from './product.js';

const ROWS = 20;
const CONNECTIONS = 16;
const SECONDS = 2;
const ROUNDS = 5;
const SINGLE = 60;
/** Of a name, a site, a kind of facts: the smallest class of padded sizes. */
const BYTES = 32;

const QUERY = `{ answer: desk(first: ${ROWS}) { __typename ... on DeskPage { rows { caseId caseNumber status hearingDueOn
  hearing flags lastRecordedAt site kindOfFacts applicantName } next } } }`;

type Target = { readonly server: Server; readonly client: Client; readonly headers: readonly Headers[] };

const ask = async ({ client, headers }: Target, n: number): Promise<void> => {
  const answer = await client.post(JSON.stringify({ query: QUERY }), headers[n % headers.length] ?? {});
  if (!answer.text.includes('"__typename":"DeskPage"')) throw new Error(answer.text.slice(0, 500));
};

/** Requests of so many connections for a while. */
const load = async (target: Target, forSeconds: number): Promise<Sample> => {
  const until = performance.now() + forSeconds * 1_000;
  let operations = 0;
  const connection = async (): Promise<void> => {
    while (performance.now() < until) {
      operations += 1;
      await ask(target, operations);
    }
  };
  const sample = await sampled(
    0,
    () => Promise.all(Array.from({ length: CONNECTIONS }, connection)),
    target.server.cpuSeconds,
  );
  return { ...sample, operations };
};

/** A product whose counsellor has so many cases, half of them in each of the two organisations. */
const openDesk = async (folder: string, cases: number): Promise<Target> => {
  const data = join(folder, `data-${cases}`);
  note(`desk: filling ${cases} cases`);
  await withProduct(data, async (product) => {
    for (const organisation of twins)
      await addCases(product, await callerOf(product, organisation, COUNSELLOR, 'counsellor'), 0, cases / twins.length);
  });
  const server = await startProduct(data);
  const headers: Headers[] = [];
  for (const organisation of twins)
    headers.push(await signIn(server.url, `${COUNSELLOR}@${organisation}`, 'counsellor'));
  return { server, client: openClient(server.url, CONNECTIONS), headers };
};

/**
 * Figure 4: the first page of a desk with few and with many cases, beside a bare Apollo Server that gives the same bytes,
 * decrypts as much and appends one record in a group. Aims: at least 0.6 of it; growth at most 1.3 times.
 */
export const desk = async (few = 1_000, many = 100_000): Promise<void> =>
  inFolder(async (folder) => {
    const targets: Target[] = [];
    try {
      const small = await openDesk(folder, few);
      targets.push(small);
      const large = await openDesk(folder, many);
      targets.push(large);
      const answer = answerOf(await small.client.post(JSON.stringify({ query: QUERY }), small.headers[0] ?? {}));
      const rows = answer['rows'] as readonly Readonly<Record<string, unknown>>[];
      const opened = rows.flatMap((row) =>
        ['site', 'kindOfFacts', 'applicantName'].filter((field) => typeof row[field] === 'string'),
      ).length;
      if (rows.length !== ROWS) throw new Error(`a page of ${rows.length} rows`);
      const page = join(folder, 'page.json');
      writeFileSync(page, JSON.stringify(answer));
      const server = await startBeside('./bare.js', [folder, page, String(opened), String(BYTES)]);
      const bare: Target = { server, client: openClient(server.url, CONNECTIONS), headers: [{}] };
      targets.push(bare);
      for (const target of targets) await load(target, SECONDS);
      note('desk: measuring');
      const rates = await compare(ROUNDS, {
        small: () => load(small, SECONDS),
        bare: () => load(bare, SECONDS),
        large: () => load(large, SECONDS),
      });
      const single: number[][] = [[], [], []];
      for (let round = 0; round < ROUNDS; round += 1)
        for (const [index, target] of [small, large, bare].entries())
          single[index]?.push(...(await latencies(SINGLE, (n) => ask(target, n))));
      const row = (what: string, { rate, cpuMicros }: Measured, times: readonly number[] = []): (string | number)[] => [
        what,
        rate,
        rate / rates.bare.rate,
        cpuMicros / 1_000,
        rates.bare.cpuMicros / cpuMicros,
        percentile(times, 0.5),
        percentile(times, 0.95),
      ];
      const name = (count: number): string => `product, ${count.toLocaleString('en')} cases`;
      printTable(
        `First page of a desk (${ROWS} rows, ${opened} sealed values) over GraphQL, ${CONNECTIONS} connections (aim: 0.6 of the limit)`,
        ['what', 'requests/s', 'of the limit', 'CPU ms/request', 'of the limit', 'one caller: p50 ms', 'p95 ms'],
        [
          row(name(few), rates.small, single[0]),
          row(name(many), rates.large, single[1]),
          row(
            `limit: bare Apollo Server, same bytes, ${opened} decryptions, one grouped append`,
            rates.bare,
            single[2],
          ),
        ],
      );
      process.stdout.write(
        `Growth from ${few.toLocaleString('en')} to ${many.toLocaleString('en')} cases: ${(rates.small.rate / rates.large.rate).toFixed(2)} times the time per request under load, ` +
          `${(percentile(single[1] ?? [], 0.5) / percentile(single[0] ?? [], 0.5)).toFixed(2)} times the median for one caller (aim: at most 1.3).\n\n`,
      );
    } finally {
      for (const { client, server } of targets) {
        client.close();
        await server.stop();
      }
    }
  });
