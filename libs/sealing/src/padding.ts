/**
 * Size classes of a sealed plaintext, in bytes, prefix included: what stands in the log tells the class and no more.
 * The largest holds any text of 64 KiB, however JSON has to escape it.
 */
export const SIZE_CLASSES: readonly number[] = Array.from({ length: 15 }, (_, index) => 32 << index);

/** Bytes before the content that say how long it is. */
export const PREFIX = 4;
const LARGEST = 32 << 14;

/** The longest content that can be padded, in bytes. */
export const MAX_PADDED_CONTENT = LARGEST - PREFIX;

/** Bytes of the size class of a content; undefined when no class is large enough. */
export const paddedSize = (contentBytes: number): number | undefined => {
  if (contentBytes > MAX_PADDED_CONTENT) return undefined;
  let size = 32;
  while (size < contentBytes + PREFIX) size *= 2;
  return size;
};

/** Length prefix (32 bits, big-endian), content, zeros up to the size class; undefined when no class is large enough. */
export const pad = (content: Uint8Array): Uint8Array | undefined => {
  const size = paddedSize(content.length);
  if (size === undefined) return undefined;
  const padded = new Uint8Array(size);
  new DataView(padded.buffer).setUint32(0, content.length);
  padded.set(content, PREFIX);
  return padded;
};

/** The content of a padded plaintext; undefined when the prefix does not fit the bytes. */
export const unpad = (padded: Uint8Array): Uint8Array | undefined => {
  if (padded.length < PREFIX) return undefined;
  const length = new DataView(padded.buffer, padded.byteOffset, padded.byteLength).getUint32(0);
  return length > padded.length - PREFIX ? undefined : padded.subarray(PREFIX, PREFIX + length);
};
