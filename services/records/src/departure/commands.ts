import { activeAt, homeOf, type Caller, type Verb } from '@toeverlaat/access';
import {
  receivedBy,
  type approveDepartureCommand,
  type CommandReply,
  type CommandRequest,
  type ReceivingCapacity,
  type releaseKeysCommand,
  type requestDepartureCommand,
  type RequestContext,
  type resumeWorkCommand,
  type withdrawDepartureCommand,
  type withholdKeysCommand,
  type CommandData,
  type CommandHandler,
} from '@toeverlaat/contracts';
import { plainText, type Rejection } from '@toeverlaat/event-log';
import { commandContext, deny, ownPseudonyms, replyOf, type ServiceRuntime, refused } from '@toeverlaat/service-kit';
import {
  createdIdOf,
  err,
  localDateOf,
  ok,
  sha256Hex,
  type OrganisationId,
  type PersonId,
  type Result,
} from '@toeverlaat/values';
import { admitOwn } from '../application/guard.js';
import { DEPARTURE_ID, type DepartureCommand, type NamedReceiver } from '../domain/departure/index.js';
import type { DepartureCore } from './core.js';

type Asked = CommandData<typeof requestDepartureCommand>['receivers'];

const invalid = (field: string, rule: string): Result<never, Rejection> => err({ kind: 'InvalidInput', field, rule });

/** The role in which somebody is competent for what a capacity receives; the next host is nobody here. */
const roleOf: Readonly<Record<Exclude<ReceivingCapacity, 'host'>, Caller['role']>> = {
  counsellor: 'counsellor',
  adviser: 'prevention_adviser',
};

/** Of a public key: SHA-256, hex; what two people compare by telephone. */
export const fingerprintOfKey = (publicKey: string): string => sha256Hex(Buffer.from(publicKey, 'base64url'));

