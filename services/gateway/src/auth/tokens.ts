import { createHash } from 'node:crypto';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeJwt,
  errors,
  jwtVerify,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose';
import { GatewayProblem } from '../problems.js';
import type { GatewaySettings } from '../settings.js';

export type Subject = { readonly issuer: string; readonly subject: string };

export type TokenVerifier = {
  /** @throws GatewayProblem that says what is wrong with the token */
  readonly verify: (token: string) => Promise<Subject>;
};

export type TokenVerifierOptions = Pick<GatewaySettings, 'oidc'> & {
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  readonly keys?: JWTVerifyGetKey;
};

/** Verified tokens remembered at a time: checking a signature costs more than the rest of a small request. */
const MAX_REMEMBERED = 10_000;
const MAX_TOKEN_LENGTH = 8_192;

const keysOf = (jwks: GatewaySettings['oidc']['jwks']): JWTVerifyGetKey =>
  typeof jwks === 'string'
    ? createRemoteJWKSet(new URL(jwks), { timeoutDuration: 3_000, cooldownDuration: 10_000, cacheMaxAge: 600_000 })
    : createLocalJWKSet(jwks as JSONWebKeySet);

/** Verifies OIDC access tokens (RFC 9068) against the provider's keys: issuer, audience, time, a short list of algorithms. */
export const createTokenVerifier = ({
  oidc,
  now = Date.now,
  keys = keysOf(oidc.jwks),
}: TokenVerifierOptions): TokenVerifier => {
  const remembered = new Map<string, Subject & { readonly until: number }>();

  const check = async (token: string): Promise<Subject & { readonly until: number }> => {
    let issuer: string | undefined;
    try {
      issuer = decodeJwt(token).iss;
    } catch (error) {
      throw new GatewayProblem('TOKEN_INVALID', {}, { cause: error });
    }
    // Another provider's token carries another provider's key: say so before its signature fails to fit ours.
    if (issuer !== oidc.issuer) throw new GatewayProblem('TOKEN_OTHER_ISSUER');
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: oidc.issuer,
        audience: oidc.audience,
        algorithms: [...oidc.algorithms],
        clockTolerance: oidc.clockToleranceSeconds,
        requiredClaims: ['exp', 'sub'],
        currentDate: new Date(now()),
      });
      const { sub, exp } = payload;
      if (sub === undefined || exp === undefined) throw new GatewayProblem('TOKEN_INVALID');
      return { issuer: oidc.issuer, subject: sub, until: (exp + oidc.clockToleranceSeconds) * 1_000 };
    } catch (error) {
      if (error instanceof GatewayProblem) throw error;
      if (error instanceof errors.JWTExpired) throw new GatewayProblem('TOKEN_EXPIRED');
      if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud')
        throw new GatewayProblem('TOKEN_OTHER_AUDIENCE');
      if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError))
        throw new GatewayProblem('IDENTITY_PROVIDER_UNAVAILABLE', {}, { cause: error });
      throw new GatewayProblem('TOKEN_INVALID', {}, { cause: error });
    }
  };

  return {
    verify: async (token) => {
      if (token.length > MAX_TOKEN_LENGTH) throw new GatewayProblem('TOKEN_INVALID');
      // The hash stands for the token, so that a dump of this memory signs nobody in.
      const key = createHash('sha256').update(token).digest('base64url');
      const known = remembered.get(key);
      if (known !== undefined) {
        if (known.until > now()) return known;
        remembered.delete(key);
        throw new GatewayProblem('TOKEN_EXPIRED');
      }
      const checked = await check(token);
      remembered.set(key, checked);
      if (remembered.size > MAX_REMEMBERED)
        for (const oldest of remembered.keys()) if (remembered.size > MAX_REMEMBERED) remembered.delete(oldest);
      return checked;
    },
  };
};
