import type { DemoHint, GatewayAppOptions, GatewaySettingsInput } from '@toeverlaat/gateway';
import { createDemoIdp } from './demo-idp/index.js';
import { demoPeople } from './demo/index.js';
import type { Settings } from './settings.js';

/** The settings that say who signs people in. `data`: where the demonstration's provider keeps its key. */
export type SignInSettings = Pick<Settings, 'profile' | 'data' | 'oidcIssuer' | 'oidcAudience' | 'oidcJwks'>;

export type SignIn = {
  readonly oidc: GatewaySettingsInput['oidc'];
  readonly demo?: DemoHint;
  readonly mount?: NonNullable<GatewayAppOptions['mounts']>[number];
};

/** Where a provider publishes its keys when no other address is set (OpenID Connect Discovery's usual neighbour). */
const keysBeside = (issuer: string): string => `${issuer.replace(/\/$/u, '')}/jwks`;

/**
 * Whose tokens are accepted: the demonstration brings its own provider, production names yours.
 * @param origin where the product listens, known only once it does
 */
export const signInOf = async (settings: SignInSettings, origin: () => string): Promise<SignIn> => {
  const { profile, oidcIssuer, oidcAudience, oidcJwks } = settings;
  switch (profile) {
    case 'production':
      return {
        oidc: {
          issuer: oidcIssuer ?? '',
          audience: oidcAudience ?? '',
          jwks: oidcJwks ?? keysBeside(oidcIssuer ?? ''),
        },
      };
    case 'demonstration': {
      const idp = await createDemoIdp({ profile, dataFolder: settings.data, people: () => demoPeople });
      return {
        oidc: { issuer: idp.issuer, audience: idp.audience, jwks: { keys: [...idp.jwks.keys] } },
        // Asked for at each page: the port is known only once it listens.
        demo: {
          get signIn() {
            return idp.hint(origin()).signIn;
          },
          get tokenEndpoint() {
            return idp.hint(origin()).tokenEndpoint;
          },
          get clientId() {
            return idp.hint(origin()).clientId;
          },
          get people() {
            return idp.hint(origin()).people;
          },
        },
        mount: idp.mount,
      };
    }
  }
};
