import { accessCodec, accessStream } from '@toeverlaat/access';
import { caseCategory, caseCodec } from '@toeverlaat/case';
import {
  encodeMetadata,
  plainText,
  streamName,
  type Codec,
  type EncodedEvent,
  type EventLog,
  type EventOf,
  type EventType,
  type Sealer,
} from '@toeverlaat/event-log';
import { conversationCategory, conversationCodec, requestCategory, requestCodec } from '@toeverlaat/intake';
import { uuidV5, type CommandId, type OrganisationId, type PersonId } from '@toeverlaat/values';
import { createHash } from 'node:crypto';
import { SITE, twins } from './prepare.js';

/** Events of one story: 5 of a request and its conversation, 8 of a case, 7 access records. */
const STORY = 20;
const STORIES_AT_ONCE = 200;
/** Time goes on in a log: one second from story to story. */
const FIRST_AT = Date.parse('2026-03-02T09:00:00.000Z');
const DATE = '2026-03-02';

/** Size classes of what is sealed: a date or a code in 32 bytes, words in 256, and the tag of 16. */
const CODE = 'A'.repeat(64);
const WORDS = 'A'.repeat(363);

/**
 * Seals nothing: gives values of the right form, size and context that nobody could open. Building views opens none, and
 * a million real ones would take longer than what is measured.
 */
const forger: Sealer = {
  seal: (items) =>
    Promise.resolve({
      ok: true,
      value: items.map(({ context, subjects, value }) => ({
        v: 1,
        alg: 'A256GCM',
        keys: subjects.map((subject) => createHash('md5').update(subject).digest('hex')),
        ctx: context,
        iv: 'AAAAAAAAAAAAAAAA',
        ct: typeof value === 'string' && value.length > 24 ? WORDS : CODE,
      })),
    }),
  open: () => Promise.reject(new Error('a view opens nothing')),
};

type Part = {
  readonly at: string;
  readonly stream: string;
  readonly commandId: CommandId;
  readonly events: readonly EncodedEvent[];
};

