import { hash } from 'node:crypto';

export type LeafInput = {
  readonly stream: string;
  readonly revision: number;
  readonly metadata: Uint8Array;
  readonly data: Uint8Array;
};

/**
 * Leaf v1 (storage format, golden values in `fixtures/`; design §4): SHA-256 over 0x00 and the length-prefixed stream,
 * revision, metadata bytes and data bytes. Each length is 4 bytes, the revision 8, big-endian. No position and no
 * server time enter, so a copied, exported or migrated log has the same leaves. 0x00 is RFC 6962's leaf prefix.
 */
export const leafOf = ({ stream, revision, metadata, data }: LeafInput): Buffer => {
  const nameBytes = Buffer.byteLength(stream, 'utf8');
  const bytes = Buffer.allocUnsafe(1 + 4 + nameBytes + 4 + 8 + 4 + metadata.length + 4 + data.length);
  bytes[0] = 0;
  let at = bytes.writeUInt32BE(nameBytes, 1);
  at += bytes.write(stream, at, 'utf8');
  at = bytes.writeUInt32BE(8, at);
  at = bytes.writeUInt32BE(Math.floor(revision / 2 ** 32), at);
  at = bytes.writeUInt32BE(revision % 2 ** 32, at);
  at = bytes.writeUInt32BE(metadata.length, at);
  bytes.set(metadata, at);
  at = bytes.writeUInt32BE(data.length, at + metadata.length);
  bytes.set(data, at);
  return hash('sha256', bytes, 'buffer');
};
