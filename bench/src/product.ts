import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { demoToken } from '@toeverlaat/standalone';
import { cpuSecondsOf, residentKiBOf } from './processes.js';

const root = new URL('../../', import.meta.url);
const pathOf = (relative: string): string => fileURLToPath(new URL(relative, root));

/** A process that was started to be measured. */
export type Server = {
  readonly url: string;
  readonly pid: number;
  /** Kibibytes in memory now, as the kernel counts them; undefined where it does not say. */
  readonly residentKiB: () => number | undefined;
  /** Processor seconds of its threads so far; not a number where the system does not say. */
  readonly cpuSeconds: () => number;
  /** Asks it to stop and waits until it has. */
  readonly stop: () => Promise<void>;
};

const LISTENS = /listens on (http:\/\/\S+)/u;

const serverOf = async (child: ChildProcess): Promise<Server> => {
  let said = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code ?? 'a signal'}: ${said}`)));
    const onData = (chunk: Buffer): void => {
      said += chunk.toString('utf8');
      const found = LISTENS.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout?.on('data', onData);
    child.stderr?.on('data', onData);
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('a process without an id');
  return {
    url,
    pid,
    residentKiB: () => residentKiBOf(pid),
    cpuSeconds: () => cpuSecondsOf(pid),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
};

/** Flags for Node of the measured process, such as `--cpu-prof`. */
const nodeFlags = (): readonly string[] =>
  (process.env['BENCH_NODE_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '');

/** The product as `npm start` runs it, without the build before it, on a folder and a free port. */
export const startProduct = (data: string): Promise<Server> => {
  const cache = pathOf('node_modules/.cache/node');
  mkdirSync(cache, { recursive: true });
  return serverOf(
    spawn(
      process.execPath,
      [
        '--max-semi-space-size=16',
        ...nodeFlags(),
        pathOf('services/standalone/dist/main.js'),
        '--data',
        data,
        '--port',
        '0',
        '--log-level',
        'error',
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_COMPILE_CACHE: cache } },
    ),
  );
};

/** A program of this folder as a server of its own process; it says `listens on <url>`. */
export const startBeside = (program: string, args: readonly string[]): Promise<Server> =>
  serverOf(
    spawn(process.execPath, [fileURLToPath(new URL(program, import.meta.url)), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );

export type Headers = Readonly<Record<string, string>>;
export type Answer = { readonly status: number; readonly text: string };

export type Client = {
  readonly post: (body: string, headers: Headers) => Promise<Answer>;
  readonly close: () => void;
};

/** Posts GraphQL over connections that stay open. */
export const openClient = (url: string, connections: number): Client => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const { hostname, port } = new URL(url);
  return {
    post: (body, headers) =>
      new Promise((resolve, reject) => {
        const sent = request(
          {
            agent,
            hostname,
            port,
            path: '/graphql',
            method: 'POST',
            headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
          },
          (response) => {
            const chunks: Buffer[] = [];
            response.on('data', (chunk: Buffer) => chunks.push(chunk));
            response.on('error', reject);
            response.on('end', () =>
              resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
            );
          },
        );
        sent.on('error', reject);
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
};

/** The `answer` field of a response. @throws when there is none */
export const answerOf = ({ status, text }: Answer): Readonly<Record<string, unknown>> => {
  const body = JSON.parse(text) as { readonly data?: { readonly answer?: Readonly<Record<string, unknown>> | null } };
  const answer = body.data?.answer;
  if (answer === undefined || answer === null) throw new Error(`HTTP ${status}: ${text.slice(0, 500)}`);
  return answer;
};

/** What a demonstration person sends with each request in one capacity. */
export const signIn = async (
  url: string,
  subject: string,
  role: string,
  organisation = subject.slice(subject.indexOf('@') + 1),
): Promise<Headers> => {
  const authorization = `Bearer ${await demoToken(url, subject)}`;
  const client = openClient(url, 1);
  try {
    const me = answerOf(
      await client.post(JSON.stringify({ query: '{ answer: me { capacities { id role organisation } } }' }), {
        authorization,
      }),
    );
    const found = (me['capacities'] as readonly Headers[]).find(
      (capacity) => capacity['role'] === role && capacity['organisation'] === organisation,
    );
    if (found === undefined) throw new Error(`${subject} is no ${role} in ${organisation}`);
    return { authorization, 'toeverlaat-capacity': found['id'] ?? '' };
  } finally {
    client.close();
  }
};
