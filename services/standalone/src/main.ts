import { compose, type Product } from './compose.js';
import { demoPeople } from './demo/index.js';
import { playDemonstration, seedIsDue } from './demonstration.js';
import { refusalOf } from './refusals.js';
import { readSettings, type Settings } from './settings.js';
import { complain, progressBar, say } from './terminal.js';

/** A terminal and each launcher between it and us pass the same Ctrl-C on: within this many milliseconds it is one. */
const SAME_SIGNAL_MS = 1_000;

const announce = (url: string, { profile, data }: Settings): void => {
  say(`Toeverlaat listens on ${url}   (GraphQL: POST ${url}/graphql, health: ${url}/health/ready)`);
  say(`Data: ${data}   Profile: ${profile}   Stop: Ctrl-C`);
  if (profile !== 'demonstration') return;
  say();
  say(`Demonstration: sign in at ${url} in a browser, or get a token: npm run demo:token -- <person>`);
  const width = Math.max(...demoPeople.map(({ name }) => name.length));
  for (const { name, label } of demoPeople) say(`  ${name.padEnd(width)}  ${label}`);
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

const start = async (settings: Settings): Promise<void> => {
  const product = await compose(settings);
  stopOnSignal(product);
  try {
    if (seedIsDue(product)) await playDemonstration(product, progressBar('Playing the demonstration'));
    const { url } = await product.listen();
    announce(url, settings);
  } catch (error) {
    await product.stop();
    throw error;
  }
};

const settings = readSettings(process.argv.slice(2), process.env);
if (settings.ok) {
  try {
    await start(settings.value);
  } catch (error) {
    const refusal = refusalOf(error);
    complain(refusal ?? (error instanceof Error ? (error.stack ?? error.message) : 'failed to start'));
    process.exit(1);
  }
} else {
  const { setting, rule, help } = settings.error;
  complain(`setting ${setting} (${rule}): ${help}`);
  process.exit(2);
}
