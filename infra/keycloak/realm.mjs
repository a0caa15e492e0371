// Writes the realm of the demonstration: its people, one client for a browser and scripts, the claims the gateway expects.
// realm.mjs [--check]: compares with what is committed.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { demoPeople, DEMO_AUDIENCE } from '../../services/standalone/dist/index.js';

const file = fileURLToPath(new URL('realm.json', import.meta.url));

/** What `sub` is: the name under which the directory knows them, `lies@gentia`. */
const userOf = ({ name }) => ({
  username: name,
  enabled: true,
  email: `${name.replace('@', '.')}@example.org`,
  emailVerified: true,
  firstName: name.slice(0, name.indexOf('@')),
  // Keycloak takes no brackets in a name, and without a name nobody gets in.
  lastName: name.slice(name.indexOf('@') + 1),
  // A demonstration signs anybody in; never a realm to copy.
  credentials: [{ type: 'password', value: 'demonstration', temporary: false }],
  requiredActions: [],
});

export const realm = {
  realm: 'toeverlaat',
  enabled: true,
  sslRequired: 'external',
  registrationAllowed: false,
  accessTokenLifespan: 600,
  clients: [
    {
      clientId: 'toeverlaat-web',
      name: 'Toeverlaat',
      enabled: true,
      publicClient: true,
      standardFlowEnabled: true,
      directAccessGrantsEnabled: true,
      implicitFlowEnabled: false,
      serviceAccountsEnabled: false,
      redirectUris: ['http://127.0.0.1:4000/*', 'http://localhost:4000/*'],
      webOrigins: ['http://127.0.0.1:4000', 'http://localhost:4000'],
      attributes: { 'pkce.code.challenge.method': 'S256', 'access.token.header.type.rfc9068': 'true' },
      // `basic` would make `sub` an id of Keycloak's own.
      defaultClientScopes: [],
      optionalClientScopes: [],
      protocolMappers: [
        {
          name: 'subject',
          protocol: 'openid-connect',
          protocolMapper: 'oidc-usermodel-attribute-mapper',
          config: {
            'user.attribute': 'username',
            'claim.name': 'sub',
            'jsonType.label': 'String',
            'access.token.claim': 'true',
            'id.token.claim': 'true',
            'userinfo.token.claim': 'true',
          },
        },
        {
          name: 'audience',
          protocol: 'openid-connect',
          protocolMapper: 'oidc-audience-mapper',
          config: {
            'included.custom.audience': DEMO_AUDIENCE,
            'access.token.claim': 'true',
            'id.token.claim': 'false',
          },
        },
      ],
    },
  ],
  users: demoPeople.map(userOf),
};

const text = `${JSON.stringify(realm, null, 2)}\n`;
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) {
    console.error('infra/keycloak/realm.json is not what the demonstration has: node infra/keycloak/realm.mjs');
    process.exit(1);
  }
} else writeFileSync(file, text);
