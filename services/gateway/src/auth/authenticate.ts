import type { PersonCaller } from '@toeverlaat/access';
import {
  authenticateReceiptQuery,
  gatewayCaller,
  identityQuery,
  organisationIdSchema,
  type Identity,
  type Language,
  type RequestContext,
  type RpcClient,
} from '@toeverlaat/contracts';
import type { OrganisationId } from '@toeverlaat/values';
import { GatewayProblem } from '../problems.js';
import type { Authenticated } from '../scope.js';
import type { GatewaySettings } from '../settings.js';
import { callerOf, capacityChoices } from './capacities.js';
import { createReceiptGate, type ReceiptGateOptions } from './receipts.js';
import { createTokenVerifier, type Subject, type TokenVerifierOptions } from './tokens.js';

/** The headers that say who asks and as what. */
export type CallerHeaders = {
  readonly authorization: string | undefined;
  readonly capacity: string | undefined;
  readonly organisation: string | undefined;
};

export type Authenticator = (headers: CallerHeaders, requestId: string, language: Language) => Promise<Authenticated>;

export type AuthenticatorOptions = {
  readonly settings: GatewaySettings;
  readonly rpc: RpcClient;
  readonly tokens?: Pick<TokenVerifierOptions, 'now' | 'keys'>;
  readonly receipts?: Pick<ReceiptGateOptions, 'now' | 'wait'>;
  /** Milliseconds, never going back. */
  readonly monotonic?: () => number;
};

const MAX_IDENTITIES = 10_000;

/** The context of the questions that come before there is a caller. */
export const gatewayContext = (requestId: string, language: Language): RequestContext => ({
  requestId,
  correlationId: requestId,
  caller: gatewayCaller,
  purpose: 'operate',
  language,
});

const organisationOf = (header: string): OrganisationId => {
  const parsed = organisationIdSchema.safeParse(header);
  if (!parsed.success) throw new GatewayProblem('BAD_HEADER', { header: 'toeverlaat-organisation', form: 'gentia' });
  return parsed.data;
};

/** Someone without an account: may see the counsellors of an organisation and send a request, and with a receipt follow it. */
const withoutAccount = (organisation: OrganisationId, receipt?: { readonly lookupId: string }): PersonCaller => ({
  role: 'anonymous_worker',
  organisation,
  pseudonym: 'anonymous',
  capacityId: receipt === undefined ? 'public' : 'receipt',
  sites: 'all',
  ...(receipt === undefined ? {} : { receipt: { lookupId: receipt.lookupId } }),
});

/**
 * Finds out who asks, in which one capacity (design rule 11): a bearer token and a chosen capacity, a receipt, an
 * organisation's public door, or nobody yet.
 */
export const createAuthenticator = (options: AuthenticatorOptions): Authenticator => {
  const { settings, rpc, monotonic = () => performance.now() } = options;
  const verifier = createTokenVerifier({ oidc: settings.oidc, ...options.tokens });
  const gate = createReceiptGate({ ...settings, ...options.receipts });
  const identities = new Map<string, { readonly since: number; readonly answer: Promise<Identity> }>();

  const askIdentity = async (subject: Subject, requestId: string, language: Language): Promise<Identity> => {
    const reply = await rpc.query(identityQuery, gatewayContext(requestId, language), {
      issuer: subject.issuer,
      subject: subject.subject,
    });
    if (!reply.ok) throw new GatewayProblem('SERVICE_UNAVAILABLE');
    return reply.value;
  };

  const identityOf = async (subject: Subject, requestId: string, language: Language): Promise<Identity> => {
    const key = `${subject.issuer} ${subject.subject}`;
    const at = monotonic();
    const known = identities.get(key);
    if (known !== undefined && at - known.since < settings.identityCacheMs) return known.answer;
    const entry = { since: at, answer: askIdentity(subject, requestId, language) };
    identities.delete(key);
    identities.set(key, entry);
    if (identities.size > MAX_IDENTITIES)
      for (const oldest of identities.keys()) if (identities.size > MAX_IDENTITIES) identities.delete(oldest);
    try {
      return await entry.answer;
    } catch (error) {
      if (identities.get(key) === entry) identities.delete(key);
      throw error;
    }
  };

  const chosen = (identity: Identity, capacity: string): PersonCaller => {
    const choices = capacityChoices(identity);
    const exact = choices.find((choice) => choice.id === capacity);
    // The directory's own id is enough where it is not ambiguous.
    const short = choices.filter(
      (choice) => choice.choice.id === capacity && choice.id === `${choice.organisation}/${capacity}`,
    );
    const found = exact ?? (short.length === 1 ? short[0] : undefined);
    if (found === undefined) throw new GatewayProblem('NO_SUCH_CAPACITY');
    return callerOf(found);
  };

  return async ({ authorization, capacity, organisation }, requestId, language) => {
    if (authorization === undefined) {
      if (capacity !== undefined) throw new GatewayProblem('NO_SUCH_CAPACITY');
      if (organisation === undefined) return { role: 'base', caller: undefined, identity: undefined };
      return { role: 'anonymous_worker', caller: withoutAccount(organisationOf(organisation)), identity: undefined };
    }
    const space = authorization.indexOf(' ');
    const scheme = authorization.slice(0, space).toLowerCase();
    const credentials = authorization.slice(space + 1).trim();
    switch (scheme) {
      case 'bearer': {
        const subject = await verifier.verify(credentials);
        const identity = await identityOf(subject, requestId, language);
        if (capacity === undefined) return { role: 'base', caller: undefined, identity };
        const caller = chosen(identity, capacity);
        return { role: caller.role, caller, identity };
      }
      case 'receipt': {
        const named = organisation === undefined ? undefined : organisationOf(organisation);
        const caller = await gate.pass(credentials, async (receipt) => {
          const reply = await rpc.query(authenticateReceiptQuery, gatewayContext(requestId, language), {
            ...receipt,
            ...(named === undefined ? {} : { organisation: named }),
          });
          // Out of reach is not wrong: it costs no attempt.
          if (!reply.ok) throw new GatewayProblem('SERVICE_UNAVAILABLE');
          return reply.value.ok && (named === undefined || reply.value.organisation === named)
            ? withoutAccount(reply.value.organisation, { lookupId: receipt.lookupId })
            : undefined;
        });
        return { role: caller.role, caller, identity: undefined };
      }
      default:
        throw new GatewayProblem('BAD_HEADER', { header: 'authorization', form: 'Bearer … / Receipt …' });
    }
  };
};
