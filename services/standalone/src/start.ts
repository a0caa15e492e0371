import { compose, type Product } from './compose.js';
import { demoPeople } from './demo/index.js';
import { playDemonstration, seedIsDue } from './demonstration.js';
import type { Settings } from './settings.js';
import { progressBar, say } from './terminal.js';

/** A terminal and each launcher between it and us pass the same Ctrl-C on: within this many milliseconds it is one. */
const SAME_SIGNAL_MS = 1_000;

const announce = (url: string, operationsUrl: string | undefined, { profile, data }: Settings): void => {
  say(`Toeverlaat listens on ${url}   (GraphQL: POST ${url}/graphql, health: ${url}/health/ready)`);
  say(`Data: ${data}   Profile: ${profile}   Stop: Ctrl-C`);
  if (operationsUrl !== undefined) say(`For operators: ${operationsUrl}/health/ready and /metrics`);
  if (profile !== 'demonstration') return;
  say();
  say(`Demonstration: sign in at ${url} in a browser, or get a token: npm run demo:token -- <person>`);
  const [first, ...others] = Map.groupBy(demoPeople, ({ name }) => name.slice(name.indexOf('@'))).values();
  const width = Math.max(...(first ?? []).map(({ name }) => name.length));
  for (const { name, label } of first ?? []) say(`  ${name.padEnd(width)}  ${label}`);
  say(`Of the other organisations (who they are stands on ${url}):`);
  for (const people of others) say(`  ${people.map(({ name }) => name).join(' ')}`);
};

/** Stops on the first signal; a second one, later, ends at once. */
const stopOnSignal = (product: Product): void => {
  let since: number | undefined;
  const onSignal = (): void => {
    const now = performance.now();
    if (since === undefined) {
      since = now;
      void product.stop().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    } else if (now - since > SAME_SIGNAL_MS) process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
};

/** Starts the product, plays the demonstration where that is due, opens the door, and says so. */
export const start = async (settings: Settings): Promise<void> => {
  const product = await compose(settings);
  stopOnSignal(product);
  try {
    if (seedIsDue(product)) await playDemonstration(product, progressBar('Playing the demonstration'));
    const { url } = await product.listen();
    announce(url, product.operationsUrl, settings);
  } catch (error) {
    await product.stop();
    throw error;
  }
};
