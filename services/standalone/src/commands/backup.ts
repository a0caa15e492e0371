import { systemClock } from '@toeverlaat/values';
import { resolve } from 'node:path';
import { checkBackup, checkEpochs, keyringFileOf } from '../backup/check.js';
import { makeBackup, makeKeyringBackup } from '../backup/make.js';
import { backupTermsOf } from '../backup-terms.js';
import { layoutOf } from '../layout.js';
import { progressBar, say } from '../terminal.js';
import { commandSettings, runCommand, WrongUse } from './command.js';
import { splitFlags } from './flags.js';

const USE = `npm run backup -- create --out <folder> [--keyring-beside-the-vault]
npm run backup -- keyring --to <folder>              the keyring, in another place; removes those whose days are over
npm run backup -- verify <folder> [--keyring <folder>]
The first two take the settings of a start; the product may be running. Put it back with: npm run restore`;

await runCommand(async () => {
  const [verb, ...argv] = process.argv.slice(2);
  const { own, switches, words, rest } = splitFlags(argv, ['out', 'to', 'keyring'], ['keyring-beside-the-vault']);
  const needed = (name: 'out' | 'to'): string => {
    const value = own[name];
    if (value === undefined) throw new WrongUse(`--${name} is needed\n\n${USE}`);
    return resolve(value);
  };
  switch (verb) {
    case 'create': {
      const settings = commandSettings(rest);
      const out = needed('out');
      const keyringBesideVault = switches.has('keyring-beside-the-vault');
      const made = await makeBackup(out, { layout: layoutOf(settings.data), clock: systemClock, keyringBesideVault });
      say(
        `${out}: ${made.events ?? 0} events, ${made.seals ?? 0} seals, ${made.files.length} files, of ${made.madeAt}`,
      );
      say(
        keyringBesideVault
          ? 'The keyring is in it: with the root key it opens everything. Keep it no longer than a backup of the keyring.'
          : 'Without its keyring it opens nothing. Back that up too, elsewhere: npm run backup -- keyring --to <folder>',
      );
      return 0;
    }
    case 'keyring': {
      const settings = commandSettings(rest);
      const { keyringBackupDays: days } = backupTermsOf(settings);
      const { folder, removed } = await makeKeyringBackup(needed('to'), {
        layout: layoutOf(settings.data),
        clock: systemClock,
        days,
      });
      say(`${folder}: the keyring. Kept for ${days} days`);
      for (const one of removed) say(`${one}: its days are over, removed`);
      return 0;
    }
    case 'verify': {
      const [folder] = words;
      if (folder === undefined || rest.length > 0) throw new WrongUse(USE);
      const { content, holdsVault, holdsKeyring } = await checkBackup(
        resolve(folder),
        process.stderr.isTTY ? progressBar('Checking') : undefined,
      );
      say(`${folder}: of ${content.madeAt}, release ${content.release}, ${content.files.length} files, all sound`);
      if (content.kind === 'keyring') return 0;
      say(
        `  ${content.events ?? 0} events, every one sound; what was erased is known up to seal ${(content.seals ?? 0) - 1}`,
      );
      if (!holdsVault) {
        say('  the vault was taken out: history can be proved with it, nothing opened');
        return 0;
      }
      if (own.keyring === undefined && !holdsKeyring) {
        say('  its keyring is elsewhere; name it with --keyring to see whether they fit');
        return 0;
      }
      checkEpochs(resolve(folder), keyringFileOf(resolve(folder), own.keyring));
      say('  the keyring fits the vault');
      return 0;
    }
    default:
      throw new WrongUse(USE);
  }
});
