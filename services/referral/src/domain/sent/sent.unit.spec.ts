import { plainText } from '@toeverlaat/event-log';
import { lawText, wordingVersion } from '@toeverlaat/legal';
import {
  referralRuleCodes as contractCodes,
  referralConsentMethodSchema,
  referredRecordKindSchema,
} from '@toeverlaat/contracts';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hash, life, person, refusal, uuid } from '../fixture.js';
import { referralRuleCodes } from '../rules.js';
import { consentMethods, recordKinds, referralReceiver, type ListedRecord } from '../vocabulary.js';
import { listHashOf, sentDecider, sentPart, wordingKeyOf, type LivingSent, type SentCommand } from './index.js';

const confirmation: ListedRecord = { recordId: uuid('confirmation'), kind: 'interview_confirmation', picked: false };
const choice: ListedRecord = { recordId: uuid('choice'), kind: 'informal_choice', picked: false };
const note: ListedRecord = { recordId: uuid('note'), kind: 'case_note', picked: true };

type Data<T extends SentCommand['type']> = Extract<SentCommand, { type: T }>['data'];
const prepare = (over: Partial<Data<'PrepareReferral'>> = {}) => ({
  type: 'PrepareReferral' as const,
  data: {
    sender: { pseudonym: 'p-lies', participantId: uuid('lies'), person: person('lies') },
    applicantParticipantId: uuid('tom'),
    caseTag: 'tag0',
    caseId: uuid('case'),
    receiverKind: 'prevention_adviser' as const,
    receiver: { pseudonym: 'p-paul', participantId: uuid('paul'), person: person('paul') },
    records: [confirmation, choice],
    receiverTakesPart: false,
    ...over,
  },
});
const toPhysician = (over: Partial<Data<'PrepareReferral'>> = {}) =>
  prepare({
    receiverKind: 'physician',
    receiver: undefined,
    receiverName: plainText('dr. Claes'),
    records: [note],
    ...over,
  });

const referral = () => life(sentDecider, (command, meta) => ({ ...command, meta }) as SentCommand);
const hashIn = (living: ReturnType<typeof referral>): string => listHashOf(living.state() as LivingSent);
const consent = (living: ReturnType<typeof referral>, over: Partial<Data<'GiveConsent'>> = {}) => ({
  type: 'GiveConsent' as const,
  data: {
    consentId: uuid('consent'),
    wordingVersion,
    wordingLanguage: 'nl' as const,
    method: 'own_account' as const,
    givenOn: '2026-03-03',
    listHash: hashIn(living),
    ...over,
  },
});
const copies = (...records: readonly ListedRecord[]) =>
  records.map(({ recordId }) => ({ recordId, contentHash: hash('a') }));
const send = (over: Partial<Data<'SendReferral'>> = {}) => ({
  type: 'SendReferral' as const,
  data: { copies: copies(confirmation, choice), ...over },
});
const sent = () => {
  const living = referral();
  living.does('2026-03-02', prepare());
  living.does('2026-03-03', consent(living));
  living.does('2026-03-04', send());
  return living;
};
const withdraw = (by: 'applicant' | 'sender' = 'applicant') => ({ type: 'WithdrawReferral' as const, data: { by } });

