import {
  checkErasureCommands,
  dropDerivedCommands,
  eraseSubjectCommands,
  subjectParts,
  type CommandReply,
  type ErasureData,
  type RequestContext,
  type ServiceName,
  type SubjectParts,
} from '@toeverlaat/contracts';
import {
  createRunner,
  type CommandContext,
  type Loaded,
  type Position,
  type Rejection,
  type Runner,
} from '@toeverlaat/event-log';
import type { DestroyRequest, SealingService } from '@toeverlaat/sealing';
import { err, ok, uuidV5, type OrganisationId, type Result } from '@toeverlaat/values';
import { isService, refused, systemContext } from '../context.js';
import { serveCommand, type Awaitable, type Served } from '../controller.js';
import { nothingSealed } from '../nothing-sealed.js';
import type { ServiceRuntime } from '../runtime.js';
import { existing } from '../service.js';
import { erasurePartDecider, type ErasurePartCommand } from './decide.js';
import { erasurePartCategory, erasurePartCodec } from './codec.js';
import type { ErasurePartState } from './state.js';

/**
 * Why it is to go, as far as that bears on what is still open. `rule`: its term is over, which records have judged. `elsewhere`: it was
 * handed over to another host, which confirmed that it opens it: it is worked on there. `asked`: for any other reason.
 */
export type ErasedFor = 'rule' | 'elsewhere' | 'asked';

/** What a service knows of the subjects it keeps. */
export type ErasureOwner = {
  /**
   * Whether this may be destroyed: `NotFound` where there is no such record or participant, `RuleRefused` for a record that
   * is being worked on. A subject whose key is gone already is fine: somebody finishes what was begun.
   */
  readonly check: (
    organisation: OrganisationId,
    subject: SubjectParts,
    why: ErasedFor,
  ) => Promise<Result<void, Rejection>>;
  /**
   * Called once the erasure is recorded and before the key goes, as the last moment at which the record can be read: gives
   * what is to be removed beside views, such as the bytes of attachments. Left out by a service that keeps none.
   */
  readonly collect?: (organisation: OrganisationId, subject: SubjectParts) => Promise<() => Promise<void>>;
};

/**
 * `ErasureOwner.check` over a loaded record: nothing there is `NotFound`; one whose key is gone is fine, because whoever asks
 * finishes what was begun; of a living one its own rules say it.
 */
export const mayErase = <S extends { readonly status: string }>(
  loaded: Loaded<S>,
  may: (state: Exclude<S, { readonly status: 'none' | 'absent' }>) => Result<void, Rejection>,
): Result<void, Rejection> => {
  const found = existing(loaded);
  if (!found.ok) return found.error.kind === 'Erased' ? ok(undefined) : found;
  const { state } = found.value;
  return isThere(state) ? may(state) : err({ kind: 'NotFound' });
};
const isThere = <S extends { readonly status: string }>(
  state: S,
): state is Exclude<S, { readonly status: 'none' | 'absent' }> => state.status !== 'none' && state.status !== 'absent';

type Needs = Pick<ServiceRuntime, 'service' | 'log' | 'clock'> & {
  /** Left out by a service that keeps nothing that can be erased: it has no key to destroy. */
  readonly sealing?: Pick<SealingService, 'destroy'>;
};

/** Milliseconds that the views of the service have to follow; then the caller asks again. */
const VIEWS_MS = 10_000;
/** Of a ground, or of a retention rule with its version; only a confirmed handover gives `transferred`. */
const erasedFor = (reason: string | undefined): ErasedFor => {
  if (reason === 'transferred') return 'elsewhere';
  return reason === 'retention_rule' || reason?.includes('@') === true ? 'rule' : 'asked';
};

const unavailable = (detail: string): CommandReply => refused({ kind: 'Unavailable', detail });

/** One step of one erasure is one command, whoever sends it and how often (design rule 8). */
const stepContext = (
  organisation: OrganisationId,
  service: ServiceName,
  { erasureId }: ErasureData,
  step: string,
): CommandContext =>
  systemContext(organisation, 'erase', uuidV5('erasure-step', service, erasureId, step), { by: erasureId });

/**
 * What a service does when something is erased (design §4). Each step is recorded in the service's own stream, and the whole
 * can be asked for again after a crash at any point: it goes on where it was, and twice is once.
 * @param owner for a service that keeps subjects which can be erased
 */
