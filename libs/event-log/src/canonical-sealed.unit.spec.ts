import { canonicalBytes, canonicalJson } from '@toeverlaat/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalData, canonicalText } from './canonical-sealed.js';
import { actorSchema, encodeMetadata, eventMetadataSchema, type EventMetadata } from './envelope.js';

const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }));
/** As the sealer makes it. */
const sealed = fc
  .record({
    alg: fc.constant('A256GCM'),
    ct: fc.base64String(),
    ctx: fc.record({ eventId: text, organisation: text, path: text, stream: text, type: text }),
    iv: fc.base64String(),
    keys: fc.array(text, { minLength: 1, maxLength: 3 }),
    v: fc.constant(1),
  })
  .map(({ alg, ct, ctx, iv, keys, v }) => ({
    alg,
    ct,
    ctx: { eventId: ctx.eventId, organisation: ctx.organisation, path: ctx.path, stream: ctx.stream, type: ctx.type },
    iv,
    keys,
    v,
  }));
const shuffled = sealed.map(({ alg, ct, ctx, iv, keys, v }) => ({ v, keys, iv, ctx, ct, alg }));
const clearValue = fc.oneof(
  text,
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.array(text),
  fc.constant(undefined),
);

describe('the short ways to canonical bytes', () => {
  it('of sealed values and event data give what the long way gives', () => {
    fc.assert(
      fc.property(fc.dictionary(text, fc.oneof(sealed, shuffled, clearValue)), (data) => {
        expect(Buffer.from(canonicalData(data)).toString('utf8')).toBe(canonicalJson(data));
      }),
    );
    fc.assert(
      fc.property(fc.oneof(sealed, shuffled), (value) => {
        expect(canonicalText(value)).toBe(canonicalJson(value));
      }),
    );
  });

  it('refuse what JSON cannot carry unchanged', () => {
    expect(() => canonicalData({ a: 0.5 })).toThrow(TypeError);
    expect(() => canonicalText({ alg: 'A256GCM', ct: '', ctx: {}, iv: '', keys: [], v: 1.5 })).toThrow(TypeError);
  });

  it('of an envelope give every member of its schema', () => {
    const member = (key: string): fc.Arbitrary<unknown> => {
      switch (key) {
        case 'v':
          return fc.constant(1);
        case 'actor':
          return fc.record(
            Object.fromEntries(Object.keys(actorSchema.shape).map((name) => [name, text])) as Record<
              keyof typeof actorSchema.shape,
              typeof text
            >,
            { requiredKeys: ['pseudonym', 'capacity'] },
          );
        default:
          return text;
      }
    };
    const metadata = fc.record(
      Object.fromEntries(Object.keys(eventMetadataSchema.shape).map((key) => [key, member(key)])),
    );
    fc.assert(
      fc.property(metadata, (value) => {
        const encoded = encodeMetadata(value as EventMetadata);
        expect(Buffer.from(encoded).toString('utf8')).toBe(Buffer.from(canonicalBytes(value)).toString('utf8'));
      }),
    );
  });
});
