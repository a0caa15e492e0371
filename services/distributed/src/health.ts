import { createServer } from 'node:http';

export type HealthServer = { readonly port: number; readonly close: () => Promise<void> };

/**
 * `/health/live`: the process runs. `/health/ready`: it can be asked. Nothing of what it holds, to whoever asks.
 * @param ready asked each time
 */
export const serveHealth = (host: string, port: number, ready: () => Promise<boolean>): Promise<HealthServer> => {
  const server = createServer((request, response) => {
    const answer = (status: number, text: string): void => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(`{"status":"${text}"}\n`);
    };
    if (request.method !== 'GET') answer(405, 'method not allowed');
    else if (request.url === '/health/live') answer(200, 'ok');
    else if (request.url === '/health/ready')
      void ready().then(
        (yes) => answer(yes ? 200 : 503, yes ? 'ok' : 'not ready'),
        () => answer(503, 'not ready'),
      );
    else answer(404, 'not found');
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const at = server.address();
      resolve({
        port: typeof at === 'object' && at !== null ? at.port : port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
};
