import { plainText, type Decision } from '@toeverlaat/event-log';
import { assert, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addBoss,
  agreePoint,
  applicantId,
  bossId,
  choose,
  contact,
  gentia,
  handlerId,
  hash,
  lies,
  on,
  openCase,
  person,
  prepare,
  sign,
  tell,
  uuid,
  zorgnet,
  type BareCommand,
} from './case.fixture.js';
import type { CaseCommand } from './decide.js';
import { caseEvents, type CaseEvent } from './events.js';
import { caseDecider, flagsOf, isExcluded, notesIdOf, unreleasedFacts, type CaseState } from './index.js';

const { decide, evolve, initial } = caseDecider;

type Step = readonly [today: string, command: BareCommand];

/** The state after commands that must all be accepted. */
const given = (...steps: readonly Step[]): CaseState =>
  steps.reduce<CaseState>((state, [today, command]) => {
    const decision = decide(on(today, command), state);
    if (decision.kind === 'rejected') throw new Error(`${command.type}: ${JSON.stringify(decision.rejection)}`);
    return decision.events.reduce(evolve, state);
  }, initial);

const when = (state: CaseState, today: string, command: BareCommand): Decision<CaseEvent> =>
  decide(on(today, command), state);
const types = (decision: Decision<CaseEvent>) =>
  decision.kind === 'accepted' ? decision.events.map((event) => event.type) : decision.rejection;
const refused = (code: string) => expect.objectContaining({ kind: 'RuleRefused', code });
const invalid = (field: string, rule: string) => expect.objectContaining({ kind: 'InvalidInput', field, rule });
const NOT_FOUND = { kind: 'NotFound' };

const opened: Step = ['2026-03-02', openCase()];
const anonymous: Step = ['2026-03-02', openCase({ applicant: { participantId: applicantId, identity: 'anonymous' } })];
const signedFor = (type: 'intervention_with_another_person' | 'reconciliation'): readonly Step[] => [
  opened,
  ['2026-03-05', choose(type)],
  ['2026-03-05', prepare()],
  ['2026-03-06', sign('counsellor')],
  ['2026-03-06', sign('applicant')],
];

describe('opening a case', () => {
  it('starts the ten days on the first contact and keeps the law version', () => {
    const state = given(opened);
    expect(state).toMatchObject({
      status: 'open',
      hearing: { status: 'due', dueOn: '2026-03-12' },
      lawVersion: '2026.1',
    });
  });
  it('takes a first contact in the past and lets the term run from it', () => {
    expect(given(['2026-03-10', openCase()])).toMatchObject({ hearing: { dueOn: '2026-03-12', status: 'due' } });
  });
  it('refuses a first contact in the future', () => {
    expect(types(when(initial, '2026-03-01', openCase()))).toEqual(invalid('firstContactOn', 'in_future'));
  });
  it('records a term that had passed before the counsellor entered the case as missed', () => {
    const decision = when(initial, '2026-03-20', openCase());
    expect(types(decision)).toEqual(['CaseOpened', 'HearingTermMissed']);
    expect(given(['2026-03-20', openCase()])).toMatchObject({ hearing: { status: 'missed', cause: 'entered_late' } });
  });
  it('lets a talk that was had in time explain the missed term, not erase it', () => {
    const late = openCase({ heard: { heldOn: '2026-03-06', channel: 'phone' } });
    expect(given(['2026-03-20', late])).toMatchObject({
      hearing: { status: 'missed', held: { heldOn: '2026-03-06', judgement: 'explains_missed_term' } },
    });
  });
  it('takes a talk that is entered with the case in time as the hearing', () => {
    const heard = openCase({ heard: { heldOn: '2026-03-03', channel: 'in_person' } });
    expect(given(['2026-03-03', heard])).toMatchObject({ hearing: { status: 'met' } });
  });
  it.each([
    ['requestId', openCase({ origin: 'accepted_request' })],
    ['applicant.person', openCase({ applicant: { participantId: applicantId, identity: 'account' } })],
    ['heard.heldOn', openCase({ heard: { heldOn: '2026-03-01', channel: 'phone' } })],
    [
      'applicant.identity',
      openCase({ applicant: { participantId: applicantId, identity: 'anonymous', name: plainText('Nora') } }),
    ],
  ])('names the field that is wrong: %s', (field, command) => {
    expect(types(when(initial, '2026-03-03', command))).toMatchObject({ kind: 'InvalidInput', field });
  });
  it('refuses a counsellor as their own applicant, and a written talk as hearing', () => {
    const self = openCase({ applicant: { participantId: applicantId, identity: 'account', person: lies } });
    expect(types(when(initial, '2026-03-03', self))).toEqual(refused('counsellor_is_applicant'));
    const written = openCase({ heard: { heldOn: '2026-03-03', channel: 'letter' } });
    expect(types(when(initial, '2026-03-03', written))).toEqual(refused('written_message_is_no_hearing'));
  });
  it('does not open over another case', () => {
    const other = openCase({ applicant: { participantId: uuid('other'), identity: 'named' } });
    expect(types(when(given(opened), '2026-03-03', other))).toEqual(refused('case_exists'));
  });
});

