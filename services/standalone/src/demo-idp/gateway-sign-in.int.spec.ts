import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRpcClient } from '@toeverlaat/contracts';
import { createGatewayApp, parseGatewaySettings, type GatewayApp } from '@toeverlaat/gateway';
import { silentLogger } from '@toeverlaat/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDemoIdp, demoToken } from './index.js';

let folder: string;
let gateway: GatewayApp;
let url: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'demo-sign-in-'));
  const idp = await createDemoIdp({
    profile: 'demonstration',
    dataFolder: folder,
    people: () => [{ name: 'lies@gentia', label: 'Lies' }],
  });
  gateway = await createGatewayApp({
    settings: parseGatewaySettings({
      port: 0,
      oidc: { issuer: idp.issuer, audience: idp.audience, jwks: idp.jwks },
      positionTokenKey: Buffer.alloc(32).toString('base64url'),
    }),
    rpc: createRpcClient((pattern, message) =>
      Promise.resolve(
        pattern === 'directory.identity' && JSON.stringify(message).includes('"subject":"lies@gentia"')
          ? {
              ok: true,
              stale: false,
              value: {
                persons: [
                  {
                    organisation: 'gentia',
                    person: 'p-1',
                    capacities: [
                      {
                        id: 'c-1',
                        role: 'auditor',
                        organisation: 'gentia',
                        sites: 'all',
                        pseudonym: 'pseudo',
                        label: 'Auditor',
                      },
                    ],
                  },
                ],
              },
            }
          : { ok: false, rejection: { kind: 'Unavailable', detail: 'not in this test' } },
      ),
    ),
    logger: silentLogger(),
    mounts: [idp.mount],
    demo: idp.hint('http://127.0.0.1:4000'),
  });
  ({ url } = await gateway.listen());
});
afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

describe('a demonstration person at the gateway', () => {
  it('gets a token on the gateway’s own port and acts with it', async () => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await demoToken(url, 'lies@gentia')}`,
        'toeverlaat-capacity': 'c-1',
      },
      body: JSON.stringify({ query: '{ me { role organisation acting { id } } }' }),
    });
    expect(await response.json()).toEqual({
      data: { me: { role: 'auditor', organisation: 'gentia', acting: { id: 'gentia/c-1' } } },
    });
  });

  it('finds on the start page how to sign in', async () => {
    const html = await (await fetch(url, { headers: { 'accept-language': 'en' } })).text();
    expect(html).toContain('lies@gentia');
    expect(html).toContain('grant_type=urn:toeverlaat:grant:demo-person');
    expect((await fetch(`${url}/idp/.well-known/openid-configuration`)).status).toBe(200);
  });
});
