import { requestCategory } from '@toeverlaat/intake';
import { metadataOf, openSqliteEventLog, type Position } from '@toeverlaat/event-log';
import { wordingVersion } from '@toeverlaat/legal';
import { layoutOf } from '@toeverlaat/standalone';
import { uuidV5, type OrganisationId, type PersonId } from '@toeverlaat/values';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { inFolder, median, note, percentile, printTable, seconds, withCallers } from './harness.js';
import { COUNSELLOR, designationOf, SITE, twins, withProduct } from './prepare.js';
import { answerOf, openClient, signIn, startProduct, type Client, type Headers } from './product.js';

const CALLERS = [1, 4, 16, 64] as const;
const ROUNDS = 3;
const COUNT: Readonly<Record<(typeof CALLERS)[number], number>> = { 1: 300, 4: 600, 16: 1_000, 64: 1_500 };
const WARM_UP = 300;
/** Requests of one signed-in worker: nobody sends hundreds. */
const PER_WORKER = 8;
const WORKERS = ['pieter', 'bert', 'tom', 'fatima', 'joris', 'luc', 'karel', 'carla'] as const;

const MUTATION = `mutation($input: SendContactRequestInput!) { answer: sendContactRequest(input: $input) { __typename
  ... on CommandAccepted { id repeated } ... on RuleRefused { code } ... on InvalidInput { field rule } } }`;

type Sender = { readonly organisation: OrganisationId; readonly designationId: string; readonly headers: Headers };
type Acknowledged = { readonly organisation: OrganisationId; readonly id: string; readonly commandId: string };

const fabricated = (what: string, n: number): string =>
  createHash('sha256').update(`bench ${what} ${n}`).digest('base64url');

/**
 * An anonymous request with its receipt. The receipt's parts are made up: to send one the server registers them, and
 * deriving them is the work of the reporter's own device.
 */
const anonymous = (n: number): object => ({
  way: 'anonymous',
  receipt: { lookupId: fabricated('look-up', n), verifier: fabricated('verifier', n), publicKey: fabricated('key', n) },
});

/** Every acknowledged request is in the log once, and nothing that was not acknowledged is. */
const checkLog = async (
  file: string,
  acknowledged: readonly Acknowledged[],
  before: Position | undefined,
): Promise<{ readonly lost: number; readonly twice: number; readonly unknown: number }> => {
  const log = openSqliteEventLog({ file, readOnly: true });
  const times = new Map<string, number>();
  let after = before;
  for (;;) {
    const slice = await log.readAll({
      limit: 2_000,
      categories: [requestCategory],
      ...(after === undefined ? {} : { after }),
    });
    for (const event of slice.events) {
      if (event.type !== 'intake.ContactRequested.v1') continue;
      const key = `${event.stream} ${metadataOf(event).commandId}`;
      times.set(key, (times.get(key) ?? 0) + 1);
    }
    after = slice.next;
    if (slice.atEnd) break;
  }
  await log.close();
  const wanted = new Set(
    acknowledged.map(({ organisation, id, commandId }) => `${requestCategory}-${organisation}_${id} ${commandId}`),
  );
  return {
    lost: [...wanted].filter((key) => !times.has(key)).length + (acknowledged.length - wanted.size),
    twice: [...times.values()].filter((count) => count > 1).length,
    unknown: [...times.keys()].filter((key) => !wanted.has(key)).length,
  };
};

