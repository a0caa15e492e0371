import { compose } from '../compose.js';
import { foundingsOf, registerOrganisations, rehearseOrganisations } from '../founding/command.js';
import { commandSettings, runCommand, WrongUse } from './command.js';
import { splitFlags } from './flags.js';

const USE = `npm run register -- --file <organisations.yaml> [--dry-run]
Takes the settings of a start and needs the product to be stopped. Done again it changes nothing.`;

await runCommand(async () => {
  const { own, switches, words, rest } = splitFlags(process.argv.slice(2), ['file'], ['dry-run']);
  if (words.length > 0 || own.file === undefined) throw new WrongUse(USE);
  const requests = foundingsOf(own.file);
  if (switches.has('dry-run')) return rehearseOrganisations(requests);
  const settings = commandSettings(rest);
  const { oidcIssuer } = settings;
  for (const [at, { data }] of requests.entries())
    if (oidcIssuer !== undefined && data.issuer !== oidcIssuer)
      throw new WrongUse(
        `organisations.${at}.issuer (not_accepted): people sign in at ${oidcIssuer} here (--oidc-issuer), nobody could at ${data.issuer}`,
      );
  return registerOrganisations(requests, async () => {
    const product = await compose(settings, { withoutDoor: true, timersEveryMs: 0 });
    return { rpc: product.rpc, close: product.stop };
  });
});
