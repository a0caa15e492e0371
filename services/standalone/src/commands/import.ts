import { systemClock } from '@toeverlaat/values';
import { resolve } from 'node:path';
import { readKeyFile } from '../leaving/key-file.js';
import { takeIn } from '../leaving/take-in.js';
import { say } from '../terminal.js';
import { commandSettings, runCommand, WrongUse } from './command.js';
import { splitFlags } from './flags.js';

const USE = `npm run import -- --from <handover> --key <private key of a receiver>…
Takes the settings of a start: --data names the empty folder to import into, --root-key its root key, which is made where there is
none. Nothing opens before it is done; cut off, the same command goes on. Look first with: npm run leave -- verify <handover>`;

await runCommand(async () => {
  const { own, all, words, rest } = splitFlags(process.argv.slice(2), ['from', 'key']);
  if (words.length > 0 || own.from === undefined || own.key === undefined) throw new WrongUse(USE);
  const settings = commandSettings(rest);
  const { handover, keys, events, confirmation, signer } = await takeIn({
    settings,
    clock: systemClock,
    from: resolve(own.from),
    privateKeys: all('key').map((file) => readKeyFile(resolve(file))),
  });
  say(`${settings.data}: ${handover.organisation}, ${events} events, ${keys} keys; it may be started`);
  say(`  send ${confirmation} to the host that was left; it is signed by ${signer}: tell them over another way`);
  say('  its evidence goes on under a name of this host, as `npm run verify` will say');
  return 0;
});
