import {
  dropDerivedCommands,
  eraseSubjectCommands,
  type ErasureData,
  type RequestContext,
  type RpcClient,
  type ServiceName,
} from '@toeverlaat/contracts';
import { streamName, type CommandContext, type EventLog, type Rejection, type Runner } from '@toeverlaat/event-log';
import type { SealingService } from '@toeverlaat/sealing';
import { erasurePartCategory, erasurePartCodec, serviceRequest, systemContext } from '@toeverlaat/service-kit';
import { err, ok, uuidV5, type Clock, type OrganisationId, type Result } from '@toeverlaat/values';
import { sign } from 'node:crypto';
import { kept, type BackupTerms, type CitedEvent, type ErasureCertificate } from '../domain/erasure-vocabulary.js';
import { stillToDrop, type ErasureCommand, type ErasureState } from '../domain/erasure/index.js';
import { certificateBytes, unreadableHereSince, unreadableInBackupsFrom } from './certificate.js';
import type { Evidence, Keeping } from './ports.js';

/** Name of the key that signs certificates, in the keyring under the root key. */
export const CERTIFICATE_KEY = 'actors/erasure-certificates';

export type ProcessOptions = {
  readonly erasures: Runner<ErasureCommand, ErasureState>;
  readonly log: Pick<EventLog, 'readStream'>;
  readonly rpc: RpcClient;
  readonly clock: Clock;
  readonly sealing: Pick<SealingService, 'signingKey'>;
  readonly keeping: Keeping;
  /** Left out where no evidence is kept: certificates then cite no checkpoint. */
  readonly evidence?: Evidence | undefined;
  readonly backups: BackupTerms;
  /** Milliseconds that another process may hold a destroyed key, cut off from the log; 0 where there is none. */
  readonly keysHeldMs: number;
  /** Called before each step, for crash injection. */
  readonly at?: (step: string) => void;
};

/** How far one look got: `waiting` for a hold, an approval or a service that does not answer now. */
export type Advanced = { readonly kind: 'completed' } | { readonly kind: 'waiting'; readonly because: string };

const waiting = (because: string): Advanced => ({ kind: 'waiting', because });
const reasonOf = (rejection: Rejection): string => (rejection.kind === 'RuleRefused' ? rejection.code : rejection.kind);

type Working<S extends ErasureState['status']> = Extract<ErasureState, { readonly status: S }>;

/**
 * Carries out approved erasures, step by step (design §4). Every step is recorded before the next is taken, under a command
 * id made from erasure and step: killed anywhere it goes on where it was, and two that do it at once do it once.
 */
