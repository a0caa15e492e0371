import { createRecorder, type AuthoritySource, type Caller, type Capacity, type Role } from '@toeverlaat/access';
import type { RequestContext, RpcDef, ServiceName } from '@toeverlaat/contracts';
import { createMemoryEventLog, type EventLog } from '@toeverlaat/event-log';
import { createMemoryReactorStore, InProcessExchange } from '@toeverlaat/messaging';
import { createRpcClient, type RpcClient } from '@toeverlaat/contracts';
import { createBlobStore, createMemorySealing, type SealingService } from '@toeverlaat/sealing';
import type { Served, ServiceRuntime } from '@toeverlaat/service-kit';
import { noTelemetry, silentLogger } from '@toeverlaat/telemetry';
import { InvariantBroken, ok, settableClock, uuidV5, type OrganisationId, type PersonId } from '@toeverlaat/values';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Everything outside one service under test, in memory: log, keys, clock, authority, the other services' answers. */
export type TestWorld = {
  readonly log: EventLog;
  readonly sealing: SealingService;
  readonly clock: ReturnType<typeof settableClock>;
  readonly rpc: RpcClient;
  readonly exchange: InProcessExchange;
  /** Who holds what; tests add and remove. */
  readonly capacities: Capacity[];
  /** Where sealed attachments lie. */
  readonly blobsFolder: string;
  readonly runtimeOf: (service: ServiceName, classes?: readonly string[]) => ServiceRuntime;
  /** Answers a pattern in the name of another service. */
  readonly answer: (
    def: RpcDef,
    handle: (message: { context: RequestContext; input?: unknown; data?: unknown }) => unknown,
  ) => void;
  readonly serve: (served: readonly Served[]) => void;
  /** Deletes the view files. */
  readonly dispose: () => void;
};

/** Within an organisation no event id is given twice (design rule 8); a log does not look, so tests do. */
const withUniqueEvents = (log: EventLog): EventLog => {
  const streams = new Map<string, string>();
  return {
    ...log,
    append: async (request) => {
      for (const { eventId } of request.events) {
        const other = streams.get(`${request.organisation} ${eventId}`);
        if (other !== undefined && other !== request.stream)
          throw new InvariantBroken(`event id of ${other} again in ${request.stream}`);
      }
      const appended = await log.append(request);
      if (appended.ok)
        for (const { eventId } of request.events) streams.set(`${request.organisation} ${eventId}`, request.stream);
      return appended;
    },
  };
};

/** @param start the instant at which the world's clock stands */
export const createTestWorld = (start: string): TestWorld => {
  const folder = mkdtempSync(join(tmpdir(), 'world-'));
  const blobsFolder = join(folder, 'blobs');
  const log = withUniqueEvents(createMemoryEventLog());
  const clock = settableClock(start);
  const sealing = createMemorySealing(clock);
  const exchange = new InProcessExchange();
  const rpc = createRpcClient((pattern, message) => exchange.request(pattern, message));
  const capacities: Capacity[] = [];
  const authority: AuthoritySource = {
    capacitiesOf: (home, person) =>
      Promise.resolve(
        ok(capacities.filter((one) => one.person === person && (one.mandate?.home ?? one.organisation) === home)),
      ),
  };
  return {
    log,
    sealing,
    clock,
    rpc,
    exchange,
    capacities,
    blobsFolder,
    runtimeOf: (service, classes) => {
      const own = classes === undefined ? sealing : sealing.forService({ classes });
      return {
        service,
        log,
        sealing: own,
        blobs: createBlobStore({ folder: blobsFolder, sealing: own }),
        clock,
        viewsFolder: join(folder, 'views'),
        recorder: createRecorder({ log, clock, service, writerId: 'test', pseudonym: sealing.pseudonym }),
        authority,
        rpc,
        reactorStore: createMemoryReactorStore(),
        logger: silentLogger(),
        telemetry: noTelemetry,
      };
    },
    answer: (def, handle) => {
      exchange.register(def.pattern, (message: unknown) =>
        Promise.resolve(handle(message as { context: RequestContext; input?: unknown; data?: unknown })),
      );
    },
    serve: (served) => {
      for (const one of served) exchange.register(one.pattern, one.handle);
    },
    dispose: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** A caller with the capacity that lets them act, added to the world. */
export const enrol = (
  world: Pick<TestWorld, 'capacities'>,
  caller: {
    readonly organisation: OrganisationId;
    readonly role: Role;
    readonly person: string;
    readonly pseudonym: string;
    /** Under a mandate: whose directory they are an entry of. */
    readonly home?: OrganisationId;
  },
): Caller => {
  const capacityId = `${caller.role.replaceAll('_', '-')}-${caller.person}`;
  const person = caller.person as PersonId;
  const { home } = caller;
  const mandate = home === undefined ? {} : { mandate: { id: `mandate-${caller.person}`, home, from: '2020-01-01' } };
  world.capacities.push({
    ...mandate,
    id: capacityId,
    role: caller.role,
    organisation: caller.organisation,
    person,
    sites: 'all',
    from: '2020-01-01',
  });
  return {
    ...mandate,
    role: caller.role,
    organisation: caller.organisation,
    person,
    pseudonym: caller.pseudonym,
    capacityId,
    sites: 'all',
  };
};

/** A request context with ids of its own; `n` tells requests of one test apart. */
export const contextFor = (caller: Caller, purpose: string, n: number | string = 0): RequestContext => {
  const requestId = uuidV5('test request', caller.organisation, caller.pseudonym, purpose, String(n));
  return { requestId, correlationId: requestId, caller, purpose, language: 'nl' };
};
