import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/*
 * Below the range that the system gives to whoever connects: a process that ends and starts again finds its port as it left it.
 * From that range a client that keeps trying to reach it may be given the very port it tries.
 */
const LOWEST_PORT = 18_000;
const HIGHEST_PORT = 32_000;
/** Ports tried before somebody is told that none is free. */
const TRIES = 200;

const isFree = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    });
    server.listen(port, host, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });

/** Looks for free ports, never the same one twice. Somebody else may take one before it is used: start again. */
export const freePorts = (host: string): (() => Promise<number>) => {
  const given = new Set<number>();
  return async () => {
    for (let tried = 0; tried < TRIES; tried += 1) {
      const port = randomInt(LOWEST_PORT, HIGHEST_PORT);
      if (given.has(port) || !(await isFree(host, port))) continue;
      given.add(port);
      return port;
    }
    throw new RangeError(`no free port between ${LOWEST_PORT} and ${HIGHEST_PORT}`);
  };
};
