import type { DemoHint } from '@toeverlaat/gateway';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { errors, Provider, type ResourceServer } from 'oidc-provider';
import { loadDemoKeys } from './keys.js';
import { createMemoryAdapter } from './memory-adapter.js';
import { donePage, pickPage, pickPolicy, problemPage } from './page.js';

/** Somebody the demonstration can sign in as. `name` is the token's subject. */
export type DemoPerson = { readonly name: string; readonly label: string };

/** Grants a script a token for a demonstration person by name; no browser, no password. */
export const DEMO_GRANT = 'urn:toeverlaat:grant:demo-person';
export const DEMO_AUDIENCE = 'urn:toeverlaat:api';
/**
 * `iss` of every demonstration token, whatever port the demonstration runs on: the directory knows people by issuer and
 * subject, and they must still be the same people when it starts on another port. Endpoints follow the request's host.
 */
export const DEMO_ISSUER = 'http://127.0.0.1:4000/idp';
export const DEMO_SCRIPT_CLIENT = 'demo-script';
export const DEMO_BROWSER_CLIENT = 'demo-browser';

const PREFIX = '/idp';
const TOKEN_SECONDS = 8 * 3_600;
const NAME = /^[a-z0-9][a-z0-9@.-]{0,79}$/;
const MAX_FORM = 4_096;

/** The demonstration's identity provider was asked for outside the demonstration. */
export class NotADemonstration extends Error {
  override readonly name = 'NotADemonstration';
  constructor(profile: string) {
    super(
      `setting profile: the built-in identity provider signs anybody in and is for the demonstration only, not for "${profile}"`,
    );
  }
}

export type DemoIdpOptions = {
  readonly profile: string;
  /** Where the signing key is kept. */
  readonly dataFolder: string;
  /** Read at each sign-in: people who are seeded later can sign in too. */
  readonly people: () => readonly DemoPerson[];
  /** Where browsers may be sent back to; loopback addresses on any port always may. */
  readonly redirectUris?: readonly string[];
};

export type DemoIdp = {
  readonly issuer: string;
  readonly audience: string;
  /** The public keys, for the gateway in the same process. */
  readonly jwks: { readonly keys: readonly Record<string, unknown>[] };
  /** Adds `/idp` to the gateway's server. */
  readonly mount: (server: FastifyInstance) => void;
  /** What the start page says. */
  readonly hint: (origin: string) => DemoHint;
};

const readForm = async (request: IncomingMessage): Promise<URLSearchParams> => {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > MAX_FORM) throw new RangeError('form too large');
  }
  return new URLSearchParams(text);
};

/**
 * An OpenID Connect provider for the demonstration, made with a certified library: authorisation code with PKCE and a
 * page to pick a person, and a grant for scripts. It asks for no password, so it refuses to exist outside the
 * demonstration.
 * @throws NotADemonstration, DemoKeysDamaged
 */