describe('hearing within ten calendar days', () => {
  const hear = (heldOn: string, channel: 'phone' | 'in_person' | 'written_message' = 'phone'): BareCommand => ({
    type: 'RecordHearing',
    data: { by: lies, heldOn, channel },
  });
  const offer = (proposedFor: string, name = 'attempt'): BareCommand => ({
    type: 'OfferHearing',
    data: { by: lies, attemptId: uuid(name), offeredOn: '2026-03-03', proposedFor, channel: 'in_person' },
  });
  const passed: BareCommand = { type: 'NoteTermPassed', data: { term: 'hearing', dueOn: '2026-03-12' } };

  it('is met by a talk recorded on the last day, by telephone too', () => {
    expect(given(opened, ['2026-03-12', hear('2026-03-12')])).toMatchObject({ hearing: { status: 'met' } });
  });
  it('does not take a written message as a hearing unless the setting says so', () => {
    expect(types(when(given(opened), '2026-03-04', hear('2026-03-04', 'written_message')))).toEqual(
      refused('written_message_is_no_hearing'),
    );
    const counts: Step = ['2026-03-02', openCase({ writtenCounts: true })];
    expect(types(when(given(counts), '2026-03-04', hear('2026-03-04', 'written_message')))).toEqual(['HearingHeld']);
  });
  it('is missed when the timer fires after the last day, and not before', () => {
    expect(types(when(given(opened), '2026-03-12', passed))).toEqual([]);
    expect(types(when(given(opened), '2026-03-13', passed))).toEqual(['HearingTermMissed']);
  });
  it('decides to nothing when the timer fires twice, for another date, or for a closed case', () => {
    expect(types(when(given(opened, ['2026-03-13', passed]), '2026-03-13', passed))).toEqual([]);
    expect(
      types(
        when(given(opened), '2026-03-13', { type: 'NoteTermPassed', data: { term: 'hearing', dueOn: '2026-03-11' } }),
      ),
    ).toEqual([]);
  });
  it('is offered but not taken up when a date within the term was offered', () => {
    const state = given(opened, ['2026-03-03', offer('2026-03-10')], ['2026-03-13', passed]);
    expect(state).toMatchObject({ hearing: { status: 'not_taken_up' } });
  });
  it('does not count an offer for after the term', () => {
    const state = given(opened, ['2026-03-03', offer('2026-03-20')], ['2026-03-13', passed]);
    expect(state).toMatchObject({ hearing: { status: 'missed', cause: 'not_heard' } });
  });
  it('does not count an offer that is recorded after the term, though dated within it', () => {
    const state = given(opened, ['2026-03-13', offer('2026-03-10')]);
    expect(state).toMatchObject({ hearing: { status: 'missed' } });
  });
  it('stays missed when a talk in time is entered late', () => {
    const decision = when(given(opened), '2026-03-14', hear('2026-03-05'));
    expect(types(decision)).toEqual(['HearingTermMissed', 'HearingHeld']);
    expect(given(opened, ['2026-03-14', hear('2026-03-05')])).toMatchObject({
      hearing: { status: 'missed', held: { judgement: 'explains_missed_term' } },
    });
  });
  it('says late of a talk after the term', () => {
    expect(given(opened, ['2026-03-14', hear('2026-03-14')])).toMatchObject({
      hearing: { held: { judgement: 'late' } },
    });
  });
  it('is held once', () => {
    const state = given(opened, ['2026-03-04', hear('2026-03-04')]);
    expect(types(when(state, '2026-03-05', hear('2026-03-05')))).toEqual(refused('hearing_already_held'));
    expect(types(when(state, '2026-03-05', offer('2026-03-10')))).toEqual(refused('hearing_already_held'));
  });
  it('may be a recorded contact', () => {
    expect(types(when(given(opened), '2026-03-04', contact({ isHearing: true })))).toEqual([
      'ContactRecorded',
      'HearingHeld',
    ]);
  });
  it('refuses dates in the future and before the first contact', () => {
    expect(types(when(given(opened), '2026-03-04', contact({ heldOn: '2026-03-05' })))).toEqual(
      invalid('heldOn', 'in_future'),
    );
    expect(types(when(given(opened), '2026-03-04', contact({ heldOn: '2026-03-01' })))).toEqual(
      invalid('heldOn', 'before_first_contact'),
    );
    expect(types(when(given(opened), '2026-03-04', offer('2026-03-02')))).toEqual(
      invalid('proposedFor', 'before_offer'),
    );
  });
  it('is judged before a case with a passed term is closed', () => {
    const state = given(opened, [
      '2026-03-14',
      { type: 'RecordOutcome', data: { by: lies, outcome: 'withdrawn', recordedFor: '2026-03-14' } },
    ]);
    expect(
      types(
        when(state, '2026-03-14', {
          type: 'CloseCase',
          data: { by: lies, closedOn: '2026-03-14', retentionClass: 'informal_case' },
        }),
      ),
    ).toEqual(['HearingTermMissed', 'CaseClosed']);
  });
});