describe('preparing a referral', () => {
  it('lists the two documents for the prevention adviser', () => {
    const living = referral();
    expect(living.does('2026-03-02', prepare())).toMatchObject([
      { type: 'ReferralPrepared', data: { sender: 'p-lies', receiver: 'p-paul', records: [confirmation, choice] } },
    ]);
    expect(living.state()).toMatchObject({ status: 'prepared', consent: undefined });
  });

  it('takes anything more only when the worker picked it', () => {
    const unpicked = { ...note, picked: false };
    expect(refusal(referral().decide('2026-03-02', prepare({ records: [confirmation, unpicked] })))).toBe(
      'more_only_when_the_worker_picked_it',
    );
    expect(refusal(referral().decide('2026-03-02', prepare({ records: [confirmation, note] })))).toBe('accepted');
    // Nobody but the adviser gets the documents by themselves.
    expect(refusal(referral().decide('2026-03-02', toPhysician({ records: [confirmation] })))).toBe(
      'more_only_when_the_worker_picked_it',
    );
  });

  it.each([
    ['receiver: required', prepare({ receiver: undefined })],
    ['receiverName: required', toPhysician({ receiverName: undefined })],
    ['receiverName: not_with_a_desk', prepare({ receiverName: plainText('Paul') })],
    ['receiver: only_with_a_desk', toPhysician({ receiver: prepare().data.receiver })],
    ['records: twice', prepare({ records: [confirmation, confirmation] })],
    ['receiver_takes_part', prepare({ receiverTakesPart: true })],
    [
      'receiver_is_sender',
      prepare({ receiver: { pseudonym: 'p-2025', participantId: uuid('x'), person: person('lies') } }),
    ],
  ])('is refused: %s', (rule, command) => {
    expect(refusal(referral().decide('2026-03-02', command))).toBe(rule);
  });

  it('is done once', () => {
    const living = referral();
    living.does('2026-03-02', prepare());
    expect(refusal(living.decide('2026-03-02', prepare()))).toBe('referral_exists');
  });
});

describe('consent', () => {
  it('names the applicant, the wording and its edition, and the list', () => {
    const living = referral();
    living.does('2026-03-02', prepare());
    expect(living.does('2026-03-03', consent(living))).toEqual([
      {
        type: 'ReferralConsentGiven',
        data: {
          ...consent(living).data,
          applicantParticipantId: uuid('tom'),
          wordingKey: 'consent.referral.prevention_adviser',
        },
      },
    ]);
  });

  it('ends when the list changes, and does not when it stays', () => {
    const living = referral();
    living.does('2026-03-02', prepare());
    living.does('2026-03-03', consent(living));
    const same = { type: 'ChangeRecords' as const, data: { records: [choice, confirmation] } };
    expect(living.does('2026-03-03', same)).toEqual([]);
    const earlier = consent(living);
    living.does('2026-03-03', { type: 'ChangeRecords', data: { records: [confirmation, note] } });
    expect(refusal(living.decide('2026-03-04', send({ copies: copies(confirmation, note) })))).toBe('consent_required');
    expect(refusal(living.decide('2026-03-04', earlier))).toBe('consent_to_another_list');
    living.does('2026-03-04', consent(living));
    expect(living.does('2026-03-04', send({ copies: copies(confirmation, note) }))).toHaveLength(1);
  });

  it('to a physician is written: a click is none', () => {
    const living = referral();
    living.does('2026-03-02', toPhysician());
    expect(refusal(living.decide('2026-03-03', consent(living)))).toBe('physician_needs_written_consent');
    expect(refusal(living.decide('2026-03-03', consent(living, { method: 'own_receipt' })))).toBe(
      'physician_needs_written_consent',
    );
    for (const method of ['paper', 'drawn', 'qualified'] as const) {
      const signed = {
        method,
        evidenceBlob: hash('b'),
        evidenceAttached: true,
        ...(method === 'paper' ? { holder: 'both' as const } : {}),
      };
      expect(refusal(living.decide('2026-03-03', consent(living, signed)))).toBe('accepted');
    }
  });

  it.each([
    ['givenOn: in_future', { givenOn: '2026-03-04' }],
    ['consent_needs_evidence', { method: 'drawn' as const }],
    ['consent_evidence_not_in_case', { method: 'drawn' as const, evidenceBlob: hash('b') }],
    ['consent_evidence_not_in_case', { method: 'drawn' as const, evidenceBlob: hash('b'), evidenceAttached: false }],
    ['paper_consent_needs_holder', { method: 'paper' as const, evidenceBlob: hash('b'), evidenceAttached: true }],
    [
      'holder: only_on_paper',
      { method: 'drawn' as const, evidenceBlob: hash('b'), evidenceAttached: true, holder: 'both' as const },
    ],
    ['evidenceBlob: only_with_a_signature', { evidenceBlob: hash('b') }],
    ['consent_needs_current_wording', { wordingVersion: '2020.1' }],
    ['consent_to_another_list', { listHash: hash('0') }],
  ])('is refused: %s', (rule, over) => {
    const living = referral();
    living.does('2026-03-02', prepare());
    expect(refusal(living.decide('2026-03-03', consent(living, over)))).toBe(rule);
  });

  it('has a wording for every receiver', () => {
    for (const kind of referralReceiver.values)
      expect(lawText(wordingKeyOf(kind), 'de', { receiver: 'x' })).not.toContain('{');
  });
});

