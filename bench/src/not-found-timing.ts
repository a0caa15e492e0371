import { openCaseCommand, sendRequestCommand } from '@toeverlaat/contracts';
import { wordingVersion } from '@toeverlaat/legal';
import type { Product } from '@toeverlaat/standalone';
import { localDateOf, uuidV5, type OrganisationId, type PersonId } from '@toeverlaat/values';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Caller } from '@toeverlaat/access';
import { inFolder, median, note, percentile, printTable, seconds, seededRandom, type Row } from './harness.js';
import { callerOf, command, COUNSELLOR, designationOf, SITE, twins, withProduct } from './prepare.js';
import { openClient, signIn, startProduct, type Client, type Headers } from './product.js';
import { mannWhitney, medianDifference } from './statistics.js';

const RECORDS = 40;
const PAIRS = 600;
const RECEIPT_PAIRS = 60;
/** Wrong receipts are counted together: so many under way at once are as good as one after the other. */
const RECEIPTS_AT_ONCE = 4;
/** Below this no difference can be told from one that does not matter, in milliseconds. */
const OF_NO_MATTER_MS = 0.1;

/** Somebody else in the same organisation: a counsellor who has no part in the records asked for. */
const OTHER = 'sophie';

type Records = {
  readonly organisation: OrganisationId;
  readonly cases: readonly string[];
  readonly requests: readonly string[];
  readonly lookupIds: readonly string[];
};

const fabricated = (what: string, organisation: string, n: number): string =>
  createHash('sha256').update(`bench ${what} ${organisation} ${n}`).digest('base64url');

const write = async (product: Product, organisation: OrganisationId): Promise<Records> => {
  const counsellor = await callerOf(product, organisation, COUNSELLOR, 'counsellor');
  const designationId = await designationOf(product, organisation, COUNSELLOR as PersonId);
  const publicDoor: Caller = {
    role: 'anonymous_worker',
    organisation,
    pseudonym: 'anonymous',
    capacityId: 'public',
    sites: 'all',
  };
  const today = localDateOf(product.clock.now());
  const cases: string[] = [];
  const requests: string[] = [];
  const lookupIds: string[] = [];
  for (let n = 0; n < RECORDS; n += 1) {
    cases.push(
      await command(product, openCaseCommand, counsellor, `timing case ${n}`, {
        identity: 'named',
        applicantName: `Worker ${n}`,
        site: SITE,
        firstContactOn: today,
        language: 'nl',
        summary: 'A few words.',
      }),
    );
    const lookupId = fabricated('timing look-up', organisation, n);
    lookupIds.push(lookupId);
    requests.push(
      await command(product, sendRequestCommand, publicDoor, `timing request ${n}`, {
        way: 'anonymous',
        site: SITE,
        designationId,
        language: 'nl',
        message: 'A few words.',
        escalation: 'nobody',
        wordingVersion,
        receipt: {
          lookupId,
          verifier: fabricated('timing verifier', organisation, n),
          publicKey: fabricated('timing key', organisation, n),
        },
      }),
    );
  }
  return { organisation, cases, requests, lookupIds };
};

type Timed = { readonly theirs: number[]; readonly none: number[] };

/** Times two kinds of question turn by turn, which of the two comes first at random. */
const interleave = async (
  pairs: number,
  random: () => number,
  theirs: (n: number) => Promise<void>,
  none: (n: number) => Promise<void>,
): Promise<Timed> => {
  const timed: Timed = { theirs: [], none: [] };
  const one = async (into: number[], ask: Promise<void> | (() => Promise<void>)): Promise<void> => {
    into.push(1_000 * (await seconds(() => (typeof ask === 'function' ? ask() : ask))));
  };
  for (let n = 0; n < pairs; n += 1) {
    const order = random() < 0.5;
    if (order) await one(timed.theirs, () => theirs(n));
    await one(timed.none, () => none(n));
    if (!order) await one(timed.theirs, () => theirs(n));
  }
  return timed;
};

/**
 * Whether the time of an answer tells that something exists (design rule 10): a record of somebody else beside one that is
 * not there, and a wrong receipt with a look-up id that exists beside one that does not.
 */