describe('confirmation of the interview', () => {
  const request: BareCommand = { type: 'RequestInterviewConfirmation', data: { requestedOn: '2026-03-05' } };
  const issue: BareCommand = {
    type: 'IssueInterviewConfirmation',
    data: {
      by: lies,
      documentId: uuid('confirmation'),
      documentHash: hash('c'),
      templateVersion: '2026.1',
      language: 'nl',
      issuedOn: '2026-03-06',
      content: plainText('{}'),
    },
  };
  it('is for a personal interview only, and on request', () => {
    const byPhone = given(opened, ['2026-03-04', contact({ channel: 'phone', isHearing: true })]);
    expect(types(when(byPhone, '2026-03-05', request))).toEqual(refused('confirmation_needs_personal_interview'));
    const inPerson = given(opened, ['2026-03-04', contact({ isHearing: true })]);
    expect(types(when(inPerson, '2026-03-06', issue))).toEqual(refused('confirmation_not_requested'));
    const issued = given(
      opened,
      ['2026-03-04', contact({ isHearing: true })],
      ['2026-03-05', request],
      ['2026-03-06', issue],
    );
    expect(issued).toMatchObject({ documents: { [uuid('confirmation')]: { kind: 'interview_confirmation' } } });
    expect(types(when(issued, '2026-03-06', sign('counsellor', { documentId: uuid('confirmation') })))).toEqual(
      refused('document_takes_no_signature'),
    );
  });
});

describe('the informal choice', () => {
  it('needs no document for advice', () => {
    expect(types(when(given(opened, ['2026-03-05', choose('advice')]), '2026-03-05', prepare()))).toEqual(
      refused('advice_needs_no_document'),
    );
    expect(types(when(given(opened), '2026-03-05', prepare()))).toEqual(refused('informal_type_not_chosen'));
  });
  it('tells an anonymous applicant that a signed request needs a known name', () => {
    const state = given(anonymous, ['2026-03-05', choose('reconciliation')]);
    expect(types(when(state, '2026-03-05', prepare()))).toMatchObject({
      code: 'signed_request_needs_known_name',
      source: expect.stringContaining('informal request'),
    });
    const known = given(
      anonymous,
      ['2026-03-05', choose('reconciliation')],
      ['2026-03-05', { type: 'MakeNameKnown', data: { name: plainText('Nora') } }],
    );
    expect(types(when(known, '2026-03-05', prepare()))).toEqual(['InformalDocumentPrepared']);
  });
  const prepared = [
    opened,
    ['2026-03-05', choose('intervention_with_another_person')],
    ['2026-03-05', prepare()],
  ] as const;
  it.each([
    ['tick_is_no_signature', sign('applicant', { method: 'tick' })],
    ['signature_needs_evidence', sign('applicant', { evidenceBlob: undefined })],
    ['paper_signature_needs_holder', sign('applicant', { holder: undefined })],
    ['signature_over_another_document', sign('applicant', { documentHash: hash('d') })],
  ])('refuses a signature: %s', (code, command) => {
    expect(types(when(given(...prepared), '2026-03-06', command))).toEqual(refused(code));
  });
  it('refuses a scan or a file that was not put into this case', () => {
    const unknown = sign('applicant', { evidenceKnown: false });
    expect(types(when(given(...prepared), '2026-03-06', unknown))).toEqual(invalid('evidenceBlob', 'unknown'));
    const attach = (blobKnown: boolean): BareCommand => ({
      type: 'AddAttachment',
      data: { by: lies, attachmentId: uuid('at'), blob: hash('e'), blobKnown, size: 10, kind: 'letter' },
    });
    expect(types(when(given(opened), '2026-03-06', attach(false)))).toEqual(invalid('blob', 'unknown'));
    // A repeat decides to nothing, wherever the file is by now.
    const attached = given(opened, ['2026-03-06', attach(true)]);
    expect(types(when(attached, '2026-03-06', attach(false)))).toEqual([]);
  });
  it('refuses an unknown document, a second signature and one under an earlier choice', () => {
    expect(types(when(given(...prepared), '2026-03-06', sign('applicant', { documentId: uuid('none') })))).toEqual(
      invalid('documentId', 'unknown'),
    );
    const once = given(...prepared, ['2026-03-06', sign('applicant')]);
    expect(types(when(once, '2026-03-07', sign('applicant', { signedOn: '2026-03-07' })))).toEqual(
      refused('already_signed'),
    );
    const rechosen = given(...prepared, ['2026-03-06', choose('reconciliation', 'second')]);
    expect(types(when(rechosen, '2026-03-06', sign('applicant')))).toEqual(refused('document_of_earlier_choice'));
  });
  it('lets nothing be done before both have signed, and says where that is written', () => {
    const acts: readonly BareCommand[] = [
      tell([uuid('point')]),
      {
        type: 'CarryOutIntervention',
        data: {
          by: lies,
          interventionId: uuid('i'),
          participantId: bossId,
          pointIds: [uuid('point')],
          carriedOutOn: '2026-03-09',
          channel: 'in_person',
        },
      },
    ];
    const one = given(
      ...prepared,
      ['2026-03-06', addBoss()],
      ['2026-03-06', agreePoint()],
      ['2026-03-06', sign('applicant')],
    );
    const none = given(opened, ['2026-03-06', addBoss()], ['2026-03-06', agreePoint()]);
    for (const act of acts)
      for (const state of [one, none])
        expect(types(when(state, '2026-03-09', act))).toMatchObject({
          code: 'nothing_before_both_signatures',
          source: expect.stringContaining('signed by the intervening person and the applicant'),
        });
  });
  it('refuses an act dated before the later signature', () => {
    const state = given(
      ...signedFor('intervention_with_another_person'),
      ['2026-03-06', addBoss()],
      ['2026-03-06', agreePoint()],
    );
    expect(types(when(state, '2026-03-09', tell([uuid('point')], '2026-03-05')))).toEqual(
      refused('nothing_before_both_signatures'),
    );
  });
  it('gives the applicant a copy of the signed document only', () => {
    const copy: BareCommand = {
      type: 'GiveDocumentCopy',
      data: { by: lies, documentId: uuid('document'), givenOn: '2026-03-07', way: 'handed_over' },
    };
    expect(types(when(given(...prepared), '2026-03-07', copy))).toEqual(refused('copy_only_of_signed_document'));
    expect(types(when(given(...signedFor('reconciliation')), '2026-03-07', copy))).toEqual(['DocumentCopyGiven']);
  });
});

