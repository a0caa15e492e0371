import { demoToken } from '../demo-idp/index.js';
import { say } from '../terminal.js';
import { argumentsOf, runCommand, WrongUse } from './command.js';

const USE = 'npm run demo:token -- <person> [--url http://127.0.0.1:4000]';

await runCommand(async () => {
  const { values, positionals } = argumentsOf(process.argv.slice(2), { url: { type: 'string' } });
  const [person, ...more] = positionals;
  if (person === undefined || more.length > 0) throw new WrongUse(USE);
  const url = values.url ?? `http://127.0.0.1:${process.env['TOEVERLAAT_PORT'] ?? '4000'}`;
  if (!URL.canParse(url)) throw new WrongUse(`--url: ${url} is not an address`);
  try {
    say(await demoToken(new URL(url).origin, person));
  } catch (error) {
    const unreachable = error instanceof TypeError;
    throw new WrongUse(
      unreachable
        ? `--url: nothing answers at ${url}; is the product running? (npm start)`
        : error instanceof Error
          ? error.message
          : 'no token',
    );
  }
  return 0;
});
