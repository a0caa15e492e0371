import { z } from 'zod';

/** What the killer asks of the product's process. */
export const askSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('rpc'), id: z.number().int(), pattern: z.string(), message: z.unknown() }),
  /** Plays the demonstration, so that there are people, designations and cases. */
  z.strictObject({ kind: z.literal('seed'), id: z.number().int() }),
  /** Waits until everything is handled, then tells the hash of every view. */
  z.strictObject({ kind: z.literal('hashes'), id: z.number().int() }),
  z.strictObject({ kind: z.literal('stop'), id: z.number().int() }),
]);
export type Ask = z.infer<typeof askSchema>;

/** What it answers. An answer to a command is an acknowledgement: it must survive whatever comes next. */
export const answerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ready') }),
  z.strictObject({ kind: z.literal('answer'), id: z.number().int(), value: z.unknown() }),
  z.strictObject({ kind: z.literal('failed'), id: z.number().int(), reason: z.string() }),
]);
export type Answer = z.infer<typeof answerSchema>;
