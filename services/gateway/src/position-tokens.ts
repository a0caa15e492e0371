import { organisationIdSchema, positionSchema, serviceNameSchema } from '@toeverlaat/contracts';
import { z } from 'zod';
import { createSealedBox } from './sealed-box.js';

const contentSchema = z.strictObject({
  service: serviceNameSchema,
  position: positionSchema,
  organisation: organisationIdSchema,
});
export type TokenContent = z.output<typeof contentSchema>;

export type PositionTokens = {
  readonly seal: (content: TokenContent) => string;
  /** Undefined for anything that this gateway's key did not seal. */
  readonly open: (token: string) => TokenContent | undefined;
};

/** A token is always this long before it is sealed: its length tells nothing about the position in it. */
const PADDED = 192;

/**
 * Position tokens (design rule 9): opaque, because a bare position counts everybody's events and so tells of cases that
 * the caller may not know to exist (rule 10).
 * @param key 32 bytes that all replicas of the gateway share
 */
export const createPositionTokens = (key: Uint8Array): PositionTokens => {
  const box = createSealedBox(key, 'toeverlaat position token v1', PADDED);
  return {
    seal: ({ service, position, organisation }) => box.seal(JSON.stringify({ service, position, organisation })),
    open: (token) => {
      const plain = box.open(token);
      if (plain === undefined) return undefined;
      const parsed = contentSchema.safeParse(JSON.parse(plain));
      return parsed.success ? parsed.data : undefined;
    },
  };
};
