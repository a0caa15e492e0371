import { ownerOnly } from './owner-only.js';
import { readSettings } from './settings.js';
import { settingText, terminalLanguage } from './refusal-texts.js';
import { complain } from './terminal.js';

ownerOnly();
const settings = readSettings(process.argv.slice(2), process.env);
if (settings.ok) {
  try {
    // Loaded only now: a wrong setting is answered at once.
    const { start } = await import('./start.js');
    await start(settings.value);
  } catch (error) {
    const { refusalOf } = await import('./refusals.js');
    complain(refusalOf(error) ?? (error instanceof Error ? (error.stack ?? error.message) : 'failed to start'));
    process.exit(1);
  }
} else {
  const { setting, rule, help } = settings.error;
  const said = settingText[terminalLanguage(process.env)].replace('{setting}', setting).replace('{rule}', rule);
  complain(`${said}\nsetting ${setting} (${rule}): ${help}`);
  process.exit(2);
}
