import { plainText, type CommandMeta } from '@toeverlaat/event-log';
import type { CommandId, LocalDate } from '@toeverlaat/values';
import { describe, expect, it } from 'vitest';
import { gentia, lies, uuid, zorgnet } from '../case/case.fixture.js';
import {
  subjectAccessDecider,
  type FoundFile,
  type SubjectAccessCommand,
  type SubjectAccessEvent,
  type SubjectAccessState,
} from './index.js';

const { decide, evolve, initial } = subjectAccessDecider;
const jens = { ...lies, person: 'jens' as typeof lies.person };
type Bare = SubjectAccessCommand extends infer C
  ? C extends { readonly meta: unknown }
    ? Omit<C, 'meta'>
    : never
  : never;

const meta = (today: LocalDate, organisation = gentia): CommandMeta => ({
  commandId: uuid('command') as CommandId,
  organisation,
  at: `${today}T10:00:00.000Z`,
  today,
  actor: { pseudonym: 'abc', capacity: 'counsellor' },
  lawVersion: '2026.1',
});
const on = (today: LocalDate, command: Bare, organisation = gentia): SubjectAccessCommand =>
  ({ ...command, meta: meta(today, organisation) }) as SubjectAccessCommand;

const request: Bare = {
  type: 'RequestSubjectAccess',
  data: {
    handler: { pseudonym: 'p', participantId: uuid('h'), person: lies },
    subject: { participantId: uuid('s'), person: jens },
    receivedOn: '2026-03-02',
    way: 'letter',
    language: 'de',
  },
};
const search = (...found: FoundFile[]): Bare => ({
  type: 'RecordSubjectSearch',
  data: { searchId: uuid('search'), found },
});
const file = (knowsOfIt: boolean): FoundFile => ({
  caseId: uuid('case'),
  participantId: uuid('participant'),
  part: 'participant',
  knowsOfIt,
});
const letter = {
  documentId: uuid('document'),
  documentHash: 'a'.repeat(64),
  templateVersion: '2026.1',
  handedOutOn: '2026-03-23',
  content: plainText('{}'),
};
const answer: Bare = { type: 'AnswerSubjectAccess', data: { ...letter, secrecyReference: 'penal_code_458' } };
const extend = (ground: 'complex' | 'many_requests', toldOn = '2026-03-10'): Bare => ({
  type: 'ExtendSubjectAccessTerm',
  data: { ground, toldOn },
});

const decided = (state: SubjectAccessState, command: SubjectAccessCommand): readonly SubjectAccessEvent[] => {
  const decision = decide(command, state);
  if (decision.kind !== 'accepted') throw new Error(JSON.stringify(decision));
  return decision.events;
};
const given = (...commands: readonly Bare[]): SubjectAccessState =>
  commands.reduce<SubjectAccessState>(
    (state, command) => decided(state, on('2026-03-10', command)).reduce(evolve, state),
    initial,
  );
const refusal = (state: SubjectAccessState, command: Bare, today: LocalDate = '2026-03-10') => {
  const decision = decide(on(today, command), state);
  return decision.kind === 'rejected' ? decision.rejection : decision;
};

describe('an access request', () => {
  it('is due within a month, and its answer is handed out on the same day whatever it is', () => {
    expect(given(request)).toMatchObject({ status: 'open', dueOn: '2026-04-02', handedOutOn: '2026-03-23' });
    expect(decided(initial, on('2026-03-10', request, zorgnet))).toEqual(decided(initial, on('2026-03-10', request)));
    expect(refusal(initial, request, '2026-03-01')).toMatchObject({ field: 'receivedOn', rule: 'in_future' });
    expect(refusal(given(request), request)).toMatchObject({ code: 'access_request_exists' });
  });
  it('is not put to oneself', () => {
    const own = { ...request, data: { ...request.data, subject: { participantId: uuid('s'), person: lies } } } as Bare;
    expect(refusal(initial, own)).toMatchObject({ code: 'access_request_to_oneself' });
  });
  it('is answered after a search, with the same events whether or not a file was found', () => {
    expect(refusal(given(request), answer)).toMatchObject({ code: 'access_answer_needs_search' });
    const without = decided(given(request, search()), on('2026-03-10', answer));
    const unknown = decided(given(request, search(file(false))), on('2026-03-10', answer));
    const known = decided(given(request, search(file(true))), on('2026-03-10', answer));
    expect(unknown).toEqual(without);
    expect(known).toEqual(without);
    expect(without).toMatchObject([
      { type: 'SubjectAccessAnswered', data: { language: 'de', subjectParticipantId: uuid('s') } },
      { type: 'SubjectAccessPartsRefused', data: { parts: ['notes', 'third_parties', 'confidences_of_others'] } },
    ]);
    expect(refusal(given(request, search(), answer), answer)).toMatchObject({ code: 'access_request_answered' });
  });
  it('is extended once, in time, and never where that would tell that there is a file', () => {
    for (const found of [undefined, search(), search(file(false))])
      expect(refusal(given(request, ...(found === undefined ? [] : [found])), extend('complex'))).toMatchObject({
        code: 'access_extension_would_tell',
      });
    const extended = given(request, search(file(true)), extend('complex'));
    expect(extended).toMatchObject({ dueOn: '2026-06-02', extended: true });
    expect(refusal(extended, extend('many_requests'))).toMatchObject({ code: 'access_term_extended_once' });
    expect(given(request, extend('many_requests'))).toMatchObject({ dueOn: '2026-06-02' });
    expect(refusal(given(request), extend('many_requests', '2026-03-11'))).toMatchObject({ rule: 'in_future' });
    expect(refusal(given(request), extend('many_requests', '2026-04-02'), '2026-04-03')).toMatchObject({
      code: 'access_term_over',
      source: expect.stringContaining('12(3)') as string,
    });
  });
  it('is refused as a whole only before anybody looked', () => {
    const refuse: Bare = { type: 'RefuseSubjectAccess', data: { ...letter, ground: 'identity_not_shown' } };
    expect(refusal(given(request, search()), refuse)).toMatchObject({ code: 'access_refusal_after_search' });
    expect(given(request, refuse)).toMatchObject({ status: 'refused', letter: { documentId: letter.documentId } });
  });
  it('stays late once its term passed, which is noted once', () => {
    const note: Bare = { type: 'NoteSubjectAccessTermPassed', data: { dueOn: '2026-04-02' } };
    const open = given(request);
    expect(decided(open, on('2026-04-02', note))).toEqual([]);
    const events = decided(open, on('2026-04-03', note));
    expect(events).toMatchObject([{ type: 'SubjectAccessTermPassed', data: { dueOn: '2026-04-02' } }]);
    const late = events.reduce(evolve, open);
    expect(decided(late, on('2026-04-04', note))).toEqual([]);
    expect(decided(given(request, extend('many_requests')), on('2026-04-03', note))).toEqual([]);
    expect(refusal(initial, note)).toMatchObject({ kind: 'NotFound' });
  });
});
