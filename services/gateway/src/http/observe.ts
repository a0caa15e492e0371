import type { Outcome, Telemetry } from '@toeverlaat/telemetry';
import type { FastifyInstance } from 'fastify';

const MS = 1_000;

const outcomeOfStatus = (status: number): Outcome => (status < 400 ? 'ok' : status < 500 ? 'refused' : 'failed');

/**
 * Each request as the first step of its trace. A `traceparent` from outside is not taken: it would let anybody choose what
 * is recorded and tie requests together that must not be. Begins once the body is there (before that, Node hands parts of it
 * over outside of what runs here), and ends when the answer has gone or its reader has.
 */
export const observeRequests = (server: FastifyInstance, telemetry: Telemetry): void => {
  if (!telemetry.on) return;
  server.addHook('preHandler', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    void telemetry.span(
      { name: 'gateway.request', attributes: { route }, beginsFor: request.id },
      (span) =>
        new Promise<void>((resolve) => {
          reply.raw.once('close', () => {
            span.end(outcomeOfStatus(reply.statusCode));
            resolve();
          });
          done();
        }),
    );
  });
  server.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    const status = `${Math.floor(reply.statusCode / 100)}xx`;
    telemetry.meter.time('toeverlaat_gateway_request_seconds', { route, status }, reply.elapsedTime / MS);
    done();
  });
};