describe('intervention with another person (scenario 4)', () => {
  const ready = [
    ...signedFor('intervention_with_another_person'),
    ['2026-03-06', addBoss()],
    ['2026-03-06', agreePoint()],
  ] as const;
  it('tells only points the applicant agreed to, to whom they agreed', () => {
    const state = given(...ready);
    expect(types(when(state, '2026-03-09', tell([uuid('point')])))).toEqual(['ParticipantTold']);
    expect(types(when(state, '2026-03-09', tell([uuid('other')])))).toEqual(refused('only_agreed_points_may_be_told'));
    const taken = given(...ready, [
      '2026-03-08',
      { type: 'WithdrawTelling', data: { by: lies, pointId: uuid('point'), withdrawnOn: '2026-03-08' } },
    ]);
    expect(types(when(taken, '2026-03-09', tell([uuid('point')])))).toEqual(refused('only_agreed_points_may_be_told'));
  });
  it('does not tell one participant what was agreed for another', () => {
    const other: BareCommand = {
      type: 'AddParticipant',
      data: { by: lies, participantId: uuid('colleague'), role: 'directly_involved', capacity: 'colleague' },
    };
    const state = given(...ready, ['2026-03-06', other], ['2026-03-06', agreePoint('theirs', uuid('colleague'))]);
    expect(types(when(state, '2026-03-09', tell([uuid('theirs')])))).toEqual(refused('only_agreed_points_may_be_told'));
  });
  it('is no reconciliation', () => {
    const meeting: BareCommand = {
      type: 'RecordReconciliationMeeting',
      data: { by: lies, meetingId: uuid('m'), heldOn: '2026-03-09', channel: 'in_person' },
    };
    expect(types(when(given(...ready), '2026-03-09', meeting))).toEqual(refused('not_the_chosen_type'));
  });
});

