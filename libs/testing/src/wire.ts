import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server that can be cut, as by a firewall that forgets or a cable that is pulled. */
export type Wire = {
  /** Where it takes connections, on the loopback address. */
  readonly port: number;
  /** From now on nothing passes, and neither side is told: no end, no reset. What was under way never arrives. */
  readonly cut: () => void;
  /** New connections pass again; those that were there, or were begun meanwhile, stay dead. */
  readonly heal: () => void;
  readonly close: () => Promise<void>;
};

/**
 * Forwards connections to a port of the loopback address until it is cut. A cut leaves half-open connections: the server
 * keeps its session, with whatever locks it holds, and the client waits for an answer that never comes.
 */
export const openWire = async (targetPort: number): Promise<Wire> => {
  const sockets = new Set<Socket>();
  /** What the connections of this epoch are forwarded by; a cut begins a new one. */
  let live: { dead: boolean } = { dead: false };
  let whole = true;
  const kept = (socket: Socket): Socket => {
    sockets.add(socket);
    // A reset of one side is that side's business; the other is told by `end` below.
    socket.on('error', () => undefined);
    return socket;
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    kept(client);
    if (!whole) {
      client.resume();
      return;
    }
    const epoch = live;
    const upstream = kept(connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true }));
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('data', (chunk) => {
        if (!epoch.dead) to.write(chunk);
      });
      from.on('end', () => {
        if (!epoch.dead) to.end();
      });
      from.on('close', () => {
        if (epoch.dead) return;
        to.destroy();
        sockets.delete(from);
        sockets.delete(to);
      });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      whole = false;
      live.dead = true;
      live = { dead: false };
    },
    heal: () => {
      whole = true;
    },
    close: () =>
      new Promise((resolve) => {
        live.dead = true;
        for (const socket of sockets) socket.destroy();
        server.close(() => {
          resolve();
        });
      }),
  };
};
