import { systemClock } from '@toeverlaat/values';
import { resolve } from 'node:path';
import { restoreBackup } from '../backup/restore.js';
import { progressBar, say } from '../terminal.js';
import { commandSettings, runCommand, WrongUse } from './command.js';
import { splitFlags } from './flags.js';

const USE = `npm run restore -- --from <backup> [--keyring <backup of the keyring>] [--ledger <copy of an anchor>]…
npm run restore -- --by-hand [--ledger <copy of an anchor>]…     files that were put into the data folder by hand
Both take the settings of a start: --data names the empty folder to restore into, --root-key its root key, --anchor-file (or the
other anchors) where the ledger of what was erased lies. Nothing opens before it is done; cut off, the same command goes on.`;

await runCommand(async () => {
  const { own, all, switches, words, rest } = splitFlags(
    process.argv.slice(2),
    ['from', 'keyring', 'ledger'],
    ['by-hand'],
  );
  if (words.length > 0 || (own.from === undefined) !== switches.has('by-hand')) throw new WrongUse(USE);
  const settings = commandSettings(rest);
  const { events, repeated, recovered, seals } = await restoreBackup({
    settings,
    clock: systemClock,
    from: own.from === undefined ? undefined : resolve(own.from),
    keyring: own.keyring === undefined ? undefined : resolve(own.keyring),
    ledgers: all('ledger').map((file) => resolve(file)),
    ...(process.stderr.isTTY ? { onProgress: progressBar('Checking') } : {}),
  });
  say(`${settings.data}: ${events} events; it may be started`);
  say(`  the ledger was applied up to seal ${seals - 1}: ${repeated} erasures were carried out again`);
  say(`  ${recovered} seals came back from it; every log goes on under a new name, as \`npm run verify\` will say`);
  return 0;
});
