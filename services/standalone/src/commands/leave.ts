import { languageSchema } from '@toeverlaat/contracts';
import { organisationId, systemClock, type OrganisationId } from '@toeverlaat/values';
import { resolve } from 'node:path';
import { confirmHandover } from '../leaving/confirm.js';
import { makeKeyFile } from '../leaving/key-file.js';
import { handOver } from '../leaving/make.js';
import { readManifest } from '../leaving/manifest.js';
import { fingerprintOf, publicKeyOf } from '../leaving/receivers.js';
import { writeRegister } from '../leaving/register-command.js';
import { checkFiles } from '../leaving/take-in.js';
import { terminalLanguage } from '../refusal-texts.js';
import { say } from '../terminal.js';
import { commandSettings, runCommand, WrongUse } from './command.js';
import { splitFlags } from './flags.js';

const USE = `npm run leave -- key --out <file>            makes a receiver's key: the file stays with the receiver
npm run leave -- create --organisation <id> --out <folder>
npm run leave -- verify <folder>
npm run leave -- confirm <confirmation> --organisation <id>
npm run leave -- register <company/register.json> --key <private key> --out <folder> [--language nl|fr|de|en]
"create" and "confirm" take the settings of a start and need the product to be stopped. The first hands over what two people of the
organisation decided in the product, and takes nothing away; the other records what the next host confirms: then the product destroys the
local copies. "register" opens the company's register of facts by third parties, on a machine of whoever keeps it there.
Take it in at the next host with: npm run import`;

await runCommand(async () => {
  const [verb, ...argv] = process.argv.slice(2);
  const { own, words, rest } = splitFlags(argv, ['organisation', 'out', 'key', 'language']);
  const needed = (name: 'organisation' | 'out'): string => {
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
      const out = resolve(needed('out'));
      const { events, transfers } = await handOver(out, { settings, clock: systemClock, organisation: organisation() });
      const stay = transfers.filter(({ to }) => to.length === 0).length;
      say(`${out}: ${events} events, ${transfers.length - stay} records handed over, ${stay} stay here`);
      say(`signed by ${fingerprintOf(readManifest(out).signer)}: tell the next host over another way`);
      return 0;
    }
    case 'confirm': {
      const [file] = words;
      if (file === undefined) throw new WrongUse(USE);
      const { signer, leaving, staying, newer } = await confirmHandover({
        settings: commandSettings(rest),
        clock: systemClock,
        organisation: organisation(),
        file: resolve(file),
      });
      say(`confirmed by ${signer}: compare it with what the next host told over another way`);
      say(
        `${leaving.length} local copies are destroyed when the product runs, each with a certificate; ${staying.length} stay`,
      );
      for (const record of staying) say(`${record}: stays, it went on here or the next host does not open it`);
      for (const record of newer) say(`${record}: stays, it was recorded after the handover and is in no copy`);
      return 0;
    }
    case 'verify': {
      const [folder] = words;
      if (folder === undefined || rest.length > 0) throw new WrongUse(USE);
      const { handover, signer } = readManifest(resolve(folder));
      await checkFiles(resolve(folder), handover);
      say(`${folder}: of ${handover.madeAt}, release ${handover.release}, ${handover.files.length} files, all sound`);
      say(`signed by ${fingerprintOf(signer)}`);
      const { register } = handover;
      say(
        register === null
          ? 'register of facts by third parties: nobody was named for it, so the company has no file of it'
          : `register of facts by third parties: a file for ${register.controller} (${register.ground}), ${register.key}`,
      );
      for (const { record, keys, to } of handover.transfers)
        say(
          `${record}: ${keys} keys ${to.length === 0 ? 'stay at the old host' : to.map(({ controller, ground, key }) => `to ${controller} (${ground}), ${key}`).join('; ')}`,
        );
      return 0;
    }
    case 'register': {
      const [file] = words;
      if (file === undefined || own.key === undefined || rest.length > 0) throw new WrongUse(USE);
      const language = languageSchema.safeParse(own.language ?? terminalLanguage(process.env));
      if (!language.success) throw new WrongUse('--language: nl, fr, de or en');
      const out = resolve(needed('out'));
      const { entries, asOf } = await writeRegister({
        file: resolve(file),
        key: resolve(own.key),
        out,
        language: language.data,
      });
      say(`${out}: ${entries} statements, as of ${asOf}; each says until when it is kept`);
      say('  they lie open there: keep them as the register they are, and destroy each when its day is over');
      return 0;
    }
    default:
      throw new WrongUse(USE);
  }
});
