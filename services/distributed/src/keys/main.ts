import { complain, ownerOnly, refusalOf, say } from '@toeverlaat/standalone';
import { refusalOfDistributed } from '../refusals.js';
import { NotRotated, rotateNow, startKeysProcess } from './keys-process.js';
import { readKeysSettings } from './settings.js';

/* Epochs of keys: runs and starts them when they are due; with `--rotate <organisation>|all` starts one now and ends. */

ownerOnly();
const settings = readKeysSettings(process.argv.slice(2), process.env);
if (!settings.ok) {
  const { setting, rule, help } = settings.error;
  complain(`setting ${setting} (${rule}): ${help}`);
  process.exit(2);
}
const { rotate } = settings.value;
try {
  if (rotate === undefined) {
    const running = await startKeysProcess(settings.value);
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        void running.stop().then(
          () => process.exit(0),
          () => process.exit(1),
        );
      });
    process.send?.({ kind: 'ready', port: 0, operationsPort: running.operationsPort });
  } else {
    for (const line of await rotateNow(settings.value, rotate)) say(line);
  }
} catch (error) {
  if (error instanceof NotRotated) {
    complain(error.message);
    process.exit(3);
  }
  complain(
    refusalOf(error) ??
      refusalOfDistributed(error) ??
      (error instanceof Error ? (error.stack ?? error.message) : 'failed to start'),
  );
  process.exit(1);
}
