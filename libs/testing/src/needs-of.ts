import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What some tests need beside the workspace. */
export const needs = ['postgres', 'kafka', 'kurrentdb', 'keycloak', 'browser', 'go', 'namespaces'] as const;
export type Need = (typeof needs)[number];
/** Those that are servers: named, or started for the run (servers.ts). */
export const serverNeeds = ['postgres', 'kafka', 'kurrentdb'] as const;
export type ServerNeed = (typeof serverNeeds)[number];

/** Where a test server is, by environment variable. The tests that find none say what to set. */
const ADDRESSES: Readonly<Record<Need, { readonly variable: string; readonly like: string }>> = {
  postgres: { variable: 'TOEVERLAAT_TEST_POSTGRES', like: 'postgres://user:password@127.0.0.1:5432/test' },
  kafka: { variable: 'TOEVERLAAT_TEST_KAFKA', like: '127.0.0.1:9092' },
  kurrentdb: { variable: 'KURRENTDB_URL', like: 'kurrentdb://127.0.0.1:2113?tls=false' },
  keycloak: { variable: 'TOEVERLAAT_TEST_KEYCLOAK', like: 'http://127.0.0.1:8080/realms/toeverlaat' },
  browser: { variable: 'TOEVERLAAT_TEST_BROWSER', like: '/usr/bin/chromium' },
  // Of networks and disks, which only root may have; by name on a machine whose path does not tell.
  namespaces: { variable: 'TOEVERLAAT_TEST_NAMESPACES', like: 'yes, as root on Linux with iproute2 and util-linux' },
  go: { variable: 'TOEVERLAAT_TEST_GO', like: '/usr/local/go/bin/go' },
};

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'] as const;

/** Says of what a machine has that it is not to be used. */
const NO = 'no';

type Environment = Readonly<Record<string, string | undefined>>;

/** Programs that serve as they are found on the path. */
const PROGRAMS: Readonly<Partial<Record<Need, readonly string[]>>> = { browser: BROWSERS, go: ['go'] };

const programOn = (path: string, names: readonly string[]): string | undefined =>
  path
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((file) => existsSync(file));

/** Makes what the tests make: a network with a cable in it, and a disk. */
const NAMESPACES_TRIED =
  'ip link add toeverlaat type veth peer name toeverlaat2 && mount -t tmpfs -o size=1m small /mnt && command -v setpriv nsenter';
let namespaces: boolean | undefined;
const canHaveNamespaces = (path: string): boolean =>
  (namespaces ??=
    process.platform === 'linux' &&
    spawnSync('unshare', ['--net', '--mount', 'sh', '-c', NAMESPACES_TRIED], { env: { PATH: path }, stdio: 'ignore' })
      .status === 0);

/**
 * Where it is: a server that is named, or a program (browser, Go) that is named or installed. A named one that does not answer fails
 * its tests; only one that is not there skips them.
 * @returns undefined when the machine has none
 */
export const addressOf = (need: Need, environment: Environment = process.env): string | undefined => {
  const named = environment[ADDRESSES[need].variable];
  if (named === NO) return undefined;
  if (named !== undefined && named !== '') return named;
  const path = environment['PATH'];
  if (need === 'namespaces') return path !== undefined && canHaveNamespaces(path) ? 'yes' : undefined;
  return programOn(environment['PATH'] ?? '', PROGRAMS[need] ?? []);
};

/** Why tests are skipped and what to do about it, as the closing line of a run prints it. */
export const reasonWithout = (need: Need): string =>
  `${need}: set ${ADDRESSES[need].variable}, e.g. to ${ADDRESSES[need].like}`;

/** The variable that names it. */
export const variableOf = (need: Need): string => ADDRESSES[need].variable;
