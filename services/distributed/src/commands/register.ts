import { createGrpcClient, endpointsSchema, readIdentity } from '@toeverlaat/grpc';
import {
  foundingsOf,
  registerOrganisations,
  rehearseOrganisations,
  runCommand,
  splitFlags,
  WrongUse,
} from '@toeverlaat/standalone';
import { resolve } from 'node:path';

const USE = `npm run register:distributed -- --file <organisations.yaml> [--dry-run]
  --directory-at <host:port,…>   where the directory service listens
  --certificates <folder>        ca.crt, operator.crt, operator.key
Done again it changes nothing.`;

/** A founding is a few hundred appends at the most; on a busy database they take their time. */
const TIMEOUT_MS = 120_000;

await runCommand(async () => {
  const { own, switches, words, rest } = splitFlags(
    process.argv.slice(2),
    ['file', 'directory-at', 'certificates'],
    ['dry-run'],
  );
  if (words.length > 0 || rest.length > 0 || own.file === undefined) throw new WrongUse(USE);
  const requests = foundingsOf(own.file);
  if (switches.has('dry-run')) return rehearseOrganisations(requests);
  const directory = endpointsSchema.safeParse(own['directory-at']);
  if (!directory.success) throw new WrongUse(`--directory-at: host:port,…\n\n${USE}`);
  const { certificates } = own;
  if (certificates === undefined) throw new WrongUse(`--certificates is needed\n\n${USE}`);
  return registerOrganisations(requests, () => {
    const client = createGrpcClient({
      identity: readIdentity(resolve(certificates), 'operator'),
      services: { directory: directory.data },
      timeoutMs: TIMEOUT_MS,
    });
    return Promise.resolve({ rpc: client.rpc, close: client.close });
  });
});
