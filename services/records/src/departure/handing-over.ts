import { plainText, type EventLog, type Rejection, type SealedValue } from '@toeverlaat/event-log';
import type { SealingService } from '@toeverlaat/sealing';
import { openTexts } from '@toeverlaat/service-kit';
import type { Logger } from '@toeverlaat/telemetry';
import { err, localDateOf, ok, type Clock, type LocalDate, type OrganisationId, type Result } from '@toeverlaat/values';
import type { ReceivingCapacity } from '../domain/departure-vocabulary.js';
import {
  closedRecords,
  DEPARTURE_ID,
  handedRecords,
  isWithheld,
  type DepartureCommand,
  type DepartureState,
  type MadeHandover,
} from '../domain/departure/index.js';
import { createDepartureCore, stepContext } from './core.js';
import { isFile } from './departing.js';
import { wordsIn, wordsOf } from './query.js';

/*
 * What the commands of an operator do to a departure: they hand over what two people decided, and record what the next host
 * confirmed. They run on a stopped installation, with all its keys, and decide nothing themselves.
 */

export type HandingParts = {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly sealing: SealingService;
  readonly logger: Logger;
};

/** A receiver as two people named it, and whether its key is held back. */
export type DecidedReceiver = {
  readonly capacity: ReceivingCapacity;
  readonly controller: string;
  readonly ground: string;
  readonly publicKey: string;
  readonly records?: readonly string[];
  readonly withheld: boolean;
};

/** Who gets the company's register as a file. */
export type DecidedRegister = Pick<DecidedReceiver, 'controller' | 'ground' | 'publicKey'> & {
  /** SHA-256 of the public key, hex. */
  readonly key: string;
};

export type DecidedDeparture = {
  readonly departureId: string;
  readonly receivers: readonly DecidedReceiver[];
  /** Undefined of a departure that was asked for before the company was given a file of it. */
  readonly register: DecidedRegister | undefined;
};

/** A transfer of an organisation's keys to one receiver. */
export type KeyTransfer = {
  /** SHA-256 of the receiver's public key, hex. */
  readonly key: string;
  readonly records: readonly string[];
  readonly controller: string;
  readonly ground: string;
};

export type ConfirmedHandover = Omit<Extract<DepartureCommand, { type: 'ConfirmHandover' }>['data'], 'departureId'>;

const refused = (code: string, bound?: LocalDate): Result<never, Rejection> =>
  err({ kind: 'RuleRefused', code, ...(bound === undefined ? {} : { params: { bound } }) });

