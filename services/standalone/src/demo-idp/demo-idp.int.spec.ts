import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createDemoIdp,
  DEMO_AUDIENCE,
  DEMO_BROWSER_CLIENT,
  DEMO_GRANT,
  DEMO_ISSUER,
  DEMO_SCRIPT_CLIENT,
  demoToken,
  NotADemonstration,
  type DemoIdp,
} from './index.js';

const people = [
  { name: 'lies@gentia', label: 'Vertrouwenspersoon' },
  { name: 'lies@zorgnet', label: 'Auditor' },
];

let folder: string;
let server: FastifyInstance;
let idp: DemoIdp;
let base: string;

const start = async (): Promise<void> => {
  idp = await createDemoIdp({ profile: 'demonstration', dataFolder: folder, people: () => people });
  server = Fastify();
  idp.mount(server);
  base = await server.listen({ port: 0, host: '127.0.0.1' });
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'demo-idp-'));
  await start();
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const verified = (token: string) =>
  jwtVerify(token, createLocalJWKSet(idp.jwks as JSONWebKeySet), {
    issuer: DEMO_ISSUER,
    audience: DEMO_AUDIENCE,
    algorithms: ['ES256'],
  });

const form = (body: Record<string, string>) =>
  fetch(`${base}/idp/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(body),
  });

/** Cookies as a browser keeps them, for one host. */
const createBrowser = () => {
  const jar = new Map<string, string>();
  return async (url: string, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(new URL(url, base), {
      redirect: 'manual',
      ...init,
      headers: {
        ...(init.headers as Record<string, string> | undefined),
        cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
      },
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';');
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    return response;
  };
};

describe('the demonstration’s identity provider', () => {
  it.each(['production', '', 'demo', 'Demonstration'])('refuses to exist for profile %j', async (profile) => {
    await expect(createDemoIdp({ profile, dataFolder: folder, people: () => people })).rejects.toThrow(
      NotADemonstration,
    );
  });

  it('gives a script an access token for a person by name', async () => {
    const { payload, protectedHeader } = await verified(await demoToken(base, 'lies@gentia'));
    expect(payload).toMatchObject({
      sub: 'lies@gentia',
      iss: DEMO_ISSUER,
      aud: DEMO_AUDIENCE,
      client_id: DEMO_SCRIPT_CLIENT,
    });
    expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
    expect((await verified(await demoToken(base, 'lies@zorgnet'))).payload.sub).toBe('lies@zorgnet');
  });

  it('knows nobody else, no other client, no other resource', async () => {
    await expect(demoToken(base, 'mallory')).rejects.toThrow('no such demonstration person');
    await expect(demoToken(base, '<script>')).rejects.toThrow('no such demonstration person');
    expect((await form({ grant_type: DEMO_GRANT, client_id: 'other', person: 'lies@gentia' })).status).toBe(401);
    expect((await form({ grant_type: DEMO_GRANT, client_id: DEMO_BROWSER_CLIENT, person: 'lies@gentia' })).status).toBe(
      400,
    );
    expect((await form({ grant_type: 'client_credentials', client_id: DEMO_SCRIPT_CLIENT })).status).toBe(400);
  });

  it('publishes its public key only, and endpoints where it is reached', async () => {
    const keys = (await (await fetch(`${base}/idp/jwks`)).json()) as { keys: Record<string, unknown>[] };
    expect(keys.keys).toHaveLength(1);
    expect(keys.keys[0]).not.toHaveProperty('d');
    expect(idp.jwks.keys[0]).not.toHaveProperty('d');
    expect(idp.jwks.keys[0]).toMatchObject({ kid: keys.keys[0]?.['kid'] });
    const discovery = (await (await fetch(`${base}/idp/.well-known/openid-configuration`)).json()) as Record<
      string,
      string
    >;
    expect(discovery['issuer']).toBe(DEMO_ISSUER);
    expect(discovery['token_endpoint']).toBe(`${base}/idp/token`);
    expect(discovery['authorization_endpoint']).toBe(`${base}/idp/auth`);
  });

  it('keeps its key for the next start, readable by its owner only', async () => {
    const token = await demoToken(base, 'lies@gentia');
    await server.close();
    await start();
    expect((await verified(token)).payload.sub).toBe('lies@gentia');
    expect(statSync(join(folder, 'demo-idp.json')).mode & 0o777).toBe(0o600);
    writeFileSync(join(folder, 'demo-idp.json'), '{"key":1}');
    await expect(createDemoIdp({ profile: 'demonstration', dataFolder: folder, people: () => people })).rejects.toThrow(
      /demo-idp\.json is damaged/,
    );
  });

  it('signs a browser in: pick a person, come back with a code, trade it with the verifier', async () => {
    const browse = createBrowser();
    const verifier = randomBytes(32).toString('base64url');
    const redirect = 'http://127.0.0.1:5173/signed-in';
    const query = new URLSearchParams({
      client_id: DEMO_BROWSER_CLIENT,
      response_type: 'code',
      scope: 'openid',
      redirect_uri: redirect,
      state: 's1',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    const started = await browse(`/idp/auth?${query.toString()}`);
    expect(started.status).toBe(303);
    const pick = started.headers.get('location') ?? '';
    expect(pick).toContain('/idp/pick/');
    const page = await browse(pick);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await page.text();
    expect(html).toContain('lies@zorgnet');
    expect(html).not.toContain('<script');
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await browse(pick, { method: 'POST', headers, body: 'person=mallory' })).status).toBe(400);
    const picked = await browse(pick, { method: 'POST', headers, body: 'person=lies%40zorgnet' });
    expect(picked.status).toBe(303);
    const back = await browse(picked.headers.get('location') ?? '');
    const target = new URL(back.headers.get('location') ?? '');
    expect(`${target.origin}${target.pathname}`).toBe(redirect);
    expect(target.searchParams.get('state')).toBe('s1');
    const code = target.searchParams.get('code') ?? '';
    const trade = (code_verifier: string) =>
      form({
        grant_type: 'authorization_code',
        client_id: DEMO_BROWSER_CLIENT,
        code,
        redirect_uri: redirect,
        code_verifier,
      });
    const { access_token } = (await (await trade(verifier)).json()) as { access_token: string };
    expect((await verified(access_token)).payload).toMatchObject({ sub: 'lies@zorgnet', aud: DEMO_AUDIENCE });
    expect((await trade(verifier)).status).toBe(400);
  });

  it('demands PKCE and a known place to go back to', async () => {
    const browse = createBrowser();
    const without = await browse(
      `/idp/auth?client_id=${DEMO_BROWSER_CLIENT}&response_type=code&scope=openid&redirect_uri=${encodeURIComponent('http://127.0.0.1:1/signed-in')}`,
    );
    expect(without.headers.get('location')).toContain('error=invalid_request');
    const elsewhere = await browse(
      `/idp/auth?client_id=${DEMO_BROWSER_CLIENT}&response_type=code&scope=openid&redirect_uri=${encodeURIComponent('https://evil.test/')}&code_challenge=x&code_challenge_method=S256`,
    );
    expect(elsewhere.status).toBe(400);
    expect(elsewhere.headers.get('content-type')).toContain('text/html');
    expect((await browse('/idp/pick/unknown')).status).toBe(400);
  });
});
