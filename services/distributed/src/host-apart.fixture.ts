import { openWire, type Wire } from '@toeverlaat/testing/wire';
import { randomInt } from 'node:crypto';
import { openNamespace, run } from './own-namespace.fixture.js';

/** What lies between the host apart and the others; `operator` is never cut: a test looks along it. */
const WAYS = ['database', 'brokers', 'services', 'operator'] as const;
export type Way = (typeof WAYS)[number];

/**
 * A host of its own for some processes. Its ways to the others can be cut, half-open: from then on nothing passes and nobody
 * is told, neither by an end nor by a reset.
 */
export type HostApart = {
  /** Where the others are, as they are seen from there. */
  readonly here: (way: Way) => string;
  /** Where its processes are, as the others see them. */
  readonly there: (way: Way) => string;
  /** What a process is put behind to run there. */
  readonly within: readonly string[];
  /** The port by which one is reached that listens on the far side of a way. */
  readonly through: (way: Way, port: number) => Promise<number>;
  readonly cut: (way: Exclude<Way, 'operator'>) => void;
  readonly heal: (way: Exclude<Way, 'operator'>) => void;
  readonly close: () => Promise<void>;
};

/** Addresses for tests of networks (RFC 2544): nobody's on the internet. */
const networks = (): readonly string[] => {
  const taken = run('ip', '-o', '-4', 'addr');
  const found = new Set<string>();
  while (found.size < WAYS.length) {
    const network = `198.${randomInt(18, 20)}.${randomInt(256)}`;
    if (!taken.includes(`${network}.`)) found.add(network);
  }
  return [...found];
};
/** An address that no network card has: what is sent to it is dropped by who gets it, silently. */
const NOBODY = '02:00:00:00:00:01';

/** By the network itself: a namespace, with a cable (veth) for each way; both ends forget where the other is when it is cut. */
const byNetwork = async (): Promise<HostApart> => {
  const namespace = await openNamespace('net');
  const name = `t${namespace.pid.toString(36)}`;
  const nets = networks();
  const at = (way: Way) => {
    const n = WAYS.indexOf(way);
    return { here: `${nets[n]}.1`, there: `${nets[n]}.2`, card: `${name}h${n}`, far: `${name}t${n}` };
  };
  try {
    namespace.run('ip', 'link', 'set', 'lo', 'up');
    for (const { here, there, card, far } of WAYS.map(at)) {
      run('ip', 'link', 'add', card, 'type', 'veth', 'peer', 'name', far, 'netns', String(namespace.pid));
      run('ip', 'addr', 'add', `${here}/30`, 'dev', card);
      run('ip', 'link', 'set', card, 'up');
      namespace.run('ip', 'addr', 'add', `${there}/30`, 'dev', far);
      namespace.run('ip', 'link', 'set', far, 'up');
    }
  } catch (error) {
    await namespace.close();
    throw error;
  }
  return {
    here: (way) => at(way).here,
    there: (way) => at(way).there,
    within: namespace.within,
    through: (_way, port) => Promise.resolve(port),
    cut: (way) => {
      const { here, there, card, far } = at(way);
      run('ip', 'neigh', 'replace', there, 'lladdr', NOBODY, 'dev', card, 'nud', 'permanent');
      namespace.run('ip', 'neigh', 'replace', here, 'lladdr', NOBODY, 'dev', far, 'nud', 'permanent');
    },
    heal: (way) => {
      const { here, there, card, far } = at(way);
      run('ip', 'neigh', 'del', there, 'dev', card);
      namespace.run('ip', 'neigh', 'del', here, 'dev', far);
    },
    close: namespace.close,
  };
};

/** Without namespaces: what goes to the database, to the brokers, and to its own processes goes over a proxy that forgets. */
const byProxy = (): HostApart => {
  const wires = new Map<Way, Wire[]>(WAYS.map((way) => [way, []]));
  const each = (way: Way, act: (wire: Wire) => void): void => {
    for (const wire of wires.get(way) ?? []) act(wire);
  };
  return {
    here: () => '127.0.0.1',
    there: () => '127.0.0.1',
    within: [],
    through: async (way, port) => {
      if (way === 'operator') return port;
      const wire = await openWire(port);
      wires.get(way)?.push(wire);
      return wire.port;
    },
    cut: (way) => {
      each(way, (wire) => {
        wire.cut();
      });
    },
    heal: (way) => {
      each(way, (wire) => {
        wire.heal();
      });
    },
    close: async () => {
      await Promise.all([...wires.values()].flat().map((wire) => wire.close()));
    },
  };
};

/** By the network itself where this machine allows that, else by a proxy. */
export const openHostApart = (real: boolean): Promise<HostApart> => (real ? byNetwork() : Promise.resolve(byProxy()));
