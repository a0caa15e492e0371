import { peerSchema, serviceNames } from '@toeverlaat/contracts';
import { brokerParts, writeCertificates } from '@toeverlaat/grpc';
import { serviceTable } from '@toeverlaat/standalone';
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@toeverlaat/values';
import { openKeys } from './adapters.js';
import { prepareDatabases } from './fleet/postgres.js';
import { processNames } from './settings.js';

export type PrepareOptions = {
  /** How the owner of the PostgreSQL server reaches it, without a password. */
  readonly owner: string;
  readonly ownerPasswordFile: string;
  /** First part of the names of databases and roles. */
  readonly name: string;
  /** Holds one folder per process, each to be mounted into that process alone. */
  readonly into: string;
  /** Holds what only this command reads again. */
  readonly keep: string;
  /** The root key, made where there is none and the keyring is empty. */
  readonly rootKey: string;
};

/** Where the pieces of a process are, as it is told in `settings.json` and finds them mounted. */
const MOUNTED = '/run/toeverlaat';
const keepBlobs = new Set(serviceTable.filter(({ keepsBlobs }) => keepsBlobs === true).map(({ name }) => name));
const PRIVATE = { mode: 0o600 } as const;

/**
 * Makes ready what containers are given as files: databases and roles, a certificate per process, and for each process one
 * folder with its own connections and certificate and nobody else's. Again at each start; what is there stays.
 * @returns how the owner of every record class reaches the stores: to play the demonstration
 */
export const prepare = async (options: PrepareOptions): Promise<Readonly<Record<string, string>>> => {
  const { name, into, keep } = options;
  const owner = new URL(options.owner);
  owner.password = encodeURIComponent(readFileSync(options.ownerPasswordFile, 'utf8').trim());
  const databases = await prepareDatabases(owner.href, name, join(keep, 'database.json'));
  const certificates = join(keep, 'certificates');
  writeCertificates(certificates);
  const { vault, keyring } = databases.keeper;
  const keys = await openKeys({ kind: 'postgres', vault, keyring }, options.rootKey, systemClock, true);
  await keys.close();
  for (const process of [...processNames, peerSchema.enum.operator]) {
    const folder = join(into, process);
    mkdirSync(join(folder, 'certificates'), { recursive: true, mode: 0o700 });
    for (const file of ['ca.crt', `${process}.crt`, `${process}.key`])
      copyFileSync(join(certificates, file), join(folder, 'certificates', file));
  }
  // The broker's own: key and certificate in one file, as it reads them; and whoever makes topics, who is nobody's peer.
  for (const part of brokerParts) mkdirSync(join(into, part), { recursive: true, mode: 0o700 });
  const broker = ['kafka.key', 'kafka.crt'].map((file) => readFileSync(join(certificates, file), 'utf8'));
  writeFileSync(join(into, 'kafka', 'broker.pem'), broker.join(''), PRIVATE);
  for (const [part, file] of [
    ['kafka', 'ca.crt'],
    ['topics', 'ca.crt'],
    ['topics', 'topics.crt'],
    ['topics', 'topics.key'],
  ] as const)
    copyFileSync(join(certificates, file), join(into, part, file));
  for (const service of serviceNames) {
    const { blobs, ...stores } = databases.of(service);
    const settings = {
      ...stores,
      ...(keepBlobs.has(service) ? { blobs } : {}),
      certificates: `${MOUNTED}/certificates`,
    };
    writeFileSync(join(into, service, 'settings.json'), `${JSON.stringify(settings)}\n`, PRIVATE);
  }
  writeFileSync(
    join(into, 'gateway', 'settings.json'),
    `${JSON.stringify({ certificates: `${MOUNTED}/certificates` })}\n`,
    PRIVATE,
  );
  mkdirSync(join(into, 'keys'), { recursive: true, mode: 0o700 });
  writeFileSync(join(into, 'keys', 'settings.json'), `${JSON.stringify(databases.rotation)}\n`, PRIVATE);
  for (const [store, url] of Object.entries(databases.operator))
    writeFileSync(join(into, 'operator', `${store}-url`), `${url}\n`, PRIVATE);
  // Of the one who may append everything: to put a log back.
  writeFileSync(join(keep, 'keeper.json'), `${JSON.stringify(databases.keeper)}\n`, PRIVATE);
  const positionKey = join(into, 'gateway', 'position-tokens.key');
  if (!existsSync(positionKey)) writeFileSync(positionKey, `${randomBytes(32).toString('base64url')}\n`, PRIVATE);
  return databases.keeper;
};