describe('reconciliation (scenario 3)', () => {
  const agree: BareCommand = {
    type: 'AgreeToReconciliation',
    data: { by: lies, participantId: bossId, agreedOn: '2026-03-07' },
  };
  const meet: BareCommand = {
    type: 'RecordReconciliationMeeting',
    data: { by: lies, meetingId: uuid('m'), heldOn: '2026-03-09', channel: 'in_person' },
  };
  const withdraw: BareCommand = {
    type: 'WithdrawFromReconciliation',
    data: { by: lies, participantId: bossId, withdrawnOn: '2026-03-10' },
  };
  const ready = [...signedFor('reconciliation'), ['2026-03-06', addBoss('reconciliation_partner')]] as const;
  it('needs the agreement of everyone', () => {
    expect(types(when(given(...ready), '2026-03-09', meet))).toEqual(refused('reconciliation_needs_every_agreement'));
    expect(types(when(given(...ready, ['2026-03-07', agree]), '2026-03-09', meet))).toEqual([
      'ReconciliationMeetingHeld',
    ]);
  });
  it('ends when one withdraws; the case closes and the document remains', () => {
    const ended = given(...ready, ['2026-03-07', agree], ['2026-03-10', withdraw]);
    expect(
      types(when(ended, '2026-03-11', { ...meet, data: { ...meet.data, heldOn: '2026-03-11' } } as BareCommand)),
    ).toEqual(refused('reconciliation_ended'));
    const closed = given(
      ...ready,
      ['2026-03-07', agree],
      ['2026-03-10', withdraw],
      ['2026-03-11', { type: 'RecordOutcome', data: { by: lies, outcome: 'withdrawn', recordedFor: '2026-03-11' } }],
      [
        '2026-03-11',
        { type: 'CloseCase', data: { by: lies, closedOn: '2026-03-11', retentionClass: 'informal_case' } },
      ],
    );
    expect(closed).toMatchObject({ status: 'closed', documents: { [uuid('document')]: { kind: 'informal_choice' } } });
  });
});

describe('closing', () => {
  const close: BareCommand = {
    type: 'CloseCase',
    data: { by: lies, closedOn: '2026-03-10', retentionClass: 'informal_case' },
  };
  const outcome: BareCommand = {
    type: 'RecordOutcome',
    data: { by: lies, outcome: 'resolved', recordedFor: '2026-03-10' },
  };
  const closed = [opened, ['2026-03-10', outcome], ['2026-03-10', close]] as const;
  it('needs an outcome', () => {
    expect(types(when(given(opened), '2026-03-10', close))).toEqual(refused('closing_needs_outcome'));
    expect(given(...closed)).toMatchObject({ status: 'closed', closedOn: '2026-03-10' });
  });
  it('ends all work but a disclosure, an exclusion, a copy and the reopening', () => {
    expect(types(when(given(...closed), '2026-03-11', contact()))).toEqual(refused('case_closed'));
    expect(
      types(
        when(given(...closed), '2027-03-11', {
          type: 'MakeDisclosure',
          data: {
            by: lies,
            disclosureId: uuid('d'),
            ground: 'testimony_in_court',
            disclosedOn: '2027-03-11',
            recipient: plainText('The labour court'),
            words: plainText('Heard on 4 March.'),
          },
        }),
      ),
    ).toEqual(['DisclosureMade']);
  });
  it('is undone with a motive', () => {
    expect(
      given(...closed, ['2026-04-01', { type: 'ReopenCase', data: { by: lies, motive: plainText('It began again') } }]),
    ).toMatchObject({
      status: 'open',
    });
  });
  it('links cases, not one to itself', () => {
    const link = (otherCase: string): BareCommand => ({
      type: 'LinkCases',
      data: { by: lies, caseId: uuid('case'), otherCase, kind: 'same_situation' },
    });
    expect(types(when(given(...closed), '2026-04-01', link(uuid('case'))))).toEqual(refused('case_linked_to_itself'));
    expect(types(when(given(...closed), '2026-04-01', link(uuid('another'))))).toEqual(['CasesLinked']);
  });
});

describe('who may act', () => {
  it('is nobody but the handler: another, and the same id of another directory, find nothing', () => {
    for (const by of [person('an'), person('lies', zorgnet)])
      expect(types(when(given(opened), '2026-03-04', contact({ by })))).toEqual(NOT_FOUND);
    expect(types(when(initial, '2026-03-04', contact()))).toEqual(NOT_FOUND);
  });
  it('is not who takes part in the case', () => {
    const state = given(opened, ['2026-03-04', addBoss()]);
    expect(state.status === 'open' && isExcluded(state, person('boss'))).toBe(true);
    expect(state.status === 'open' && isExcluded(state, person('boss', zorgnet))).toBe(false);
  });
  it('keeps handler and applicant out of the participants', () => {
    const add = (who: string): BareCommand => ({
      type: 'AddParticipant',
      data: { by: lies, participantId: uuid(who), role: 'witness', capacity: 'colleague', person: person(who) },
    });
    const named: Step = [
      '2026-03-02',
      openCase({ applicant: { participantId: applicantId, identity: 'account', person: person('pieter') } }),
    ];
    expect(types(when(given(named), '2026-03-04', add('lies')))).toEqual(refused('handler_is_participant'));
    expect(types(when(given(named), '2026-03-04', add('pieter')))).toEqual(refused('applicant_is_participant'));
  });
  it('takes an exclusion of others, not of oneself', () => {
    const exclude = (who: string): BareCommand => ({
      type: 'AddExclusion',
      data: { by: lies, excludedParticipantId: uuid('x'), person: person(who), reason: 'conflict_of_interest' },
    });
    const state = given(opened, ['2026-03-04', exclude('an')]);
    expect(state.status === 'open' && isExcluded(state, person('an'))).toBe(true);
    expect(types(when(given(opened), '2026-03-04', exclude('lies')))).toEqual(refused('own_conflict_is_recusal'));
  });
});

