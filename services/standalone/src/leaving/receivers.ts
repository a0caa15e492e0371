import { receivedBy, receivingCapacitySchema } from '@toeverlaat/contracts';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { LeavingRefused } from './refusal.js';

/*
 * Who receives what (design §4, Leaving). A counsellor's files go to counsellors that are named, an adviser's dossiers to the adviser
 * competent by law, and what belongs to neither file to the next host, which cannot run without it. The company is none of
 * these: it gets no key.
 */

/** Record classes that are handed over, for the check that none is forgotten. */
export const handedClasses: readonly string[] = Object.keys(receivedBy);

const receiverSchema = z.strictObject({
  capacity: receivingCapacitySchema,
  /** Who answers for the files from now on, as the law knows them. */
  controller: z.string().trim().min(1).max(200),
  /** On which ground they go there: a short text, such as an article of law. */
  ground: z.string().trim().min(1).max(200),
  /** X25519, 32 bytes, base64url. */
  publicKey: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  /** Only these records (`case/<id>`); left out: every record of this capacity that no other receiver names. */
  records: z.array(z.string().max(200)).optional(),
});
export const receiversSchema = z.strictObject({ receivers: z.array(receiverSchema).min(1).max(200) });
export type Receiver = z.infer<typeof receiverSchema>;

/** @throws LeavingRefused `receivers_malformed` naming field and rule */
export const parseReceivers = (text: string, where: string): readonly Receiver[] => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new LeavingRefused('receivers_malformed', `${where}: not JSON`, { cause: error });
  }
  const parsed = receiversSchema.safeParse(json);
  if (parsed.success) return parsed.data.receivers;
  const [issue] = parsed.error.issues;
  throw new LeavingRefused('receivers_malformed', `${where}: ${issue?.path.join('.') ?? ''} (${issue?.code ?? ''})`);
};

/** Of a public key: SHA-256, hex, to be compared over another way than the file came. */
export const fingerprintOf = (publicKey: Uint8Array): string => createHash('sha256').update(publicKey).digest('hex');

export const publicKeyOf = (receiver: Pick<Receiver, 'publicKey'>): Uint8Array =>
  Buffer.from(receiver.publicKey, 'base64url');

/**
 * Who receives the keys of a record: those who name it, else those of its capacity who name none.
 * @returns `stays` for an adviser's dossier that nobody was named for: it stays with the adviser who has it
 * @throws LeavingRefused `no_receiver`
 */
export const receiversOf = (
  receivers: readonly Receiver[],
  record: string,
): { readonly kind: 'goes'; readonly to: readonly Receiver[] } | { readonly kind: 'stays' } => {
  const capacity = receivedBy[record.slice(0, record.indexOf('/'))];
  if (capacity === undefined) throw new LeavingRefused('no_receiver', record);
  const competent = receivers.filter((receiver) => receiver.capacity === capacity);
  const named = competent.filter(({ records }) => records?.includes(record) === true);
  const to = named.length > 0 ? named : competent.filter(({ records }) => records === undefined);
  if (to.length > 0) return { kind: 'goes', to };
  if (capacity === 'adviser') return { kind: 'stays' };
  throw new LeavingRefused('no_receiver', record);
};
