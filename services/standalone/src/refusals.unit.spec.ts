import { LogFormatTooNew } from '@toeverlaat/event-log';
import { languageSchema } from '@toeverlaat/contracts';
import { describe, expect, it } from 'vitest';
import { BackupRefused } from './backup/refusal.js';
import { backupTexts } from './backup/refusal-texts.js';
import { refusalTexts, settingText, terminalLanguage } from './refusal-texts.js';
import { CannotListen, GatewayKeyUnusable, KeyringMissing, refusalOf } from './refusals.js';

const languages = languageSchema.options;

describe('a start that refuses', () => {
  it.each(languages)('says what is wrong and what to do in %s, and the exact words beside it', (language) => {
    for (const error of [
      new KeyringMissing('keyring.sqlite', 'events.sqlite'),
      new GatewayKeyUnusable('gateway.key'),
      new CannotListen('127.0.0.1', 4000, 'EADDRINUSE'),
    ]) {
      const said = refusalOf(error, language);
      expect(said).toBe(`${refusalTexts[error.name]?.[language]}\n${error.name}: ${error.message}`);
    }
  });

  it('has its words in every language, each its own', () => {
    for (const texts of [...Object.values(refusalTexts), ...Object.values(backupTexts), settingText])
      expect(new Set(languages.map((language) => texts[language])).size).toBe(languages.length);
    expect(Object.keys(refusalTexts)).toContain(LogFormatTooNew.name);
  });

  it.each(languages)('says in %s why a backup is refused, with the place', (language) => {
    const said = refusalOf(new BackupRefused('wrong_epoch', 'keyring.sqlite'), language);
    expect(said).toBe(`${backupTexts.wrong_epoch[language]}\nBackupRefused: wrong_epoch: keyring.sqlite`);
  });

  it('says nothing of a fault of ours', () => {
    expect(refusalOf(new TypeError('x is not a function'), 'nl')).toBeUndefined();
    expect(refusalOf('nothing', 'nl')).toBeUndefined();
  });

  it.each([
    [{ LANG: 'nl_BE.UTF-8' }, 'nl'],
    [{ LC_ALL: 'fr_BE', LANG: 'nl_BE' }, 'fr'],
    [{ LC_ALL: '', LC_MESSAGES: 'de_BE', LANG: 'nl_BE' }, 'de'],
    [{ LANG: 'C.UTF-8' }, 'en'],
    [{}, 'en'],
  ] as const)('speaks as the terminal does: %j is %s', (environment, language) => {
    expect(terminalLanguage(environment)).toBe(language);
  });
});
