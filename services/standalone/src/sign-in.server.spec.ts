import { describeWith } from '@toeverlaat/testing/needs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { compose, type Product } from './compose.js';
import { DEMO_AUDIENCE } from './demo-idp/index.js';
import { demoPeople } from './demo/index.js';
import { foundDemonstration } from './demonstration.js';
import { readSettings } from './settings.js';

/*
 * Signing in at an OpenID Connect provider that others made: Keycloak with the realm of infra/keycloak, which
 * infra/keycloak/with-keycloak.mjs starts.
 */

const capacity = z.object({ id: z.string(), role: z.string(), organisation: z.string() });
const answerSchema = z.object({
  data: z.object({ me: z.object({ capacities: z.array(capacity), acting: capacity.nullable() }) }).nullish(),
  errors: z.array(z.object({ extensions: z.object({ code: z.string() }) })).optional(),
});
const tokenSchema = z.object({ access_token: z.string(), expires_in: z.number() });

const TIMEOUT_MS = 180_000;

describeWith('keycloak', 'signing in at Keycloak', (issuer) => {
  let product: Product;
  let url: string;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'toeverlaat-keycloak-'));
    const settings = readSettings(['--data', folder, '--port', '0', '--log-level', 'silent'], {});
    if (!settings.ok) throw new Error(settings.error.help);
    product = await compose(settings.value, {
      memory: true,
      timersEveryMs: 0,
      gateway: {
        oidc: {
          issuer,
          audience: DEMO_AUDIENCE,
          jwks: `${issuer}/protocol/openid-connect/certs`,
          clockToleranceSeconds: 0,
        },
      },
    });
    await foundDemonstration(product, issuer);
    ({ url } = await product.listen());
  }, TIMEOUT_MS);
  afterAll(async () => {
    await product.stop();
    rmSync(folder, { recursive: true, force: true });
  }, TIMEOUT_MS);

  const tokenOf = async (username: string, client = 'toeverlaat-web', at = issuer) => {
    const response = await fetch(`${at}/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'password',
        client_id: client,
        username,
        password: 'demonstration',
        scope: 'openid',
      }),
    });
    return tokenSchema.parse(await response.json());
  };
  const me = async (token: string, capacityId?: string) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${token}`,
        ...(capacityId === undefined ? {} : { 'toeverlaat-capacity': capacityId }),
      },
      body: JSON.stringify({
        query: '{ me { capacities { id role organisation } acting { id role organisation } } }',
      }),
    });
    return answerSchema.parse(await response.json());
  };
  const refusalOf = async (token: string) => (await me(token)).errors?.map(({ extensions }) => extensions.code);

  it(
    'lets each of the demonstration’s people in, in every capacity that is theirs',
    async () => {
      const roles = new Set<string>();
      for (const { name } of demoPeople) {
        const { access_token: token } = await tokenOf(name);
        const capacities = (await me(token)).data?.me.capacities ?? [];
        expect(capacities.length, `${name}`).toBeGreaterThan(0);
        for (const one of capacities) {
          const acting = await me(token, one.id);
          expect(acting.data?.me.acting, `${name}`).toEqual(one);
          roles.add(one.role);
        }
      }
      expect([...roles].toSorted()).toEqual([
        'administrator',
        'auditor',
        'committee_member',
        'counsellor',
        'data_protection_officer',
        'employer',
        'head_internal_service',
        'participant',
        'platform_operator',
        'prevention_adviser',
        'records_manager',
        'worker',
      ]);
    },
    TIMEOUT_MS,
  );

  it(
    'refuses a token that is meant for somebody else, of another issuer, changed, or over, each by name',
    async () => {
      expect(await refusalOf((await tokenOf('lies@gentia', 'somebody-else')).access_token)).toEqual([
        'TOKEN_OTHER_AUDIENCE',
      ]);
      // The same Keycloak under another name is another issuer, with the same keys.
      const elsewhere = issuer.replace('127.0.0.1', 'localhost');
      expect(await refusalOf((await tokenOf('lies@gentia', 'toeverlaat-web', elsewhere)).access_token)).toEqual([
        'TOKEN_OTHER_ISSUER',
      ]);
      const { access_token: good } = await tokenOf('lies@gentia');
      const [head = '', body = '', signature = ''] = good.split('.');
      const claims = z.looseObject({}).parse(JSON.parse(Buffer.from(body, 'base64url').toString()));
      const changed = Buffer.from(JSON.stringify({ ...claims, sub: 'ann@gentia' })).toString('base64url');
      expect(await refusalOf([head, changed, signature].join('.'))).toEqual(['TOKEN_INVALID']);

      const { access_token: short, expires_in: seconds } = await tokenOf('lies@gentia', 'a-second');
      expect(seconds).toBe(1);
      // Taken until it is over, then refused for ever; how long that takes is the provider's.
      await expect.poll(() => refusalOf(short), { timeout: 120_000, interval: 200 }).toEqual(['TOKEN_EXPIRED']);
      expect(await refusalOf(good)).toBeUndefined();
    },
    TIMEOUT_MS,
  );
});
