import type { OrganisationId } from '@toeverlaat/values';
import { z } from 'zod';
import { WrongUse } from './command.js';

/** Written down twice on purpose: the verifier shares nothing with what it verifies. */
const ANSWER_FORMAT = 'toeverlaat-access-answer/1';

/** Where a running product is asked, and as whom. */
export type Target = { readonly url: string; readonly token: string; readonly capacity: string };

export type AnswerAsked = { readonly from: string; readonly to: string } & (
  | { readonly kind: 'record'; readonly record: string }
  | { readonly kind: 'handler'; readonly pseudonyms: readonly string[] }
  | { readonly kind: 'lack'; readonly record: string; readonly person: string; readonly home?: string }
);

const lackSchema = z.object({
  pseudonyms: z.array(z.string()),
  hadScope: z.boolean(),
  hasRead: z.boolean(),
  keyRecipients: z.array(z.string()),
  policyVersion: z.string(),
  sentence: z.string(),
});
const pageSchema = z.object({
  rows: z.array(
    z.object({
      eventId: z.string(),
      index: z.number(),
      record: z.base64(),
      proof: z.string().nullable(),
      origin: z.string(),
      signers: z.array(z.string()),
    }),
  ),
  next: z.string().nullable(),
});
type Row = z.infer<typeof pageSchema>['rows'][number];

/** An answer of the access history as a file that `verify answer` checks. */
export type AnswerFile = {
  readonly format: typeof ANSWER_FORMAT;
  readonly organisation: OrganisationId;
  readonly question: {
    readonly kind: AnswerAsked['kind'];
    readonly record?: string;
    readonly pseudonyms?: readonly string[];
    readonly from: string;
    readonly to: string;
  };
  /** Of a lack: what was said. */
  readonly claim?: z.infer<typeof lackSchema>;
  readonly events: readonly Row[];
};

const LACK = `query ($record: String!, $person: String!, $home: String, $from: Instant!, $to: Instant!) {
  answer: accessLack(record: $record, person: $person, home: $home, from: $from, to: $to) { ... on AccessLack {
    pseudonyms hadScope hasRead keyRecipients policyVersion sentence } ... on Refused { message } } }`;
const EVIDENCE = `query ($kind: AccessEvidenceKind!, $record: String, $pseudonyms: [String!], $from: Instant!, $to: Instant!, $page: PageInput!) {
  answer: accessEvidence(kind: $kind, record: $record, pseudonyms: $pseudonyms, from: $from, to: $to, page: $page) {
    ... on AccessEvidencePage { rows { eventId index record proof origin signers } next } ... on Refused { message } } }`;
const ROWS_AT_ONCE = 50;

const replySchema = z.object({ data: z.object({ answer: z.record(z.string(), z.unknown()) }) });

/** @throws WrongUse with what the product answered, when it is not what was asked */
const ask = async <T>(
  { url, token, capacity }: Target,
  query: string,
  variables: Readonly<Record<string, unknown>>,
  schema: z.ZodType<T>,
): Promise<T> => {
  const response = await fetch(`${url.replace(/\/$/, '')}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'toeverlaat-capacity': capacity },
    body: JSON.stringify({ query, variables }),
  });
  const reply = replySchema.safeParse(await response.json().catch(() => undefined));
  const answer = reply.success ? schema.safeParse(reply.data.data.answer) : undefined;
  if (answer?.success === true) return answer.data;
  const message = reply.success ? reply.data.data.answer['message'] : undefined;
  throw new WrongUse(typeof message === 'string' ? message : `${url} gave no answer (${response.status})`);
};

/** Asks for an answer with everything it stands on, page by page; each page is recorded as a reading. @throws WrongUse */
export const fetchAnswer = async (
  target: Target,
  organisation: OrganisationId,
  asked: AnswerAsked,
): Promise<AnswerFile> => {
  const { kind, from, to } = asked;
  const lack =
    asked.kind === 'lack'
      ? await ask(target, LACK, { record: asked.record, person: asked.person, home: asked.home, from, to }, lackSchema)
      : undefined;
  const events: Row[] = [];
  const named = asked.kind === 'handler' ? { pseudonyms: [...asked.pseudonyms] } : ({ record: asked.record } as const);
  for (let after: string | undefined; ;) {
    const page = { first: ROWS_AT_ONCE, ...(after === undefined ? {} : { after }) };
    const found = await ask(target, EVIDENCE, { kind, ...named, from, to, page }, pageSchema);
    // A page of a list is one event of many records, and may stand at the end of one page and the start of the next.
    for (const row of found.rows) if (!events.some(({ eventId }) => eventId === row.eventId)) events.push(row);
    if (found.next === null) break;
    after = found.next;
  }
  return {
    format: ANSWER_FORMAT,
    organisation,
    question: { kind, ...named, ...(lack === undefined ? {} : { pseudonyms: lack.pseudonyms }), from, to },
    ...(lack === undefined ? {} : { claim: lack }),
    events,
  };
};