describe('hand-over (scenario 8)', () => {
  const an = { pseudonym: 'p-an', participantId: uuid('an'), person: person('an') };
  const note: BareCommand = {
    type: 'WritePersonalNote',
    data: { by: lies, noteId: uuid('n'), note: plainText('mine') },
  };
  const propose = (successor?: typeof an): BareCommand => ({
    type: 'ProposeHandover',
    data: { handoverId: uuid('h'), handler: 'p-lies', successor },
  });
  const decideOn = (choice: Extract<BareCommand, { type: 'DecideContinuation' }>['data']['choice']): BareCommand => ({
    type: 'DecideContinuation',
    data: { handoverId: uuid('h'), decidedOn: '2026-03-20', choice },
  });
  const waiting = [opened, ['2026-03-03', note], ['2026-03-15', propose(an)]] as const;

  it('gives the leaver’s personal notes a date of destruction and no heir', () => {
    const state = given(...waiting);
    expect(state).toMatchObject({ personalNotesDestroyOn: { [notesIdOf(handlerId)]: '2026-06-15' } });
  });
  it('lets nothing move while the applicant has not decided', () => {
    expect(types(when(given(...waiting), '2026-03-16', contact()))).toEqual(refused('handover_waits_for_applicant'));
    expect(types(when(given(...waiting), '2026-03-16', contact({ by: an.person })))).toEqual(NOT_FOUND);
  });
  it('lets the successor ask a question without content, and nobody else', () => {
    const ask = (by = an.person): BareCommand => ({
      type: 'AskContinuation',
      data: { by, handoverId: uuid('h'), askId: uuid('q'), askedOn: '2026-03-16' },
    });
    expect(types(when(given(...waiting), '2026-03-16', ask()))).toEqual(['ContinuationAsked']);
    expect(types(when(given(...waiting), '2026-03-16', ask(person('tom'))))).toEqual(NOT_FOUND);
  });
  it('goes on with the successor, with another, or closes, as the applicant decides', () => {
    const state = given(...waiting);
    expect(given(...waiting, ['2026-03-20', decideOn({ decision: 'successor' })])).toMatchObject({
      handler: { pseudonym: 'p-an' },
      handover: { status: 'none' },
    });
    const jo = { pseudonym: 'p-jo', participantId: uuid('jo'), person: person('jo') };
    expect(given(...waiting, ['2026-03-20', decideOn({ decision: 'another', counsellor: jo })])).toMatchObject({
      handler: { pseudonym: 'p-jo' },
    });
    expect(types(when(state, '2026-03-20', decideOn({ decision: 'close' })))).toEqual([
      'ApplicantDecided',
      'HearingTermMissed',
      'OutcomeRecorded',
      'CaseClosed',
    ]);
  });
  it('decides once, and not without a hand-over or a successor', () => {
    const done = given(...waiting, ['2026-03-20', decideOn({ decision: 'successor' })]);
    expect(types(when(done, '2026-03-21', decideOn({ decision: 'close' })))).toEqual(
      refused('handover_already_decided'),
    );
    expect(types(when(given(opened), '2026-03-21', decideOn({ decision: 'close' })))).toEqual(
      refused('no_handover_pending'),
    );
    const nobody = given(opened, ['2026-03-15', propose()]);
    expect(types(when(nobody, '2026-03-21', decideOn({ decision: 'successor' })))).toEqual(
      refused('no_successor_named'),
    );
    const name: BareCommand = { type: 'NameSuccessor', data: { handoverId: uuid('h'), successor: an } };
    expect(types(when(nobody, '2026-03-21', name))).toEqual(['SuccessorNamed']);
    expect(types(when(given(opened), '2026-03-21', name))).toEqual(refused('no_handover_pending'));
  });
  it('does not go to someone who is in the case, nor back to the handler', () => {
    const withBoss = given(opened, ['2026-03-04', addBoss()], ['2026-03-15', propose()]);
    const boss = { pseudonym: 'p-boss', participantId: uuid('b2'), person: person('boss') };
    expect(types(when(withBoss, '2026-03-20', decideOn({ decision: 'another', counsellor: boss })))).toEqual(
      refused('successor_is_excluded'),
    );
    const self = { pseudonym: 'p-lies', participantId: uuid('l2'), person: lies };
    expect(types(when(withBoss, '2026-03-20', decideOn({ decision: 'another', counsellor: self })))).toEqual(
      refused('successor_is_handler'),
    );
  });
  it('follows a recusal, after which the recused counsellor finds nothing', () => {
    const recuse: BareCommand = {
      type: 'RecuseCounsellor',
      data: { by: lies, reason: 'personal_relation', handoverId: uuid('h'), successor: an },
    };
    expect(types(when(given(opened), '2026-03-04', recuse))).toEqual(['CounsellorRecused', 'HandoverProposed']);
    expect(types(when(given(opened, ['2026-03-04', recuse]), '2026-03-05', contact()))).toEqual(NOT_FOUND);
  });
  it('keeps a document signed by the former counsellor', () => {
    const state = given(
      ...signedFor('intervention_with_another_person'),
      ['2026-03-06', addBoss()],
      ['2026-03-06', agreePoint()],
      ['2026-03-15', propose(an)],
      ['2026-03-20', decideOn({ decision: 'successor' })],
    );
    const told = tell([uuid('point')], '2026-03-21');
    expect(types(when(state, '2026-03-21', { ...told, data: { ...told.data, by: an.person } } as BareCommand))).toEqual(
      ['ParticipantTold'],
    );
  });
});

