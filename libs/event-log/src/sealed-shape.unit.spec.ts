import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSealedShape, sealedValueSchema } from './sealed.js';

const good = {
  v: 1,
  alg: 'A256GCM',
  keys: ['k1', 'k2'],
  ctx: { organisation: 'gentia', stream: 'case.case-gentia_1', eventId: 'e', type: 'case.X.v1', path: 'kind' },
  iv: 'AAAAAAAAAAAAAAAA',
  ct: 'abcd-_',
};

describe('isSealedShape', () => {
  it('gives the verdict of the schema', () => {
    const odd = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.integer(),
      fc.constant(null),
      fc.array(fc.string(), { maxLength: 10 }),
      fc.object(),
    );
    const change = fc.tuple(
      fc.constantFrom('v', 'alg', 'keys', 'ctx', 'iv', 'ct', 'more'),
      fc.option(odd, { nil: undefined }),
    );
    const inner = fc.tuple(
      fc.constantFrom('organisation', 'stream', 'eventId', 'type', 'path', 'more'),
      fc.option(odd, { nil: undefined }),
    );
    const apply = (base: object, [key, value]: readonly [string, unknown]): object =>
      value === undefined
        ? Object.fromEntries(Object.entries(base).filter(([name]) => name !== key))
        : { ...base, [key]: value };
    expect(isSealedShape(good)).toBe(true);
    fc.assert(
      fc.property(fc.option(change), fc.option(inner), (outer, within) => {
        const base = within === null ? good : { ...good, ctx: apply(good.ctx, within) };
        const value = outer === null ? base : apply(base, outer);
        expect(isSealedShape(value)).toBe(sealedValueSchema.safeParse(value).success);
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(odd, (value) => {
        expect(isSealedShape(value)).toBe(sealedValueSchema.safeParse(value).success);
      }),
    );
  });
});