/** Figure 5: contact requests sent over HTTP. Aim: 200/s, none failed, none lost. */
export const contactRequest = async (): Promise<void> =>
  inFolder(async (folder) => {
    const data = join(folder, 'data');
    note('contact-request: filling');
    const { designations, before } = await withProduct(data, async (product) => {
      const found = new Map<OrganisationId, string>();
      for (const organisation of twins)
        found.set(organisation, await designationOf(product, organisation, COUNSELLOR as PersonId));
      await product.whenSettled();
      return { designations: found, before: await product.log.head() };
    });
    const server = await startProduct(data);
    const acknowledged: Acknowledged[] = [];
    let failed = 0;
    let sent = 0;

    const send = async (client: Client, sender: Sender, n: number, how: object): Promise<number> => {
      const { organisation, designationId, headers } = sender;
      const commandId = uuidV5('bench contact request', organisation, String(n));
      const body = JSON.stringify({
        query: MUTATION,
        variables: {
          input: {
            ...how,
            idempotencyKey: commandId,
            site: SITE,
            designationId,
            language: 'nl',
            kindOfFacts: 'conflict',
            message: 'I would like to talk to somebody about what has been going on in our team. '.repeat(3),
            escalation: 'nobody',
            wordingVersion,
          },
        },
      });
      let answer: Readonly<Record<string, unknown>> | undefined;
      const taken = await seconds(async () => {
        answer = answerOf(await client.post(body, headers));
      });
      if (answer?.['__typename'] === 'CommandAccepted' && answer['repeated'] === false)
        acknowledged.push({ organisation, id: String(answer['id']), commandId });
      else {
        failed += 1;
        if (failed <= 3) note(`contact-request: refused: ${JSON.stringify(answer)}`);
      }
      return taken * 1_000;
    };

    const publicDoors: readonly Sender[] = twins.map((organisation) => ({
      organisation,
      designationId: designations.get(organisation) ?? '',
      headers: { 'toeverlaat-organisation': organisation, 'toeverlaat-purpose': 'ask_for_help' },
    }));
    const rows: (string | number)[][] = [];
    try {
      const run = async (
        callers: number,
        count: number,
        senderOf: (n: number) => Sender,
        howOf: (n: number) => object,
      ) => {
        const client = openClient(server.url, callers);
        const taken: number[] = [];
        const spentBefore = server.cpuSeconds();
        const sample = await withCallers(callers, count, async () => {
          const n = sent;
          sent += 1;
          try {
            taken.push(await send(client, senderOf(n), n, howOf(n)));
          } catch (error) {
            failed += 1;
            if (failed <= 3) note(`contact-request: ${error instanceof Error ? error.message : 'failed'}`);
          }
        });
        client.close();
        const cpuMillis = (1_000 * (server.cpuSeconds() - spentBefore)) / count;
        return { rate: sample.operations / sample.seconds, cpuMillis, taken };
      };
      const door = (n: number): Sender => {
        const found = publicDoors[n % publicDoors.length];
        if (found === undefined) throw new Error('no door');
        return found;
      };
      await run(8, WARM_UP, door, anonymous);
      note('contact-request: measuring');
      const rates = new Map<number, number[]>(CALLERS.map((callers) => [callers, []]));
      const times = new Map<number, number[]>(CALLERS.map((callers) => [callers, []]));
      const spent = new Map<number, number[]>(CALLERS.map((callers) => [callers, []]));
      for (let round = 0; round < ROUNDS; round += 1)
        for (const callers of CALLERS) {
          const { rate, cpuMillis, taken } = await run(callers, COUNT[callers], door, anonymous);
          rates.get(callers)?.push(rate);
          spent.get(callers)?.push(cpuMillis);
          times.get(callers)?.push(...taken);
        }
      for (const callers of CALLERS)
        rows.push([
          'anonymous, with a receipt',
          callers,
          median(rates.get(callers) ?? []),
          percentile(times.get(callers) ?? [], 0.5),
          percentile(times.get(callers) ?? [], 0.95),
          median(spent.get(callers) ?? []),
        ]);
      const workers: Sender[] = [];
      for (const organisation of twins)
        for (const worker of WORKERS)
          workers.push({
            organisation,
            designationId: designations.get(organisation) ?? '',
            headers: {
              ...(await signIn(server.url, `${worker}@${organisation}`, 'worker')),
              'toeverlaat-purpose': 'ask_for_help',
            },
          });
      const { rate, cpuMillis, taken } = await run(
        16,
        workers.length * PER_WORKER,
        (n) => workers[n % workers.length] ?? door(n),
        () => ({ way: 'signed_in' }),
      );
      rows.push(['signed in', 16, rate, percentile(taken, 0.5), percentile(taken, 0.95), cpuMillis]);
    } finally {
      await server.stop();
    }
    const { lost, twice, unknown } = await checkLog(layoutOf(data).log, acknowledged, before);
    printTable(
      'Sending a contact request over HTTP (aim: at least 200/s)',
      ['way', 'callers', 'requests/s', 'p50 ms', 'p95 ms', 'CPU ms/request'],
      rows,
    );
    process.stdout.write(
      `${sent} sent, ${failed} failed, ${acknowledged.length} acknowledged; in the log afterwards: ${lost} lost, ${twice} twice, ${unknown} not acknowledged.\n\n`,
    );
    if (failed + lost + twice + unknown > 0) process.exitCode = 1;
  });