describe('sending', () => {
  it('to a desk starts the terms', () => {
    const living = sent();
    expect(living.state()).toMatchObject({
      status: 'sent',
      toDesk: true,
      sentOn: '2026-03-04',
      answerDueOn: '2026-03-14',
      expiresOn: '2026-03-18',
    });
  });

  it('needs consent, the whole list and a sender', () => {
    const living = referral();
    living.does('2026-03-02', prepare());
    expect(refusal(living.decide('2026-03-04', send()))).toBe('consent_required');
    living.does('2026-03-03', consent(living));
    expect(refusal(living.decide('2026-03-04', send({ copies: copies(confirmation) })))).toBe('copies: not_the_list');
    expect(refusal(living.decide('2026-03-04', send({ copies: copies(confirmation, choice, note) })))).toBe(
      'copies: not_the_list',
    );
    expect(refusal(living.decide('2026-03-04', send({ copies: copies(confirmation, note) })))).toBe(
      'copies: not_the_list',
    );
    living.does('2026-03-04', { type: 'ChangeSender', data: { because: 'recused' } });
    expect(refusal(living.decide('2026-03-04', send()))).toBe('sender_no_longer_handles');
    living.does('2026-03-05', {
      type: 'ChangeSender',
      data: {
        because: 'handed_over',
        sender: { pseudonym: 'p-marie', participantId: uuid('marie'), person: person('marie') },
      },
    });
    expect(living.state()).toMatchObject({ sender: 'p-marie', senderPerson: person('marie') });
    expect(refusal(living.decide('2026-03-05', send()))).toBe('accepted');
  });

  it('without a desk keeps the exact words and has no term', () => {
    const living = referral();
    living.does('2026-03-02', toPhysician());
    living.does('2026-03-03', consent(living, { method: 'drawn', evidenceBlob: hash('b'), evidenceAttached: true }));
    const words = { copies: copies(note), words: plainText('He sleeps badly.'), handedOverOn: '2026-03-04' };
    expect(refusal(living.decide('2026-03-04', send({ ...words, words: undefined })))).toBe('words: required');
    expect(refusal(living.decide('2026-03-04', send({ ...words, handedOverOn: undefined })))).toBe(
      'handedOverOn: required',
    );
    expect(refusal(living.decide('2026-03-04', send({ ...words, handedOverOn: '2026-03-05' })))).toBe(
      'handedOverOn: in_future',
    );
    // Handed over before the worker agreed.
    expect(refusal(living.decide('2026-03-04', send({ ...words, handedOverOn: '2026-03-02' })))).toBe(
      'consent_required',
    );
    living.does('2026-03-04', send(words));
    expect(living.state()).toMatchObject({ status: 'sent', toDesk: false, expiresOn: undefined, words: words.words });
    expect(
      refusal(living.decide('2026-03-05', { type: 'NoteAccepted', data: { from: 'sender', on: '2026-03-03' } })),
    ).toBe('on: before_sending');
    living.does('2026-03-05', { type: 'NoteAccepted', data: { from: 'sender', on: '2026-03-05' } });
    expect(living.state()).toMatchObject({ status: 'accepted' });
  });
});

