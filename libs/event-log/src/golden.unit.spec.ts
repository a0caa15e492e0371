import { canonicalBytes, type CommandId } from '@toeverlaat/values';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeMetadata, type EventMetadata } from './envelope.js';
import { streamName } from './stream-name.js';
import { leafHexOf, leafOf } from './leaf.js';
import { metadataOf } from './metadata.js';
import { GENTIA } from './sample.js';

/** These bytes are the storage format of envelope v1. If a test here fails, the code is wrong, never the fixture. */
const golden = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../fixtures', name));

const COMMAND = '11111111-2222-4333-8444-555555555555' as CommandId;
const STREAM = streamName('case.case', GENTIA, '6f1f1e3a-0d5b-5c43-9f55-8a4d6a4f7b10');
const REVISION = 2 ** 32 + 7;

const metadata: EventMetadata = {
  v: 1,
  eventId: '2000d0de-29ee-54ac-bdb1-11aed0711d06',
  type: 'case.InformalInterventionAgreed.v1',
  organisation: GENTIA,
  recordedAt: '2026-11-23T09:30:00.000Z',
  actor: { pseudonym: 'k7f3q2m5n4p6r7s2t3v4w5x6y7', capacity: 'counsellor', onBehalfOf: 'zorgnet' },
  purpose: 'informal_intervention',
  commandId: COMMAND,
  fingerprint: 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg',
  correlationId: '22222222-3333-4444-8555-666666666666',
  causationId: '33333333-4444-4555-8666-777777777777',
  policyVersion: '2026-1',
  lawVersion: '2026-1',
};
/** Text beyond ASCII, a quote, a control character and nesting: what canonical JSON could get wrong. */
const data = {
  kind: 'intervention',
  words: 'Ça va « vraiment » ? "één"\n€ 𝄞',
  parts: [1, -2, null, true, { b: 1, a: 2 }],
};

describe('envelope v1, golden bytes', () => {
  it('metadata', () => {
    expect(Buffer.from(encodeMetadata(metadata)).toString('utf8')).toBe(
      golden('envelope-v1.metadata.bin').toString('utf8'),
    );
    expect(metadataOf({ metadata: golden('envelope-v1.metadata.bin') })).toEqual(metadata);
  });

  it('data', () => {
    expect(Buffer.from(canonicalBytes(data)).toString('utf8')).toBe(golden('envelope-v1.data.bin').toString('utf8'));
  });

  it('leaf', () => {
    const input = {
      stream: STREAM,
      revision: REVISION,
      metadata: golden('envelope-v1.metadata.bin'),
      data: golden('envelope-v1.data.bin'),
    };
    expect(leafHexOf(input)).toBe(golden('envelope-v1.leaf.hex').toString('utf8').trim());
    expect(leafOf(input).toString('hex')).toBe(leafHexOf(input));
  });

  it('leaf, put together by hand as the design says', () => {
    const part = (bytes: Uint8Array): Buffer => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return Buffer.concat([length, bytes]);
    };
    const revision = Buffer.alloc(8);
    revision.writeBigUInt64BE(BigInt(REVISION));
    for (const size of [0, 10, 100_000]) {
      const bytes = Buffer.alloc(size, 'é');
      const whole = Buffer.concat([
        Buffer.of(0),
        part(Buffer.from(STREAM)),
        part(revision),
        part(golden('envelope-v1.metadata.bin')),
        part(bytes),
      ]);
      expect(
        leafHexOf({ stream: STREAM, revision: REVISION, metadata: golden('envelope-v1.metadata.bin'), data: bytes }),
      ).toBe(createHash('sha256').update(whole).digest('hex'));
    }
  });
});