export const createErasureProcess = (options: ProcessOptions) => {
  const { erasures, log, rpc, clock, sealing, keeping, evidence, backups, keysHeldMs } = options;
  const at = options.at ?? ((): void => undefined);

  const contextOf = (organisation: OrganisationId, erasureId: string, step: string): CommandContext =>
    systemContext(organisation, 'erase', uuidV5('erasure-process', organisation, erasureId, step), {
      by: erasureId,
      // A step is what it is, whatever a second attempt at it would write into the event.
      body: { erasureId, step },
    });

  const record = async (
    organisation: OrganisationId,
    erasureId: string,
    step: string,
    command: Omit<ErasureCommand, 'meta'>,
  ): Promise<Rejection | undefined> => {
    at(step);
    const outcome = await erasures.execute(erasureId, command, contextOf(organisation, erasureId, step));
    return outcome.ok ? undefined : outcome.rejection;
  };

  const load = async (organisation: OrganisationId, erasureId: string): Promise<ErasureState | undefined> => {
    const loaded = await erasures.load(organisation, erasureId);
    return loaded.kind === 'loaded' ? loaded.state : undefined;
  };

  const orderOf = (organisation: OrganisationId, erasureId: string, state: Working<'started' | 'destroyed'>) => {
    const { rule, ruleVersion, ground, subject } = state;
    const data: ErasureData = {
      erasureId,
      subject,
      reason: rule === undefined ? ground : `${rule}@${ruleVersion ?? 0}`,
    };
    const request = (service: ServiceName): RequestContext =>
      serviceRequest('records', contextOf(organisation, erasureId, `ask ${service}`));
    return { data, request };
  };

  /** What a service says in its own stream that it did. */
  const saidBy = async (organisation: OrganisationId, service: ServiceName, erasureId: string) => {
    const codec = erasurePartCodec(service);
    const recorded = await log.readStream(streamName(erasurePartCategory(service), organisation, erasureId));
    return recorded.flatMap((event) => {
      const decoded = codec.decodeStored(event);
      return decoded === undefined ? [] : [{ eventId: event.eventId as string, ...decoded }];
    });
  };

  const begin = async (
    organisation: OrganisationId,
    erasureId: string,
    state: Working<'approved'>,
  ): Promise<Advanced | undefined> => {
    at('keeping');
    const begun = await keeping.begin(organisation, state.subject, erasureId, state.ground);
    if (!begun.ok) {
      if (!('held' in begun.error)) return waiting(reasonOf(begun.error));
      const because = begun.error.held;
      await record(organisation, erasureId, `held back ${because} ${clock.now()}`, {
        type: 'HoldBack',
        data: { because },
      });
      return waiting(because);
    }
    const checkpoint = evidence === undefined ? ok(undefined) : await evidence.checkpoint(organisation);
    if (!checkpoint.ok) return waiting(reasonOf(checkpoint.error));
    const refused = await record(organisation, erasureId, 'start', {
      type: 'StartErasure',
      data: { checkpointBefore: checkpoint.value },
    });
    return refused === undefined ? undefined : waiting(reasonOf(refused));
  };

  const destroy = async (
    organisation: OrganisationId,
    erasureId: string,
    state: Working<'started'>,
  ): Promise<Advanced | undefined> => {
    const { data, request } = orderOf(organisation, erasureId, state);
    at('destroy');
    const reply = await rpc.command(eraseSubjectCommands[state.service], request(state.service), {
      commandId: uuidV5('erase-subject', organisation, erasureId),
      data,
    });
    if (!reply.ok) return waiting(reasonOf(reply.rejection));
    const said = (await saidBy(organisation, state.service, erasureId)).find(({ type }) => type === 'KeyDestroyed');
    if (said?.type !== 'KeyDestroyed') return waiting('service_said_nothing');
    const { keyIds, destroyedAt } = said.data;
    const refused = await record(organisation, erasureId, 'destroyed', {
      type: 'NoteKeyDestroyed',
      data: { service: state.service, keyIds, destroyedAt, eventId: said.eventId },
    });
    return refused === undefined ? undefined : waiting(reasonOf(refused));
  };

  /** Asks one service to drop what it derived: the event with which it says so, or why it did not. */
  const dropBy = async (
    organisation: OrganisationId,
    erasureId: string,
    { data, request }: ReturnType<typeof orderOf>,
    service: ServiceName,
  ): Promise<Result<string, string>> => {
    at(`drop ${service}`);
    const reply = await rpc.command(dropDerivedCommands[service], request(service), {
      commandId: uuidV5('drop-derived', organisation, erasureId, service),
      data,
    });
    if (!reply.ok) return err(`${service}: ${reasonOf(reply.rejection)}`);
    const said = (await saidBy(organisation, service, erasureId)).find(({ type }) => type === 'DerivedDataDropped');
    return said === undefined ? err('service_said_nothing') : ok(said.eventId);
  };

  const drop = async (
    organisation: OrganisationId,
    erasureId: string,
    state: Working<'destroyed'>,
  ): Promise<Advanced | undefined> => {
    const order = orderOf(organisation, erasureId, state);
    // None of them waits for another; what each said is noted in their order.
    const asked = await Promise.all(
      stillToDrop(state).map(async (service) => ({
        service,
        dropped: await dropBy(organisation, erasureId, order, service),
      })),
    );
    for (const { service, dropped } of asked) {
      if (!dropped.ok) return waiting(dropped.error);
      const refused = await record(organisation, erasureId, `dropped ${service}`, {
        type: 'NoteDropped',
        data: { service, eventId: dropped.value },
      });
      if (refused !== undefined) return waiting(reasonOf(refused));
    }
    return undefined;
  };

  /** The events that the certificate cites, each with its place under the checkpoint after. */
  const cite = async (
    organisation: OrganisationId,
    events: readonly Omit<CitedEvent, 'leafIndex'>[],
  ): Promise<Result<readonly CitedEvent[], Rejection>> => {
    const cited: CitedEvent[] = [];
    for (const event of events) {
      const leaf = evidence === undefined ? ok(null) : await evidence.leafIndex(organisation, event.eventId);
      if (!leaf.ok) return leaf;
      cited.push({ ...event, leafIndex: leaf.value });
    }
    return ok(cited);
  };

  const certify = async (
    organisation: OrganisationId,
    erasureId: string,
    state: Working<'destroyed'>,
  ): Promise<Advanced> => {
    at('certify');
    const ended = await keeping.end(organisation, state.subject, erasureId);
    if (!ended.ok) return waiting(reasonOf(ended.error));
    const checkpoint = evidence === undefined ? ok(null) : await evidence.checkpoint(organisation);
    if (!checkpoint.ok) return waiting(reasonOf(checkpoint.error));
    const { key, drops } = state;
    const cited = await cite(organisation, [
      { what: 'key_destroyed', service: key.service, eventId: key.eventId },
      ...drops.map(({ service, eventId }) => ({ what: 'derived_dropped' as const, service, eventId })),
    ]);
    if (!cited.ok) return waiting(reasonOf(cited.error));
    const signing = await sealing.signingKey(organisation, CERTIFICATE_KEY);
    const certificate: ErasureCertificate = {
      v: 1,
      organisation,
      erasureId,
      subject: state.subject,
      service: state.service,
      ground: state.ground,
      rule: state.rule ?? null,
      ruleVersion: state.ruleVersion ?? null,
      keptUntil: state.keptUntil ?? null,
      requestedBy: state.requestedBy,
      approvedBy: state.approvedBy,
      keyIds: key.keyIds,
      unreadableHereSince: unreadableHereSince(key.destroyedAt, keysHeldMs),
      unreadableInBackupsFrom: unreadableInBackupsFrom(key.destroyedAt, backups),
      backups,
      events: cited.value,
      checkpointBefore: state.checkpointBefore ?? null,
      checkpointAfter: checkpoint.value,
      kept,
      issuedAt: clock.now(),
      signedWith: {
        alg: 'Ed25519',
        keyId: signing.keyId,
        publicKey: Buffer.from(signing.publicKey).toString('base64'),
      },
    };
    const signature = sign(null, certificateBytes(certificate), signing.privateKey).toString('base64');
    const refused = await record(organisation, erasureId, 'complete', {
      type: 'CompleteErasure',
      data: { certificate, signature },
    });
    return refused === undefined ? { kind: 'completed' } : waiting(reasonOf(refused));
  };

  /** Takes an erasure as far as it goes now. Throws only what a broken invariant or the log throws. */
  const advance = async (organisation: OrganisationId, erasureId: string): Promise<Advanced> => {
    for (;;) {
      const state = await load(organisation, erasureId);
      if (state === undefined) return waiting('unavailable');
      let stopped: Advanced | undefined;
      switch (state.status) {
        case 'none':
        case 'requested':
        case 'declined':
          return waiting(state.status);
        case 'approved':
          stopped = await begin(organisation, erasureId, state);
          break;
        case 'started':
          stopped = await destroy(organisation, erasureId, state);
          break;
        case 'destroyed':
          stopped =
            stillToDrop(state).length > 0
              ? await drop(organisation, erasureId, state)
              : await certify(organisation, erasureId, state);
          break;
        case 'completed':
          return { kind: 'completed' };
      }
      if (stopped !== undefined) return stopped;
    }
  };

  return { advance };
};
export type ErasureProcess = ReturnType<typeof createErasureProcess>;
