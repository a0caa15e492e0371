import { purposesOf, type Caller } from '@toeverlaat/access';
import {
  gatewayCaller,
  identityQuery,
  type BlobGateway,
  type Identity,
  type RequestContext,
  type RpcClient,
} from '@toeverlaat/contracts';
import type { Rejection } from '@toeverlaat/event-log';
import { randomId, type Clock, type Instant, type OrganisationId } from '@toeverlaat/values';
import { purposeOf, StepRefused, type Actor, type Driver, type Refusal, type Who } from './actors.js';

type Signed = Exclude<Who, { readonly as: 'anonymous_worker' }>;

const refusalOf = (rejection: Rejection): Refusal => {
  switch (rejection.kind) {
    case 'RuleRefused':
      return { kind: rejection.kind, code: rejection.code };
    case 'InvalidInput':
      return { kind: rejection.kind, field: rejection.field, rule: rejection.rule };
    case 'Unavailable':
      return { kind: 'TryLater', rule: rejection.detail };
    default:
      return { kind: rejection.kind };
  }
};

const strangerAt = (organisation: OrganisationId, lookupId: string | undefined): Caller => ({
  role: 'anonymous_worker',
  organisation,
  pseudonym: 'anonymous',
  capacityId: lookupId === undefined ? 'public' : 'receipt',
  sites: 'all',
  ...(lookupId === undefined ? {} : { receipt: { lookupId } }),
});

/** The capacity of an identity that was asked for; a participant is a worker for the directory. */
const callerOf = (identity: Identity, who: Signed): Caller | undefined => {
  const held = who.as === 'participant' ? 'worker' : who.as;
  for (const { person, capacities } of identity.persons)
    for (const capacity of capacities)
      if (capacity.role === held && capacity.organisation === who.organisation)
        return {
          role: who.as,
          organisation: capacity.organisation,
          person,
          pseudonym: capacity.pseudonym,
          capacityId: capacity.id,
          sites: capacity.sites,
          ...(capacity.mandate === undefined ? {} : { mandate: capacity.mandate }),
        };
  return undefined;
};

/** Acts over the services' own RPC, with the request contexts that the gateway makes: for seeding, in one process. */
export const createRpcDriver = (
  rpc: RpcClient,
  blobs: BlobGateway | undefined,
  issuer: string,
  clock: Clock,
): Driver => {
  const callers = new Map<string, Promise<Caller>>();

  const contextOf = (caller: Caller, who: Who, pattern: string): RequestContext => {
    const requestId = randomId();
    return {
      requestId,
      correlationId: requestId,
      caller,
      purpose: purposeOf(who.as, pattern) ?? purposesOf[who.as][0],
      language: who.language ?? 'nl',
    };
  };

  const signIn = async (who: Signed): Promise<Caller> => {
    const requestId = randomId();
    const reply = await rpc.query(
      identityQuery,
      { requestId, correlationId: requestId, caller: gatewayCaller, purpose: 'operate', language: 'nl' },
      { issuer, subject: who.subject },
    );
    if (!reply.ok) throw new StepRefused(who, identityQuery.pattern, refusalOf(reply.rejection));
    const caller = callerOf(reply.value, who);
    if (caller === undefined) throw new StepRefused(who, identityQuery.pattern, { kind: 'NoSuchCapacity' });
    return caller;
  };

  /** Pseudonyms are of a year and capacities of a day: both end with the date they were asked on. */
  const callerFor = (who: Who): Promise<Caller> => {
    if (who.as === 'anonymous_worker') return Promise.resolve(strangerAt(who.organisation, who.receipt?.lookupId));
    const year: Instant = clock.now().slice(0, 4);
    const key = `${year} ${who.subject} ${who.as} ${who.organisation}`;
    const known = callers.get(key);
    if (known !== undefined) return known;
    const asking = signIn(who);
    callers.set(key, asking);
    asking.catch(() => callers.delete(key));
    return asking;
  };

  const actor = (who: Who): Actor => ({
    who,
    command: async (def, commandId, data) => {
      const caller = await callerFor(who);
      const reply = await rpc.command(def, contextOf(caller, who, def.pattern), { commandId, data });
      return reply.ok
        ? { ok: true, id: reply.id, revision: reply.revision, repeated: reply.repeated }
        : { ok: false, refusal: refusalOf(reply.rejection) };
    },
    query: async (def, input) => {
      const caller = await callerFor(who);
      const reply = await rpc.query(def, contextOf(caller, who, def.pattern), input);
      return reply.ok ? reply : { ok: false, refusal: refusalOf(reply.rejection) };
    },
    upload: async (commandId, caseId, file) => {
      if (blobs === undefined) throw new RangeError('this product keeps no attachments');
      const stored = await blobs.put(contextOf(await callerFor(who), who, 'case.putAttachment'), {
        commandId,
        caseId,
        mediaType: 'application/pdf',
        content: (async function* () {
          yield file;
          await Promise.resolve();
        })(),
      });
      return stored.ok ? stored : { ok: false, refusal: refusalOf(stored.error) };
    },
    download: async (caseId, blob, of = 'case') => {
      if (blobs === undefined || of === 'referral') throw new RangeError('this product keeps no attachments');
      const opened = await blobs.get(contextOf(await callerFor(who), who, 'case.getAttachment'), { caseId, blob });
      if (!opened.ok) return { ok: false, refusal: refusalOf(opened.error) };
      const { mediaType, content } = opened.value;
      const parts: Uint8Array[] = [];
      for await (const part of content) parts.push(part);
      return { ok: true, mediaType, file: Buffer.concat(parts) };
    },
  });

  return {
    actor,
    forget: () => {
      callers.clear();
    },
  };
};
