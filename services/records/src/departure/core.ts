import { createRunner, type CommandContext, type Rejection } from '@toeverlaat/event-log';
import { runnerParts, systemContext, type ServiceRuntime } from '@toeverlaat/service-kit';
import { uuidV5, type OrganisationId, type Result } from '@toeverlaat/values';
import {
  DEPARTURE_ID,
  departureCategory,
  departureCodec,
  departureDecider,
  initialDeparture,
  type DepartureState,
} from '../domain/departure/index.js';
import { stateOr } from '../loaded.js';

/** The door of departures, and how far each is, folded from the log now. */
export const createDepartureCore = (runtime: Pick<ServiceRuntime, 'log' | 'sealing' | 'clock' | 'logger'>) => {
  const departures = createRunner({
    ...runnerParts(runtime),
    category: departureCategory,
    codec: departureCodec,
    decider: departureDecider,
  });
  return {
    departures,
    departureOf: async (organisation: OrganisationId): Promise<Result<DepartureState, Rejection>> =>
      stateOr(await departures.load(organisation, DEPARTURE_ID), initialDeparture),
  };
};
export type DepartureCore = ReturnType<typeof createDepartureCore>;

/** A step of a departure that nobody takes as a person: the same step is the same command, however often it is taken. */
export const stepContext = (
  organisation: OrganisationId,
  departureId: string,
  ...step: readonly string[]
): CommandContext =>
  systemContext(organisation, 'leave', uuidV5('departure-step', organisation, departureId, ...step), {
    by: departureId,
    body: { departureId, step },
  });
