import { z } from 'zod';

/** What the preparation is told; names as in `ProcessSettings`. */
export const prepareSettingsSchema = z.strictObject({
  owner: z.string().regex(/^postgres(?:ql)?:\/\/[^:@/]+@/u, 'postgres://owner@host:port/postgres, without a password'),
  ownerPasswordFile: z.string().min(1),
  name: z
    .string()
    .regex(/^[a-z][a-z0-9]{0,30}$/u, 'lower-case letters and digits')
    .default('toeverlaat'),
  into: z.string().min(1),
  keep: z.string().min(1),
  rootKey: z.string().min(1),
  publishedViews: z.string().min(1),
  /** `demonstration` plays it; `production` leaves the log as it is. */
  profile: z.enum(['demonstration', 'production']).default('demonstration'),
  cases: z.coerce.number().int().min(0).max(1_000_000).default(0),
  seed: z.coerce.number().int().min(0).default(1),
  /** Whose tokens the demonstration's people sign in with. */
  oidcIssuer: z.url().optional(),
  logLevel: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('warn'),
});
