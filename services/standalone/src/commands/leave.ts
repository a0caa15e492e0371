import { organisationId, systemClock, type OrganisationId } from '@toeverlaat/values';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { makeKeyFile } from '../leaving/key-file.js';
import { handOver } from '../leaving/make.js';
import { readManifest } from '../leaving/manifest.js';
import { fingerprintOf, parseReceivers, publicKeyOf } from '../leaving/receivers.js';
import { LeavingRefused } from '../leaving/refusal.js';
import { checkFiles } from '../leaving/take-in.js';
import { say } from '../terminal.js';
import { commandSettings, runCommand, WrongUse } from './command.js';
import { splitFlags } from './flags.js';

const USE = `npm run leave -- key --out <file>            makes a receiver's key: the file stays with the receiver
npm run leave -- create --organisation <id> --receivers <file> --out <folder>
npm run leave -- verify <folder>
The second takes the settings of a start and needs the product to be stopped; nothing is taken away from this host.
Take it in at the next host with: npm run import`;

const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new LeavingRefused('receivers_malformed', file, { cause: error });
  }
};

await runCommand(async () => {
  const [verb, ...argv] = process.argv.slice(2);
  const { own, words, rest } = splitFlags(argv, ['organisation', 'receivers', 'out']);
  const needed = (name: 'organisation' | 'receivers' | 'out'): string => {
    const value = own[name];
    if (value === undefined) throw new WrongUse(`--${name} is needed\n\n${USE}`);
    return value;
  };
  const organisation = (): OrganisationId => {
    try {
      return organisationId(needed('organisation'));
    } catch (error) {
      throw error instanceof TypeError ? new WrongUse(`--organisation: ${error.message}`) : error;
    }
  };
  switch (verb) {
    case 'key': {
      if (words.length > 0 || rest.length > 0) throw new WrongUse(USE);
      const file = resolve(needed('out'));
      let publicKey;
      try {
        publicKey = await makeKeyFile(file);
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
          throw new WrongUse(`--out: ${file} is there already; choose another name`);
        throw error;
      }
      say(`${file}: the private key. Nobody but its owner may have it`);
      say(`public key   ${publicKey}`);
      say(`fingerprint  ${fingerprintOf(publicKeyOf({ publicKey }))}`);
      return 0;
    }
    case 'create': {
      if (words.length > 0) throw new WrongUse(USE);
      const settings = commandSettings(rest);
      const file = resolve(needed('receivers'));
      const out = resolve(needed('out'));
      const receivers = parseReceivers(readText(file), file);
      const { events, transfers } = await handOver(out, {
        settings,
        clock: systemClock,
        organisation: organisation(),
        receivers,
      });
      const stay = transfers.filter(({ to }) => to.length === 0).length;
      say(`${out}: ${events} events, ${transfers.length - stay} records handed over, ${stay} stay with their adviser`);
      say(`signed by ${fingerprintOf(readManifest(out).signer)}: tell the next host over another way`);
      return 0;
    }
    case 'verify': {
      const [folder] = words;
      if (folder === undefined || rest.length > 0) throw new WrongUse(USE);
      const { handover, signer } = readManifest(resolve(folder));
      await checkFiles(resolve(folder), handover);
      say(`${folder}: of ${handover.madeAt}, release ${handover.release}, ${handover.files.length} files, all sound`);
      say(`signed by ${fingerprintOf(signer)}`);
      for (const { record, keys, to } of handover.transfers)
        say(
          `${record}: ${keys} keys ${to.length === 0 ? 'stay with the adviser' : to.map(({ controller, ground, key }) => `to ${controller} (${ground}), ${key}`).join('; ')}`,
        );
      return 0;
    }
    default:
      throw new WrongUse(USE);
  }
});
