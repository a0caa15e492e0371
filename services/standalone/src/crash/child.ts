import { compose, type Product } from '../compose.js';
import { seedDemonstration } from '../demo/index.js';
import { readSettings } from '../settings.js';
import { askSchema, type Answer, type Ask } from './protocol.js';

/** The product in a process of its own, without its door: what the killer kills. */
const send = (answer: Answer): void => {
  process.send?.(answer);
};

const TIMERS_MS = 200;

const answerTo = async (product: Product, ask: Ask): Promise<unknown> => {
  switch (ask.kind) {
    case 'rpc':
      return product.exchange.request(ask.pattern, ask.message);
    case 'seed':
      return seedDemonstration(product, { cases: 0, seed: 1 }).finally(() => product.steer?.(undefined));
    case 'hashes':
      // A date noted or a fact released after this would stand in the log and not in what is compared with it.
      clearInterval(timers);
      await product.runTimers();
      return { settled: await product.whenSettled(60_000), hashes: await product.viewHashes() };
    case 'stop':
      clearInterval(timers);
      return product.stop();
  }
};

const settings = readSettings(process.argv.slice(2), {});
if (!settings.ok) throw new Error(`${settings.error.setting}: ${settings.error.help}`);
// So often that many a kill comes in the midst of a checkpoint.
const evidence = { publishEveryMs: 100, sealEveryMs: 1_000 };
const product = await compose(settings.value, { timersEveryMs: 0, withoutDoor: true, evidence });
const timers = setInterval(() => void product.runTimers(), TIMERS_MS);
const serve = async (ask: Ask): Promise<void> => {
  try {
    const value = await answerTo(product, ask);
    send({ kind: 'answer', id: ask.id, value: value ?? null });
    if (ask.kind === 'stop') process.disconnect();
  } catch (error) {
    send({ kind: 'failed', id: ask.id, reason: error instanceof Error ? error.message : 'unknown' });
  }
};
process.on('message', (message: unknown) => void serve(askSchema.parse(message)));
// Whoever started it is gone: nothing may keep the folder.
process.on('disconnect', () => process.exit(0));
send({ kind: 'ready' });
