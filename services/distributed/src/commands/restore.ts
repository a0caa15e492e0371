import { runCommand, say, splitFlags, WrongUse } from '@toeverlaat/standalone';
import { systemClock } from '@toeverlaat/values';
import { resolve } from 'node:path';
import { storesOf } from '../adapters.js';
import { restoreDeployment } from '../restore/restore.js';
import { readRestoreSettings } from '../restore/settings.js';

const USE = `npm run restore:distributed -- --config <connections of the keeper> --root-key <file> --data <scratch folder>
    --anchor-file <file> (or the other anchors) [--ledger <copy of an anchor>]… [--published-views <folder>]
For databases that were put back from a backup, before any process starts. Nothing opens before it is done; cut off, the same command goes on.`;

await runCommand(async () => {
  const { all, words, rest } = splitFlags(process.argv.slice(2), ['ledger']);
  if (words.length > 0) throw new WrongUse(USE);
  const given = readRestoreSettings(rest, process.env);
  if (!given.ok)
    throw new WrongUse(`setting ${given.error.setting} (${given.error.rule}): ${given.error.help}\n\n${USE}`);
  const { log, vault, keyring, keys, blobs, messaging, ...settings } = given.value;
  const { rootKey } = settings;
  const { repeated, recovered, seals } = await restoreDeployment({
    stores: storesOf({ log, vault, keyring, keys, blobs, messaging, rootKey }),
    settings,
    clock: systemClock,
    ledgers: all('ledger').map((file) => resolve(file)),
  });
  say(`the ledger was applied up to seal ${seals - 1}: ${repeated} erasures were carried out again`);
  say(`${recovered} seals came back from it; every log goes on under a new name, as \`npm run verify\` will say`);
  say('The processes may be started, each on an empty folder of its own, with empty topics.');
  return 0;
});