describe('work queues and facts', () => {
  it('derives flags from the state', () => {
    const flags = (...steps: readonly Step[]) => {
      const state = given(...steps);
      return state.status === 'absent' ? [] : flagsOf(state);
    };
    expect(flags(opened)).toEqual(['hear_within_term']);
    expect(flags(...signedFor('reconciliation'))).toEqual(['hear_within_term', 'copy_not_given']);
    expect(flags(...signedFor('reconciliation').slice(0, 4))).toContain('waiting_for_signature');
  });
  it('releases each fact once', () => {
    const state = given(['2026-03-02', openCase({ factId: uuid('fact'), kindOfFacts: 'conflict' })]);
    const facts = state.status === 'absent' ? [] : unreleasedFacts(state);
    expect(facts).toEqual([expect.objectContaining({ factId: uuid('fact'), kind: 'case_opened' })]);
    const release: BareCommand = { type: 'ReleaseFacts', data: { factIds: [uuid('fact'), uuid('unknown')] } };
    const decision = when(state, '2026-03-03', release);
    expect(decision).toEqual({
      kind: 'accepted',
      events: [{ type: 'FactsReleased', data: { factIds: [uuid('fact')], count: 1 } }],
    });
  });
});

describe('every command', () => {
  const script: readonly Step[] = [
    opened,
    [
      '2026-03-03',
      {
        type: 'OfferHearing',
        data: {
          by: lies,
          attemptId: uuid('a'),
          offeredOn: '2026-03-03',
          proposedFor: '2026-03-04',
          channel: 'in_person',
        },
      },
    ],
    ['2026-03-04', contact({ isHearing: true })],
    ['2026-03-05', { type: 'RequestInterviewConfirmation', data: { requestedOn: '2026-03-05' } }],
    ['2026-03-05', { type: 'WriteCaseNote', data: { by: lies, noteId: uuid('cn'), note: plainText('note') } }],
    ['2026-03-05', { type: 'WritePersonalNote', data: { by: lies, noteId: uuid('pn'), note: plainText('mine') } }],
    ['2026-03-05', choose('intervention_with_another_person')],
    ['2026-03-05', prepare()],
    ['2026-03-06', sign('counsellor')],
    ['2026-03-06', sign('applicant')],
    [
      '2026-03-06',
      {
        type: 'GiveDocumentCopy',
        data: { by: lies, documentId: uuid('document'), givenOn: '2026-03-06', way: 'post' },
      },
    ],
    ['2026-03-06', addBoss()],
    ['2026-03-06', agreePoint()],
    ['2026-03-09', tell([uuid('point')])],
    [
      '2026-03-09',
      { type: 'NoteReferral', data: { referralId: 'r-1', receiverKind: 'physician', notedOn: '2026-03-09' } },
    ],
    ['2026-03-09', { type: 'MarkForFormal', data: { by: lies, markedOn: '2026-03-09' } }],
    [
      '2026-03-09',
      {
        type: 'AddAttachment',
        data: { by: lies, attachmentId: uuid('at'), blob: hash('e'), blobKnown: true, size: 10, kind: 'letter' },
      },
    ],
    ['2026-03-10', { type: 'RecordOutcome', data: { by: lies, outcome: 'improved', recordedFor: '2026-03-10' } }],
    ['2026-03-10', { type: 'CloseCase', data: { by: lies, closedOn: '2026-03-10', retentionClass: 'informal_case' } }],
    ['2026-03-11', { type: 'ReopenCase', data: { by: lies, motive: plainText('again') } }],
    ['2026-03-12', { type: 'RecuseCounsellor', data: { by: lies, reason: 'other', handoverId: uuid('h') } }],
  ];

  it('given again right after it was accepted, adds nothing', () => {
    assert(
      property(integer({ min: 1, max: script.length }), (length) => {
        const steps = script.slice(0, length);
        const last = steps.at(-1);
        if (last === undefined) return;
        const again = when(given(...steps), last[0], last[1]);
        expect(again.kind === 'accepted' ? again.events : []).toEqual([]);
      }),
    );
  });

  it('is decided without a clock, a random id or the organisation it is in: the same command gives the same events', () => {
    for (const [index, [today, command]] of script.entries()) {
      const state = given(...script.slice(0, index));
      const a = decide(on(today, command, gentia), state);
      const b = decide(on(today, command, zorgnet) as CaseCommand, state);
      expect(a).toEqual(b);
    }
  });
});