export const notFoundTiming = async (pairs = PAIRS): Promise<void> =>
  inFolder(async (folder) => {
    const data = join(folder, 'data');
    note('not-found-timing: filling');
    const records = await withProduct(data, async (product) => {
      const written: Records[] = [];
      for (const organisation of twins) written.push(await write(product, organisation));
      return written;
    });
    const random = seededRandom(1);
    const server = await startProduct(data);
    const client = openClient(server.url, RECEIPTS_AT_ONCE);
    const rows: Row[] = [];
    try {
      const of = (n: number): Records => {
        const found = records[n % records.length];
        if (found === undefined) throw new Error('no records');
        return found;
      };
      const headers = new Map<OrganisationId, Headers>();
      for (const { organisation } of records)
        headers.set(organisation, await signIn(server.url, `${OTHER}@${organisation}`, 'counsellor'));
      const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? '';
      const ask = async (field: string, argument: string, n: number, id: string): Promise<void> => {
        const { text } = await client.post(
          JSON.stringify({
            query: `query($id: UUID!) { answer: ${field}(${argument}: $id) { __typename } }`,
            variables: { id },
          }),
          headers.get(of(n).organisation) ?? {},
        );
        if (!text.includes('"NotFound"')) throw new Error(`${field}: ${text.slice(0, 300)}`);
      };
      const report = (what: string, { theirs, none }: Timed): void => {
        const { difference, low, high } = medianDifference(theirs, none, random);
        const { p, above } = mannWhitney(theirs, none);
        const told = (low > 0 || high < 0) && Math.abs(difference) > OF_NO_MATTER_MS;
        rows.push([
          what,
          theirs.length,
          median(theirs),
          median(none),
          percentile(theirs, 0.95),
          percentile(none, 0.95),
          `${difference.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`,
          p < 0.001 ? '< 0.001' : p.toFixed(3),
          above.toFixed(3),
          told ? 'yes' : 'no',
        ]);
      };
      for (const [what, field, argument, ids] of [
        ['case of another counsellor', 'case', 'caseId', (n: number) => of(n).cases],
        ['request to another counsellor', 'contactRequest', 'requestId', (n: number) => of(n).requests],
      ] as const) {
        const theirs = (n: number): Promise<void> => ask(field, argument, n, pick(ids(n)));
        const none = (n: number): Promise<void> => ask(field, argument, n, uuidV5('bench nothing', field, String(n)));
        await interleave(Math.min(50, pairs), random, theirs, none);
        note(`not-found-timing: ${field}`);
        report(what, await interleave(pairs, random, theirs, none));
      }
      note('not-found-timing: receipts');
      report('wrong receipt', await receipts(client, of, random));
    } finally {
      client.close();
      await server.stop();
    }
    printTable(
      `Time of "not found": what exists and is not the caller's, beside what does not exist (a difference under ${OF_NO_MATTER_MS} ms counts as none)`,
      [
        'asked for',
        'pairs',
        'exists: p50 ms',
        'does not: p50 ms',
        'exists: p95',
        'does not: p95',
        'difference of medians [95 %]',
        'Mann–Whitney p',
        'exists is slower in',
        'tells',
      ],
      rows,
    );
  });

/** A wrong authenticator with a look-up id that exists, beside one with an id that does not; as many as the gate lets through. */
const receipts = async (client: Client, of: (n: number) => Records, random: () => number): Promise<Timed> => {
  const attempt = async (n: number, lookupId: string): Promise<void> => {
    const { text } = await client.post('{"query":"{ answer: ownContactRequest { __typename } }"}', {
      authorization: `Receipt ${lookupId}.${fabricated('wrong', of(n).organisation, n)}`,
      'toeverlaat-organisation': of(n).organisation,
    });
    if (!text.includes('RECEIPT_NOT_ACCEPTED')) throw new Error(text.slice(0, 300));
  };
  const parts: Timed[] = [];
  let next = 0;
  const line = async (): Promise<void> => {
    while (next < RECEIPT_PAIRS) {
      const n = next;
      next += 1;
      const { lookupIds } = of(n);
      parts.push(
        await interleave(
          1,
          random,
          () => attempt(n, lookupIds[Math.floor(n / 2) % lookupIds.length] ?? ''),
          () => attempt(n, fabricated('no look-up', of(n).organisation, n)),
        ),
      );
    }
  };
  await Promise.all(Array.from({ length: RECEIPTS_AT_ONCE }, line));
  return { theirs: parts.flatMap(({ theirs }) => theirs), none: parts.flatMap(({ none }) => none) };
};