export const createDemoIdp = async (options: DemoIdpOptions): Promise<DemoIdp> => {
  if (options.profile !== 'demonstration') throw new NotADemonstration(options.profile);
  const { key, cookies } = await loadDemoKeys(options.dataFolder);
  const personNamed = (name: unknown): DemoPerson | undefined =>
    typeof name === 'string' && NAME.test(name) ? options.people().find((person) => person.name === name) : undefined;

  const resourceServer: ResourceServer = {
    audience: DEMO_AUDIENCE,
    scope: '',
    accessTokenTTL: TOKEN_SECONDS,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'ES256' } },
  };

  const provider = new Provider(DEMO_ISSUER, {
    adapter: createMemoryAdapter(),
    clients: [
      {
        client_id: DEMO_BROWSER_CLIENT,
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code'],
        response_types: ['code'],
        redirect_uris: [
          'http://127.0.0.1/idp/done',
          'http://localhost/idp/done',
          'http://127.0.0.1/signed-in',
          'http://localhost/signed-in',
          ...(options.redirectUris ?? []),
        ],
        id_token_signed_response_alg: 'ES256',
      },
      {
        client_id: DEMO_SCRIPT_CLIENT,
        token_endpoint_auth_method: 'none',
        grant_types: [DEMO_GRANT],
        response_types: [],
        redirect_uris: [],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    jwks: { keys: [key] },
    cookies: { keys: [cookies] },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    scopes: ['openid'],
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => DEMO_AUDIENCE,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, resource) => {
          if (resource !== DEMO_AUDIENCE) throw new errors.InvalidTarget();
          return resourceServer;
        },
      },
    },
    ttl: {
      AccessToken: TOKEN_SECONDS,
      AuthorizationCode: 60,
      Grant: TOKEN_SECONDS,
      IdToken: 3_600,
      Interaction: 600,
      Session: TOKEN_SECONDS,
    },
    interactions: { url: (_ctx, interaction) => `${PREFIX}/pick/${interaction.uid}` },
    findAccount: (_ctx, sub) =>
      personNamed(sub) === undefined ? undefined : { accountId: sub, claims: () => Promise.resolve({ sub }) },
    // Everything there is to agree to is the demonstration itself.
    loadExistingGrant: async (ctx) => {
      const { client, session, provider: own } = ctx.oidc;
      if (client === undefined || session?.accountId === undefined) return undefined;
      const grant = new own.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid');
      grant.addResourceScope(DEMO_AUDIENCE, '');
      await grant.save();
      return grant;
    },
    renderError: (ctx, out) => {
      ctx.type = 'html';
      ctx.set('content-security-policy', pickPolicy);
      ctx.body = problemPage(out.error_description ?? out.error);
    },
  });

  provider.registerGrantType<{ person?: string }>(
    DEMO_GRANT,
    async (ctx) => {
      const { client, params, provider: own } = ctx.oidc;
      const person = personNamed(params.person);
      if (person === undefined) throw new errors.InvalidRequest('no such demonstration person');
      const grant = new own.Grant({ clientId: client.clientId, accountId: person.name });
      grant.addResourceScope(DEMO_AUDIENCE, '');
      const token = new own.AccessToken({
        client,
        accountId: person.name,
        grantId: await grant.save(),
        gty: DEMO_GRANT,
        resourceServer: new own.ResourceServer(DEMO_AUDIENCE, resourceServer),
      });
      ctx.oidc.entity('AccessToken', token);
      ctx.body = { access_token: await token.save(), expires_in: token.expiration, token_type: token.tokenType };
    },
    ['person'],
  );

  const handle = provider.callback();

  const page = (reply: FastifyReply, html: string, status = 200): void => {
    void reply
      .code(status)
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-security-policy', pickPolicy)
      .send(html);
  };

  /** Gives the raw request to the library, which knows its paths without the prefix. */
  const pass = (request: FastifyRequest, reply: FastifyReply): void => {
    const raw: IncomingMessage & { originalUrl?: string } = request.raw;
    raw.originalUrl = raw.url ?? PREFIX;
    raw.url = raw.originalUrl.slice(PREFIX.length) || '/';
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined && name !== 'content-security-policy') reply.raw.setHeader(name, value);
    void handle(request.raw, reply.raw);
  };

  const mount = (server: FastifyInstance): void => {
    void server.register(
      (idp, _options, done) => {
        // The library reads bodies itself.
        idp.removeAllContentTypeParsers();
        idp.addContentTypeParser('*', (_request, _payload, parsed) => {
          parsed(null, undefined);
        });
        idp.get<{ Params: { uid: string } }>('/pick/:uid', async (request, reply) => {
          try {
            const { uid } = await provider.interactionDetails(request.raw, reply.raw);
            page(reply, pickPage(`${PREFIX}/pick/${uid}`, options.people()));
          } catch {
            page(reply, problemPage('This sign-in has expired. Start again.'), 400);
          }
          return reply;
        });
        idp.post<{ Params: { uid: string } }>('/pick/:uid', async (request, reply) => {
          try {
            const person = personNamed((await readForm(request.raw)).get('person'));
            if (person === undefined) {
              page(reply, problemPage('There is no such person in this demonstration.'), 400);
              return reply;
            }
            const next = await provider.interactionResult(request.raw, reply.raw, {
              login: { accountId: person.name },
              // A native client always asks to agree; picking is agreeing.
              consent: {},
            });
            void reply.code(303).header('location', next).send();
          } catch {
            page(reply, problemPage('This sign-in has expired. Start again.'), 400);
          }
          return reply;
        });
        idp.get('/done', (_request, reply) => {
          page(reply, donePage());
        });
        idp.all('/*', pass);
        done();
      },
      { prefix: PREFIX },
    );
  };

  const { d: _private, ...publicKey } = key;
  return {
    issuer: DEMO_ISSUER,
    audience: DEMO_AUDIENCE,
    jwks: { keys: [publicKey] },
    mount,
    hint: (origin) => ({
      signIn: `${PREFIX}/auth?client_id=${DEMO_BROWSER_CLIENT}&response_type=code&scope=openid&redirect_uri=${encodeURIComponent(`${origin}${PREFIX}/done`)}&code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM`,
      tokenEndpoint: `${origin}${PREFIX}/token`,
      clientId: DEMO_SCRIPT_CLIENT,
      people: options.people(),
    }),
  };
};

/**
 * A token for a demonstration person, over HTTP as any script gets one.
 * @param base where the product runs, such as `http://127.0.0.1:4000`
 * @throws Error when the provider refuses
 */
export const demoToken = async (base: string, person: string): Promise<string> => {
  const response = await fetch(`${base}${PREFIX}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: DEMO_GRANT, client_id: DEMO_SCRIPT_CLIENT, person }),
  });
  const body = (await response.json()) as { access_token?: unknown; error_description?: unknown };
  if (typeof body.access_token !== 'string')
    throw new Error(`no token for ${person}: ${String(body.error_description ?? response.status)}`);
  return body.access_token;
};
