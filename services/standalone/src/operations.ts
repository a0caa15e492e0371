import { healthQueries, serviceNameSchema, type RpcClient } from '@toeverlaat/contracts';
import type { EventLog } from '@toeverlaat/event-log';
import { serviceCaller } from '@toeverlaat/service-kit';
import {
  startOperationsServer,
  type HealthPart,
  type OperationsServer,
  type PartState,
  type ProcessTelemetry,
} from '@toeverlaat/telemetry';
import { randomId, type OrganisationId } from '@toeverlaat/values';
import { CannotListen } from './refusals.js';
import type { Settings } from './settings.js';

/** Health asks nothing of any organisation; a caller has to be of one. */
const NOBODYS = 'installation' as OrganisationId;

const serviceParts = (rpc: RpcClient): readonly HealthPart[] =>
  serviceNameSchema.options.map((service) => ({
    part: service,
    check: async (): Promise<PartState> => {
      const id = randomId();
      const context = {
        requestId: id,
        correlationId: id,
        caller: serviceCaller(service, NOBODYS),
        purpose: 'operate',
        language: 'nl',
      } as const;
      const reply = await rpc.query(healthQueries[service], context, {});
      return reply.ok ? reply.value.status : 'failing';
    },
  }));

/** Opens the operator's port: health by part, and figures. @throws CannotListen */
export const openOperations = async (
  { operationsHost: host = '127.0.0.1', operationsPort: port = 0 }: Settings,
  log: EventLog,
  rpc: RpcClient,
  telemetry: ProcessTelemetry,
): Promise<OperationsServer> => {
  const parts: readonly HealthPart[] = [
    {
      part: 'log',
      check: async (): Promise<PartState> => {
        await log.head();
        return 'ok';
      },
    },
    ...serviceParts(rpc),
  ];
  try {
    return await startOperationsServer({ host, port, parts, figures: telemetry.figures });
  } catch (error) {
    throw new CannotListen(host, port, error instanceof Error && 'code' in error ? String(error.code) : 'unknown');
  }
};