describe('event fields', () => {
  const fields = caseEvents.flatMap((event) =>
    Object.entries(event.fields).map(([name, field]) => ({ event: event.name, name, field })),
  );
  it('rate and judge nobody', () => {
    const judging = /score|rating|credib|guilt|severity|reliab|truth|blame|suspect|likelihood|risk_?level/i;
    expect(fields.filter(({ name }) => judging.test(name))).toEqual([]);
  });
  it('stand in the clear only where rule 6 lists them', () => {
    const clear = fields.filter(({ field }) => field.class === 'clear').map(({ event, name }) => `${event}.${name}`);
    expect(clear.toSorted()).toMatchInlineSnapshot(`
      [
        "ApplicantDecided.handoverId",
        "ApplicantNameMadeKnown.applicantParticipantId",
        "AttachmentAdded.attachmentId",
        "CaseClosed.closedOn",
        "CaseClosed.retentionClass",
        "CaseNoteWritten.noteId",
        "CaseOpened.applicantParticipantId",
        "CaseOpened.handler",
        "CaseOpened.handlerParticipantId",
        "CaseOpened.hearingDueOn",
        "CaseOpened.lawVersion",
        "ContactRecorded.contactId",
        "ContinuationAsked.askId",
        "ContinuationAsked.handoverId",
        "CounsellorRecused.handlerParticipantId",
        "DisclosureMade.disclosureId",
        "DocumentCopyGiven.documentId",
        "DocumentSigned.documentId",
        "DocumentSigned.signerParticipantId",
        "ExclusionAdded.excludedParticipantId",
        "FactsReleased.count",
        "HandlerChanged.handler",
        "HandlerChanged.handlerParticipantId",
        "HandlerChanged.handoverId",
        "HandoverProposed.cause",
        "HandoverProposed.handoverId",
        "HandoverProposed.successor",
        "HandoverProposed.successorParticipantId",
        "HearingHeld.judgement",
        "HearingNotTakenUp.dueOn",
        "HearingOffered.attemptId",
        "HearingTermMissed.cause",
        "HearingTermMissed.dueOn",
        "InformalDocumentPrepared.choiceId",
        "InformalDocumentPrepared.documentId",
        "InformalDocumentPrepared.templateVersion",
        "InformalTypeChosen.choiceId",
        "InterventionCarriedOut.interventionId",
        "InterventionCarriedOut.participantId",
        "InterventionCarriedOut.pointIds",
        "InterviewConfirmationIssued.documentId",
        "InterviewConfirmationIssued.templateVersion",
        "ParticipantAdded.participantId",
        "ParticipantTold.participantId",
        "ParticipantTold.pointIds",
        "ParticipantTold.tellingId",
        "PersonalNoteWritten.authorParticipantId",
        "PersonalNoteWritten.noteId",
        "PersonalNotesDestructionScheduled.authorParticipantId",
        "PersonalNotesDestructionScheduled.destroyOn",
        "ReconciliationAgreed.participantId",
        "ReconciliationMeetingHeld.meetingId",
        "ReconciliationWithdrawn.participantId",
        "SuccessorNamed.handoverId",
        "SuccessorNamed.successor",
        "SuccessorNamed.successorParticipantId",
        "TellingAgreed.participantId",
        "TellingAgreed.pointId",
        "TellingWithdrawn.participantId",
        "TellingWithdrawn.pointId",
      ]
    `);
  });
  it('seal every link to a person for the record and the participant', () => {
    const links = fields.filter((one) => one.name.toLowerCase().endsWith('person') || one.name.startsWith('receipt'));
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter(({ field }) => field.subjects.length !== 2)).toEqual([]);
  });
});
