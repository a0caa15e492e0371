// Ports for servers that a test or a deployment on one host starts: one that ends and starts again finds its port as it left it.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the range that the system gives to whoever connects. From that range a client that keeps trying to reach a server that
 * is down may be given the very port it tries.
 */
const LOWEST_PORT = 18_000;
const HIGHEST_PORT = 32_000;
/** Ports tried before somebody is told that none is free. */
const TRIES = 200;
/** Of a port that cannot be had; an address that this machine does not have is another fault. */
const TAKEN = new Set(['EADDRINUSE', 'EACCES']);

const isFree = (host, port) =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => (TAKEN.has(error.code) ? resolve(false) : reject(error)));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });

export const freePorts = (host) => {
  const given = new Set();
  return async () => {
    for (let tried = 0; tried < TRIES; tried += 1) {
      const port = randomInt(LOWEST_PORT, HIGHEST_PORT);
      if (given.has(port)) continue;
      // Before it is looked at, so that two who ask at once are not given the same.
      given.add(port);
      if (await isFree(host, port)) return port;
    }
    throw new RangeError(`no free port between ${LOWEST_PORT} and ${HIGHEST_PORT}`);
  };
};