export const createHandingOver = ({ log, clock, sealing, logger }: HandingParts) => {
  const core = createDepartureCore({
    log,
    clock,
    logger,
    sealing: sealing.forService({ classes: ['departure', 'fingerprints'] }),
  });

  const take = async (
    organisation: OrganisationId,
    command: Omit<DepartureCommand, 'meta'>,
    ...step: readonly string[]
  ): Promise<Result<undefined, Rejection>> => {
    const { departureId } = command.data;
    const context = stepContext(organisation, departureId, command.type, ...step);
    const outcome = await core.departures.execute(DEPARTURE_ID, command, context);
    return outcome.ok ? ok(undefined) : err(outcome.rejection);
  };

  const standing = async (
    organisation: OrganisationId,
  ): Promise<Result<Exclude<DepartureState, { readonly status: 'none' }>, Rejection>> => {
    const state = await core.departureOf(organisation);
    if (!state.ok) return state;
    return state.value.status === 'none' ? refused('departure_not_approved') : ok(state.value);
  };

  return {
    /**
     * What two people decided, once its day has come.
     * @returns RuleRefused `departure_not_approved`, `departure_too_soon`, `transfer_begun` for one that is confirmed
     */
    decided: async (organisation: OrganisationId): Promise<Result<DecidedDeparture, Rejection>> => {
      const state = await standing(organisation);
      if (!state.ok) return state;
      const departure = state.value;
      if (departure.status === 'requested' || departure.status === 'withdrawn')
        return refused('departure_not_approved');
      if (departure.status === 'confirmed' || departure.status === 'completed') return refused('transfer_begun');
      if (localDateOf(clock.now()) < departure.notBefore) return refused('departure_too_soon', departure.notBefore);
      const sealed: readonly (SealedValue | undefined)[] = wordsOf(departure);
      const words = await openTexts({ sealing }, organisation, sealed);
      if (!words.ok) return words;
      const { ofReceivers, ofRegister } = wordsIn(departure, words.value);
      const { register } = departure;
      return ok({
        departureId: departure.departureId,
        receivers: departure.receivers.map((receiver, at) => ({
          capacity: receiver.capacity,
          controller: ofReceivers[at]?.controller ?? '',
          ground: ofReceivers[at]?.ground ?? '',
          publicKey: receiver.publicKey,
          ...(receiver.records === undefined ? {} : { records: receiver.records }),
          withheld: isWithheld(departure, receiver),
        })),
        register:
          register === undefined
            ? undefined
            : {
                key: register.key,
                publicKey: register.publicKey,
                controller: ofRegister.controller ?? '',
                ground: ofRegister.ground ?? '',
              },
      });
    },

    /** Recorded before a key is wrapped; done twice it is done once. */
    handOver: async (
      organisation: OrganisationId,
      departureId: string,
      transfers: readonly KeyTransfer[],
      checkpoint: string,
    ): Promise<Result<undefined, Rejection>> => {
      for (const { key, records, controller, ground } of transfers) {
        const taken = await take(
          organisation,
          {
            type: 'HandKeysOver',
            data: {
              departureId,
              key,
              records,
              controller: plainText(controller),
              ground: plainText(ground),
              checkpoint,
            },
          },
          key,
          ...records,
        );
        if (!taken.ok) return taken;
      }
      return ok(undefined);
    },

    /** The register as a file that this key opens, recorded before it is written. */
    registerHandedOver: (organisation: OrganisationId, departureId: string, key: string, fileHash: string) =>
      take(organisation, { type: 'HandRegisterOver', data: { departureId, key, fileHash } }, fileHash),

    /** The folder is whole. */
    made: (organisation: OrganisationId, departureId: string, handover: Omit<MadeHandover, 'confirmBy'>) =>
      take(organisation, { type: 'RecordHandover', data: { departureId, ...handover } }, handover.handoverId),

    /** What was handed over so far, records of the organisation's files alone. */
    handed: async (organisation: OrganisationId): Promise<Result<readonly string[], Rejection>> => {
      const state = await standing(organisation);
      if (!state.ok) return state;
      return 'transfers' in state.value ? ok([...handedRecords(state.value)].toSorted()) : refused('handover_unknown');
    },

    /**
     * Files that nobody changes here from now on, and of which handover; those of it that are changed again. Told to whoever keeps them
     * before the product runs.
     */
    closed: async (
      organisation: OrganisationId,
    ): Promise<
      Result<
        { readonly handoverId: string; readonly close: readonly string[]; readonly reopen: readonly string[] },
        Rejection
      >
    > => {
      const state = await standing(organisation);
      if (!state.ok) return state;
      const last = 'handovers' in state.value ? state.value.handovers.at(-1) : undefined;
      if (!('transfers' in state.value) || last === undefined) return refused('handover_unknown');
      const close = new Set(closedRecords(state.value).filter(isFile));
      const reopen = [...handedRecords(state.value)].filter((record) => isFile(record) && !close.has(record));
      return ok({ handoverId: last.handoverId, close: [...close], reopen: reopen.toSorted() });
    },

    /** At the next host: the departure that came along is over. */
    arrived: async (organisation: OrganisationId, handoverId: string): Promise<Result<undefined, Rejection>> => {
      const state = await standing(organisation);
      if (!state.ok) return state;
      const { departureId } = state.value;
      return take(organisation, { type: 'NoteArrival', data: { departureId, handoverId } }, handoverId);
    },

    /** The next host has it: from here on the local copies of what it proved are destroyed. */
    confirmed: async (
      organisation: OrganisationId,
      confirmation: ConfirmedHandover,
    ): Promise<Result<undefined, Rejection>> => {
      const state = await standing(organisation);
      if (!state.ok) return state;
      const { departureId } = state.value;
      return take(
        organisation,
        { type: 'ConfirmHandover', data: { departureId, ...confirmation } },
        confirmation.handoverId,
        confirmation.confirmationHash,
      );
    },
  };
};
export type HandingOver = ReturnType<typeof createHandingOver>;
