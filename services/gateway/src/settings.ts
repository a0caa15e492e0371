import { languageSchema } from '@toeverlaat/contracts';
import { z } from 'zod';

const algorithms = ['ES256', 'ES384', 'RS256', 'PS256', 'EdDSA'] as const;

/** Settings of the gateway. A value that does not fit is refused with the name of the setting. */
export const gatewaySettingsSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  /** 0 takes a free port. */
  port: z.number().int().min(0).max(65_535).default(4000),
  oidc: z.strictObject({
    /** `iss` of every token, exactly. */
    issuer: z.url(),
    /** `aud` of every token: this product's resource indicator. */
    audience: z.string().min(1),
    /** Where the provider publishes its keys, or the keys themselves when the provider runs in this process. */
    jwks: z.union([z.url(), z.strictObject({ keys: z.array(z.record(z.string(), z.unknown())).min(1) })]),
    algorithms: z.array(z.enum(algorithms)).min(1).default(['ES256', 'RS256', 'PS256', 'EdDSA']),
    /** Seconds that the provider's clock may differ. */
    clockToleranceSeconds: z.number().int().min(0).max(60).default(5),
  }),
  /** 32 bytes, base64url: seals position tokens and page cursors. All replicas share it; a new one makes old tokens invalid, no more. */
  positionTokenKey: z.string().regex(/^[A-Za-z0-9_-]{43}$/, '32 bytes in base64url'),
  defaultLanguage: languageSchema.default('nl'),
  /** Milliseconds a service has to answer one question. */
  serviceTimeoutMs: z.number().int().min(50).max(60_000).default(10_000),
  /** Milliseconds a whole request may take to arrive. */
  requestTimeoutMs: z.number().int().min(100).max(120_000).default(30_000),
  /** Bytes of a GraphQL request. Free text is at most 64 KiB a field. */
  bodyLimit: z
    .number()
    .int()
    .min(1024)
    .default(512 * 1024),
  /** Milliseconds after which a receipt that was not accepted is answered, whatever was wrong with it. */
  receiptAnswerMs: z.number().int().min(0).max(5_000).default(400),
  /**
   * "Not found" is answered after this many milliseconds or a multiple of it: what belongs to somebody else takes longer to
   * find out than what is not there at all, and that must not show (design rule 10). Above what opening a large record takes.
   */
  notFoundAnswerMs: z.number().int().min(0).max(1_000).default(50),
  /** Wrong receipts that may follow each other at once, and how many more each minute brings. */
  receiptAttempts: z
    .strictObject({
      perPrefix: z.strictObject({ burst: z.number().int().min(1), perMinute: z.number().positive() }),
      all: z.strictObject({ burst: z.number().int().min(1), perMinute: z.number().positive() }),
    })
    .default({ perPrefix: { burst: 10, perMinute: 2 }, all: { burst: 200, perMinute: 60 } }),
  /** Milliseconds for which the directory's answer to "who is this" is used again. Content reads check anew in the service. */
  identityCacheMs: z.number().int().min(0).max(2_000).default(2_000),
});
export type GatewaySettings = z.output<typeof gatewaySettingsSchema>;
export type GatewaySettingsInput = z.input<typeof gatewaySettingsSchema>;

/** A setting that does not fit; the message names it. */
export class InvalidSetting extends Error {
  override readonly name = 'InvalidSetting';
  constructor(
    readonly setting: string,
    rule: string,
  ) {
    super(`setting gateway.${setting}: ${rule}`);
  }
}

/** @throws InvalidSetting with the name of the first setting that does not fit */
export const parseGatewaySettings = (input: unknown): GatewaySettings => {
  const parsed = gatewaySettingsSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InvalidSetting(issue?.path.map(String).join('.') ?? 'settings', issue?.message ?? 'invalid');
};
