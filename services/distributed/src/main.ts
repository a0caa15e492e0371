import { complain, ownerOnly, refusalOf } from '@toeverlaat/standalone';
import { composeGateway } from './gateway-process.js';
import { refusalOfDistributed } from './refusals.js';
import { composeService } from './service-process.js';
import { readProcessSettings } from './settings.js';

/* One process of a distributed deployment: `main.js --service <name>|gateway …`. */

ownerOnly();
const settings = readProcessSettings(process.argv.slice(2), process.env);
if (!settings.ok) {
  const { setting, rule, help } = settings.error;
  complain(`setting ${setting} (${rule}): ${help}`);
  process.exit(2);
}
const { service } = settings.value;
/** A terminal passes one Ctrl-C to everybody; within this many milliseconds it is one. */
const SAME_SIGNAL_MS = 1_000;
let stop: (() => Promise<void>) | undefined;
let since: number | undefined;
const onStop = (): void => {
  const now = performance.now();
  if (since !== undefined) {
    if (now - since > SAME_SIGNAL_MS) process.exit(130);
    return;
  }
  since = now;
  // Told to stop while it still starts: nothing is under way yet.
  if (stop === undefined) process.exit(0);
  void stop().then(
    () => process.exit(0),
    () => process.exit(1),
  );
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onStop);
// Whoever started it and listened to it is gone: it does not stay behind alone.
process.on('disconnect', onStop);
try {
  const running = await (service === 'gateway'
    ? composeGateway(settings.value)
    : composeService(settings.value, service));
  stop = running.stop;
  // Whoever started it hears that it can be asked, and where.
  process.send?.({ kind: 'ready', port: running.port, operationsPort: running.operationsPort });
} catch (error) {
  complain(
    refusalOf(error) ??
      refusalOfDistributed(error) ??
      (error instanceof Error ? (error.stack ?? error.message) : 'failed to start'),
  );
  process.exit(1);
}