/** One worker's story in events as the services store them. */
const storyOf = async (organisation: OrganisationId, n: number) => {
  const id = (what: string): string => uuidV5('bench story', organisation, String(n), what);
  const handler = `handler${n % 50}`;
  const at = new Date(FIRST_AT + n * 1_000).toISOString();
  const encoded = async <T extends readonly EventType[]>(
    codec: Codec<T>,
    category: string,
    streamId: string,
    events: readonly EventOf<T>[],
  ): Promise<Part> => {
    const stream = streamName(category, organisation, streamId);
    const commandId = id(`command ${category}`) as CommandId;
    const answer = await codec.encode(forger, { organisation, stream, streamId, commandId }, events);
    if (!answer.ok) throw new Error(JSON.stringify(answer.error));
    return { at, stream, commandId, events: answer.value };
  };
  const requestId = id('request');
  const caseId = id('case');
  const words = plainText('What somebody said, in a few words.');
  const contact = (what: string) => ({
    type: 'ContactRecorded' as const,
    data: {
      contactId: id(what),
      heldOn: DATE,
      channel: 'phone' as const,
      durationMinutes: 30,
      riskSources: ['organisation' as const],
      optionsExplained: [],
      language: 'nl' as const,
      topic: words,
    },
  });
  const parts: Part[] = [
    await encoded(requestCodec, requestCategory, requestId, [
      {
        type: 'ContactRequested',
        data: {
          handler,
          designationId: 'lies',
          applicantParticipantId: id('applicant'),
          hearingDueOn: DATE,
          announceOn: DATE,
          escalateOn: DATE,
          way: 'anonymous',
          site: SITE,
          firstContactOn: DATE,
          language: 'nl',
          kindOfFacts: 'conflict',
          message: words,
          escalation: 'nobody',
          wordingVersion: '2026.1',
        },
      },
      { type: 'RequestReleased', data: { to: handler, capacity: 'counsellor' } },
      { type: 'RequestAccepted', data: { by: handler } },
    ]),
    await encoded(conversationCodec, conversationCategory, requestId, [
      {
        type: 'MessageSent',
        data: { messageId: id('message 1'), from: 'worker', sender: id('applicant'), part: 'replies', words },
      },
      {
        type: 'MessageSent',
        data: { messageId: id('message 2'), from: 'counsellor', sender: handler, part: 'replies', words },
      },
    ]),
    await encoded(caseCodec, caseCategory, caseId, [
      {
        type: 'CaseOpened',
        data: {
          handler,
          handlerParticipantId: id('handler'),
          handlerPerson: { organisation, person: 'lies' as PersonId },
          applicantParticipantId: id('applicant'),
          hearingDueOn: DATE,
          lawVersion: '2026.1',
          origin: 'accepted_request',
          requestId,
          site: SITE,
          firstContactOn: DATE,
          applicantIdentity: 'named',
          applicantName: plainText('Somebody'),
          kindOfFacts: 'conflict',
          language: 'nl',
          writtenCounts: false,
          factId: id('fact'),
        },
      },
      {
        type: 'HearingOffered',
        data: { attemptId: id('attempt'), offeredOn: DATE, proposedFor: DATE, channel: 'phone' },
      },
      { type: 'HearingHeld', data: { judgement: 'in_time', heldOn: DATE, channel: 'in_person' } },
      contact('contact 1'),
      contact('contact 2'),
      { type: 'CaseNoteWritten', data: { noteId: id('note'), note: words } },
      { type: 'OutcomeRecorded', data: { outcome: 'improved', recordedFor: DATE, factId: id('fact 2') } },
      { type: 'CaseClosed', data: { retentionClass: 'informal_case', closedOn: DATE } },
    ]),
  ];
  const looked = accessCodec('case');
  const stream = accessStream('case', organisation, at, 'bench');
  for (let i = 0; i < 7; i += 1) {
    const commandId = id(`access ${i}`) as CommandId;
    const answer = await looked.encode(forger, { organisation, stream, streamId: 'bench', commandId }, [
      {
        type: 'AccessRecorded',
        data: {
          who: handler,
          role: 'counsellor',
          capacity: 'abcdefghijklmnopqrstuvwxyz',
          purpose: 'handle_case',
          recordClass: 'case',
          query: 'case.caseById',
          requestId: id(`request ${i}`),
          records: [caseId],
          fields: ['applicant', 'summary', 'contacts', 'notes'],
          outcome: 'opened',
        },
      },
    ]);
    if (!answer.ok) throw new Error(JSON.stringify(answer.error));
    parts.push({ at, stream, commandId, events: answer.value });
  }
  return parts;
};

/** Fills a log with stories, at least so many events. @returns how many there are */
export const fillWithStories = async (log: EventLog, events: number): Promise<number> => {
  const stories = Math.ceil(events / STORY);
  let written = 0;
  for (let start = 0; start < stories; start += STORIES_AT_ONCE) {
    const appends: Promise<unknown>[] = [];
    for (let n = start; n < Math.min(stories, start + STORIES_AT_ONCE); n += 1) {
      const organisation = twins[n % twins.length];
      if (organisation === undefined) throw new Error('no organisation');
      for (const { at, stream, commandId, events: encoded } of await storyOf(organisation, n)) {
        written += encoded.length;
        appends.push(
          log
            .append({
              organisation,
              stream,
              expected: 'any',
              events: encoded.map(({ eventId, type, data }) => ({
                eventId,
                type,
                data,
                metadata: encodeMetadata({
                  v: 1,
                  eventId,
                  type,
                  organisation,
                  recordedAt: at,
                  actor: { pseudonym: 'abcdefghijklmnopqrstuvwxyz', capacity: 'counsellor' },
                  purpose: 'handle_case',
                  commandId,
                  fingerprint: 'f'.repeat(43),
                  correlationId: commandId,
                  causationId: commandId,
                  policyVersion: '2026.1',
                  lawVersion: '2026.1',
                }),
              })),
            })
            .then((answer) => {
              if (!answer.ok) throw new Error(answer.error.kind);
              return undefined;
            }),
        );
      }
    }
    await Promise.all(appends);
  }
  return written;
};
