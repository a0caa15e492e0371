import { createServer } from 'node:net';

/** Asks the system for free ports, never the same one twice. Somebody else may take one before it is used: start again. */
export const freePorts = (host: string): (() => Promise<number>) => {
  const given = new Set<number>();
  const next = async (): Promise<number> => {
    const port = await new Promise<number>((resolve, reject) => {
      const server = createServer();
      server.once('error', reject);
      server.listen(0, host, () => {
        const at = server.address();
        server.close(() => resolve(typeof at === 'object' && at !== null ? at.port : 0));
      });
    });
    if (given.has(port)) return next();
    given.add(port);
    return port;
  };
  return next;
};
