import { spanIdOf, traceIdOf } from '@toeverlaat/telemetry';
import { recordingTelemetry, type RecordedSpan } from '@toeverlaat/telemetry/testing';
import { metadataOf } from '@toeverlaat/event-log';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as scenarios from '../demo/scenarios.js';
import { twins } from '../demo/people.js';
import { openTheatre, type ProductTheatre } from './support.js';

let theatre: ProductTheatre;
const telemetry = recordingTelemetry();
beforeAll(async () => {
  theatre = await openTheatre({ telemetry });
}, 60_000);
afterAll(() => theatre.close());

describe('a request over HTTP', () => {
  it('is one trace from the gateway to the reaction of another service, which is linked and not nested', async () => {
    const { world } = theatre;
    await theatre.inBoth((organisation) => scenarios.playScenario1(world, organisation));
    await world.settle();
    const spans = telemetry.spans();
    const bySpan = new Map(spans.map((span) => [span.spanId, span]));
    const upFrom = (span: RecordedSpan): readonly string[] => {
      const parent = span.parentId === undefined ? undefined : bySpan.get(span.parentId);
      return [span.name, ...(parent === undefined ? [] : upFrom(parent))];
    };
    for (const organisation of twins) {
      const { events } = await theatre.product.log.readAll({ limit: 1_000_000, categories: ['intake.request'] });
      const asked = events.find(
        (event) => event.organisation === organisation && event.type === 'intake.ContactRequested.v1',
      );
      if (asked === undefined) throw new Error('nobody asked for contact');
      const trace = traceIdOf(metadataOf(asked).correlationId);
      const append = bySpan.get(spanIdOf(asked.eventId));
      if (append === undefined) throw new Error('the append has no span');
      expect(append.traceId).toBe(trace);
      expect(append.attributes).toMatchObject({
        service: 'intake',
        category: 'intake.request',
        organisation,
        outcome: 'ok',
      });
      expect(upFrom(append)).toEqual(['log.append', 'rpc.server', 'rpc.client', 'gateway.request']);
      const reactions = spans.filter(
        ({ name, links }) => name === 'reaction' && links.some(({ spanId }) => spanId === append.spanId),
      );
      for (const reaction of reactions) expect([reaction.traceId, reaction.parentId]).toEqual([trace, undefined]);
    }
    const reactions = spans.filter(({ name }) => name === 'reaction');
    expect(reactions.length).toBeGreaterThan(0);
    for (const { links } of reactions)
      for (const { spanId } of links) expect(bySpan.get(spanId)?.name).toBe('log.append');
    // What a reaction does in its turn is part of it: asking another service, writing events that others come back to.
    const within = spans.filter((span) => upFrom(span).at(-1) === 'reaction').map(({ name }) => name);
    expect(within).toContain('log.append');
  }, 60_000);

  it('is counted by route and how it ended, and every service says how far its views are', async () => {
    const text = (await telemetry.figures?.()) ?? '';
    expect(text).toMatch(/toeverlaat_gateway_request_seconds_count\{route="\/graphql",status="2xx"\} [1-9]/u);
    for (const service of ['directory', 'intake', 'case', 'referral', 'reporting', 'records'])
      expect(text).toMatch(new RegExp(`toeverlaat_view_lag_seconds\\{view="[a-z_]+",service="${service}"\\} \\d`, 'u'));
    expect(text).toContain('toeverlaat_parked_events{service="case"} 0');
    expect(text).not.toMatch(/gentia|zorgnet/u);
  });
});