describe('the end of a referral', () => {
  const expire = { type: 'NoteReferralExpired' as const, data: { expiresOn: '2026-03-18' } };

  it('expires on its day, not before, once, and only unanswered', () => {
    const living = sent();
    expect(living.does('2026-03-17', expire)).toEqual([]);
    expect(living.does('2026-03-18', { ...expire, data: { expiresOn: '2026-03-17' } })).toEqual([]);
    expect(living.does('2026-03-18', expire)).toHaveLength(1);
    expect(living.does('2026-03-19', expire)).toEqual([]);
    expect(refusal(living.decide('2026-03-19', withdraw()))).toBe('referral_ended');
    const answered = sent();
    answered.does('2026-03-10', { type: 'NoteAccepted', data: { from: 'desk', on: '2026-03-10' } });
    expect(answered.does('2026-03-18', expire)).toEqual([]);
  });

  it('is withdrawn before or after the answer, once; what went out is still told', () => {
    for (const living of [sent(), sent()]) {
      living.does('2026-03-05', withdraw());
      expect(living.state()).toMatchObject({ status: 'withdrawn', by: 'applicant', withdrawnOn: '2026-03-05' });
      expect(sentPart(living.state() as LivingSent)).toMatchObject({ sentOn: '2026-03-04' });
      expect(living.does('2026-03-06', withdraw('sender'))).toEqual([]);
    }
    const accepted = sent();
    accepted.does('2026-03-05', { type: 'NoteAccepted', data: { from: 'desk', on: '2026-03-05' } });
    expect(accepted.does('2026-03-06', withdraw())).toHaveLength(1);
    const unsent = referral();
    unsent.does('2026-03-02', prepare());
    unsent.does('2026-03-03', withdraw('sender'));
    expect(sentPart(unsent.state() as LivingSent)).toBeUndefined();
    expect(refusal(unsent.decide('2026-03-03', send()))).toBe('referral_already_sent');
  });

  it('takes no answer by hand from who has a desk, and none late from the desk', () => {
    const living = sent();
    const byHand = { type: 'NoteAccepted' as const, data: { from: 'sender' as const, on: '2026-03-05' } };
    expect(refusal(living.decide('2026-03-05', byHand))).toBe('receiver_answers_at_their_desk');
    living.does('2026-03-05', withdraw());
    expect(living.does('2026-03-06', { type: 'NoteAccepted', data: { from: 'desk', on: '2026-03-05' } })).toEqual([]);
    expect(refusal(living.decide('2026-03-06', byHand))).toBe('referral_ended');
    expect(living.state()).toMatchObject({ status: 'withdrawn' });
  });
});

it('never sends without a consent to exactly what goes, in any order of commands', () => {
  const lists = [[confirmation, choice], [confirmation], [confirmation, note]] as const;
  const step = fc.oneof(
    fc.record({ do: fc.constant('consent' as const), of: fc.nat(2) }),
    fc.record({ do: fc.constant('change' as const), of: fc.nat(2) }),
    fc.record({ do: fc.constant('send' as const), of: fc.nat(2) }),
    fc.record({ do: fc.constant('withdraw' as const), of: fc.nat(2) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const living = referral();
      living.does('2026-03-02', prepare());
      const agreed = new Set<string>();
      for (const { do: what, of } of steps) {
        const list = lists[of] ?? [];
        const before = living.state() as LivingSent;
        const listHash = listHashOf({ ...before, records: list });
        const command =
          what === 'consent'
            ? consent(living, { listHash })
            : what === 'change'
              ? { type: 'ChangeRecords' as const, data: { records: list } }
              : what === 'send'
                ? send({ copies: copies(...list) })
                : withdraw();
        const decision = living.decide('2026-03-05', command);
        if (decision.kind === 'rejected') continue;
        if (what === 'consent') agreed.add(listHash);
        living.does('2026-03-05', command);
        const sentOut = what === 'send' ? { agreed: agreed.has(listHash), listHash: listHashOf(before) } : undefined;
        expect(sentOut ?? { agreed: true, listHash }).toEqual({ agreed: true, listHash });
      }
    }),
  );
});

it('names its rules and codes as its contract does', () => {
  expect(referralRuleCodes.toSorted()).toEqual(contractCodes.toSorted());
  expect(referralConsentMethodSchema.options).toEqual([...consentMethods]);
  expect(referredRecordKindSchema.options).toEqual([...recordKinds]);
});
