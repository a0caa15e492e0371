import { receivedBy } from '@toeverlaat/contracts';
import type { DecidedReceiver } from '@toeverlaat/records';
import { createHash } from 'node:crypto';
import { LeavingRefused } from './refusal.js';

/*
 * Who receives what (design §4, Leaving). A counsellor's files go to counsellors that are named, an adviser's dossiers to the adviser
 * competent by law, and what belongs to neither file to the next host, which cannot run without it. The company is none of
 * these: it gets no key.
 */

/** Record classes that are handed over, for the check that none is forgotten. */
export const handedClasses: readonly string[] = Object.keys(receivedBy);

/** One of those whom two people named. */
export type Receiver = DecidedReceiver;

/** Of a public key: SHA-256, hex, to be compared over another way than the file came. */
export const fingerprintOf = (publicKey: Uint8Array): string => createHash('sha256').update(publicKey).digest('hex');

export const publicKeyOf = (receiver: Pick<Receiver, 'publicKey'>): Uint8Array =>
  Buffer.from(receiver.publicKey, 'base64url');

/**
 * Who receives the keys of a record: those who name it, else those of its capacity who name none.
 * @returns `stays` for a record that one of them holds back, whom it would go to else, and for an adviser's dossier that nobody was
 * named for: it stays with the adviser who has it
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
  // Whose file it is cannot be told without opening it: an objection keeps back all that it may be about.
  if (to.some(({ withheld }) => withheld)) return { kind: 'stays' };
  if (to.length > 0) return { kind: 'goes', to };
  if (capacity === 'adviser') return { kind: 'stays' };
  throw new LeavingRefused('no_receiver', record);
};