/** Who may ask for a departure, approve and withdraw it, and who may hold their key back. */
export const createDepartureCommands = (
  runtime: Pick<ServiceRuntime, 'authority' | 'recorder' | 'clock' | 'rpc'>,
  core: DepartureCore,
) => {
  const admitted = async (
    context: RequestContext,
    verb: Verb,
    record: string,
    query: string,
  ): Promise<Result<Caller, Rejection>> => {
    const allowed = await admitOwn(runtime, context, verb, 'departure', record, query);
    return allowed.ok ? ok(allowed.value.caller) : allowed;
  };

  const execute = async (
    context: RequestContext,
    caller: Caller,
    request: CommandRequest<unknown>,
    query: string,
    command: Omit<DepartureCommand, 'meta'>,
  ): Promise<CommandReply> => {
    const { departureId } = command.data;
    const outcome = await core.departures.execute(DEPARTURE_ID, command, commandContext(context, request));
    if (outcome.ok || outcome.rejection.kind !== 'NotFound') return replyOf(departureId, outcome);
    // What is not there is a recorded attempt like any other (design rule 7).
    return refused(
      (await deny(runtime, context, caller, { recordClass: 'departure', record: departureId, query })).error,
    );
  };

  /** Whether the person named is, today, what the receiver is named as: the company's manager cannot be one (design §4). */
  const competent = async (
    organisation: OrganisationId,
    home: OrganisationId,
    person: PersonId,
    capacity: Exclude<ReceivingCapacity, 'host'>,
  ): Promise<Result<boolean, Rejection>> => {
    const now = runtime.clock.now();
    const capacities = await runtime.authority.capacitiesOf(home, person, now);
    if (!capacities.ok) return err({ kind: 'Unavailable', detail: 'authority' });
    return ok(
      activeAt(capacities.value, localDateOf(now)).some(
        (one) => one.role === roleOf[capacity] && one.organisation === organisation,
      ),
    );
  };

  const receiversOf = async (
    organisation: OrganisationId,
    asked: Asked,
  ): Promise<Result<readonly (NamedReceiver & { readonly competent?: boolean })[], Rejection>> => {
    const receivers: (NamedReceiver & { readonly competent?: boolean })[] = [];
    for (const [at, receiver] of asked.entries()) {
      const { capacity, controller, ground, publicKey, person, home = organisation, records } = receiver;
      const field = (name: string): string => `receivers.${at}.${name}`;
      if (capacity === 'host' && person !== undefined) return invalid(field('person'), 'not_of_capacity');
      if (capacity === 'host' && records !== undefined) return invalid(field('records'), 'not_of_capacity');
      if (receiver.home !== undefined && person === undefined) return invalid(field('home'), 'not_of_scope');
      if (records?.some((record) => receivedBy[record.slice(0, record.indexOf('/'))] !== capacity) === true)
        return invalid(field('records'), 'not_of_capacity');
      const named: NamedReceiver = {
        capacity,
        key: fingerprintOfKey(publicKey),
        publicKey,
        records,
        controller: plainText(controller),
        ground: plainText(ground),
      };
      if (person === undefined || capacity === 'host') {
        receivers.push(named);
        continue;
      }
      const is = await competent(organisation, home, person, capacity);
      if (!is.ok) return is;
      receivers.push({ ...named, person: { organisation: home, person }, competent: is.value });
    }
    return ok(receivers);
  };

  const requestDeparture: CommandHandler<typeof requestDepartureCommand> = async (context, request) => {
    const query = 'records.requestDeparture';
    const caller = await admitted(context, 'create', '-', query);
    if (!caller.ok) return refused(caller.error);
    const { organisation } = caller.value;
    const { nextHost, notBefore, confirmWithinDays, register } = request.data;
    const receivers = await receiversOf(organisation, request.data.receivers);
    if (!receivers.ok) return refused(receivers.error);
    return execute(context, caller.value, request, query, {
      type: 'RequestDeparture',
      data: {
        departureId: createdIdOf(organisation, request.commandId, 'departure'),
        nextHost: plainText(nextHost),
        notBefore,
        confirmWithinDays,
        receivers: receivers.value,
        register: {
          key: fingerprintOfKey(register.publicKey),
          publicKey: register.publicKey,
          controller: plainText(register.controller),
          ground: plainText(register.ground),
        },
      },
    });
  };

  const approveDeparture: CommandHandler<typeof approveDepartureCommand> = async (context, request) => {
    const query = 'records.approveDeparture';
    const { departureId } = request.data;
    const caller = await admitted(context, 'act', departureId, query);
    if (!caller.ok) return refused(caller.error);
    const own = await ownPseudonyms(runtime, context, caller.value);
    if (!own.ok) return refused(own.error);
    return execute(context, caller.value, request, query, {
      type: 'ApproveDeparture',
      data: { departureId, ownPseudonyms: own.value },
    });
  };

  const withdrawDeparture: CommandHandler<typeof withdrawDepartureCommand> = async (context, request) => {
    const query = 'records.withdrawDeparture';
    const { departureId } = request.data;
    const caller = await admitted(context, 'act', departureId, query);
    if (!caller.ok) return refused(caller.error);
    return execute(context, caller.value, request, query, { type: 'WithdrawDeparture', data: { departureId } });
  };

  const resumeWork: CommandHandler<typeof resumeWorkCommand> = async (context, request) => {
    const query = 'records.resumeWork';
    const { departureId } = request.data;
    const caller = await admitted(context, 'act', departureId, query);
    if (!caller.ok) return refused(caller.error);
    return execute(context, caller.value, request, query, { type: 'ResumeWork', data: { departureId } });
  };

  const speak = async (
    context: RequestContext,
    request: CommandRequest<CommandData<typeof withholdKeysCommand>>,
    type: 'WithholdKeys' | 'ReleaseKeys',
    query: string,
  ): Promise<CommandReply> => {
    const { departureId } = request.data;
    const caller = await admitted(context, 'ask', departureId, query);
    if (!caller.ok) return refused(caller.error);
    const own = await ownPseudonyms(runtime, context, caller.value);
    if (!own.ok) return refused(own.error);
    const { person, role } = caller.value;
    return execute(context, caller.value, request, query, {
      type,
      data: {
        departureId,
        capacity: role === 'prevention_adviser' ? 'adviser' : 'counsellor',
        person: person === undefined ? undefined : { organisation: homeOf(caller.value), person },
        ownPseudonyms: own.value,
      },
    });
  };
  const withholdKeys: CommandHandler<typeof withholdKeysCommand> = (context, request) =>
    speak(context, request, 'WithholdKeys', 'records.withholdKeys');
  const releaseKeys: CommandHandler<typeof releaseKeysCommand> = (context, request) =>
    speak(context, request, 'ReleaseKeys', 'records.releaseKeys');

  return { requestDeparture, approveDeparture, withdrawDeparture, resumeWork, withholdKeys, releaseKeys };
};