export const createErasurePart = (
  runtime: Needs,
  views: Awaitable,
  owner?: ErasureOwner,
): { readonly served: readonly Served[] } => {
  const { service, log, clock, sealing } = runtime;
  const parts: Runner<ErasurePartCommand, ErasurePartState> = createRunner({
    log,
    clock,
    category: erasurePartCategory(service),
    codec: erasurePartCodec(service),
    decider: erasurePartDecider,
    ...nothingSealed,
  });

  const follow = async (position: Position | undefined): Promise<boolean> =>
    position === undefined || (await views.whenProcessed(position, VIEWS_MS)) === 'processed';

  const step = (organisation: OrganisationId, data: ErasureData, command: Omit<ErasurePartCommand, 'meta'>) =>
    parts.execute(data.erasureId, command, stepContext(organisation, service, data, command.type));

  /** Drops what was derived: views do when they see that it has begun, and here it is waited for. */
  const drop = async (organisation: OrganisationId, data: ErasureData): Promise<CommandReply> => {
    const dropped = await step(organisation, data, {
      type: 'RecordDerivedDropped',
      data: { subject: data.subject },
    });
    if (!dropped.ok) return refused(dropped.rejection);
    if (!(await follow(dropped.position))) return unavailable('views');
    return {
      ok: true,
      id: data.erasureId,
      revision: dropped.revision,
      position: dropped.position ?? null,
      repeated: dropped.repeated,
    };
  };

  const erase = async (
    organisation: OrganisationId,
    data: ErasureData,
    subject: SubjectParts,
    keeper: ErasureOwner,
    keys: Pick<SealingService, 'destroy'>,
  ): Promise<CommandReply> => {
    const loaded = await parts.load(organisation, data.erasureId);
    if (loaded.kind === 'loaded' && loaded.state.status === 'done' && loaded.state.subject === data.subject)
      return drop(organisation, data);
    const checked = await keeper.check(organisation, subject, erasedFor(data.reason));
    if (!checked.ok) return refused(checked.error);
    const begun = await step(organisation, data, {
      type: 'BeginErasure',
      data: { subject: data.subject, reason: data.reason },
    });
    if (!begun.ok) return refused(begun.rejection);
    const remove = await keeper.collect?.(organisation, subject);
    const request: DestroyRequest = { by: data.erasureId, reason: data.reason, at: clock.now() };
    const destroyed = await keys.destroy(organisation, data.subject, request);
    if (!destroyed.ok) return unavailable('key store');
    // Now or, where this finishes what a crash left, before: nobody was given the key after this moment. Replicas that hold it
    // drop it when they read this event (ADR 81).
    const gone = await step(organisation, data, {
      type: 'RecordKeyDestroyed',
      data: { keyIds: destroyed.value.destroyedKeys, destroyedAt: clock.now() },
    });
    if (!gone.ok) return refused(gone.rejection);
    await remove?.();
    return drop(organisation, data);
  };

  /** Only records orders an erasure; who else asks learns nothing. */
  const ordered = (context: RequestContext): boolean => isService(context.caller, 'records');

  return {
    served: [
      serveCommand(checkErasureCommands[service], async (context, { commandId, data }) => {
        if (!ordered(context)) return refused({ kind: 'NotAllowed', verb: 'check_erasure' });
        const subject = subjectParts(data.subject);
        if (subject?.service !== service || owner === undefined) return refused({ kind: 'NotFound' });
        const checked = await owner.check(context.caller.organisation, subject, erasedFor(data.reason));
        return checked.ok
          ? { ok: true, id: commandId, revision: -1, position: null, repeated: false }
          : refused(checked.error);
      }),
      serveCommand(eraseSubjectCommands[service], async (context, { data }) => {
        if (!ordered(context)) return refused({ kind: 'NotAllowed', verb: 'erase_subject' });
        const subject = subjectParts(data.subject);
        if (subject?.service !== service || owner === undefined || sealing === undefined)
          return refused({ kind: 'NotFound' });
        return erase(context.caller.organisation, data, subject, owner, sealing);
      }),
      serveCommand(dropDerivedCommands[service], async (context, { data }) => {
        if (!ordered(context)) return refused({ kind: 'NotAllowed', verb: 'drop_derived' });
        return drop(context.caller.organisation, data);
      }),
    ],
  };
};
