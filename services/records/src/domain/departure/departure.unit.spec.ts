import { departureRuleCodes, receivingCapacities as told } from '@toeverlaat/contracts';
import { plainText, type CommandMeta, type Decision } from '@toeverlaat/event-log';
import { InvariantBroken, uuidV5, type CommandId, type OrganisationId, type PersonId } from '@toeverlaat/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_RECORDS, receivingCapacities } from '../departure-vocabulary.js';
import {
  closedRecords,
  departureDecider,
  departureRules,
  isWithheld,
  provedRecords,
  type DepartureCommand,
  type DepartureEvent,
  type DepartureState,
  type NamedReceiver,
} from './index.js';

const gentia = 'gentia' as OrganisationId;
const uuid = (name: string): string => uuidV5('departure', name);
const departureId = uuid('one');
const hash = (letter: string): string => letter.repeat(64);
type Bare = DepartureCommand extends infer C ? (C extends DepartureCommand ? Omit<C, 'meta'> : never) : never;

const metaOn = (today: string, pseudonym = 'rik2026', capacity = 'records_manager'): CommandMeta => ({
  commandId: uuid('command') as CommandId,
  organisation: gentia,
  at: `${today}T09:00:00.000Z`,
  today,
  actor: { pseudonym, capacity },
  lawVersion: '2026-1',
});
const byRik = metaOn('2026-11-23');
const byLies = metaOn('2026-11-23', 'lies2026', 'counsellor');
const later = metaOn('2026-12-07', 'system', 'system');

const fold = (given: readonly DepartureEvent[]): DepartureState =>
  given.reduce<DepartureState>(departureDecider.evolve, departureDecider.initial);
const decide = (given: readonly DepartureEvent[], command: Bare, meta: CommandMeta): Decision<DepartureEvent> =>
  departureDecider.decide({ ...command, meta } as DepartureCommand, fold(given));
const events = (given: readonly DepartureEvent[], command: Bare, meta: CommandMeta): readonly DepartureEvent[] => {
  const decision = decide(given, command, meta);
  if (decision.kind === 'rejected') throw new Error(JSON.stringify(decision.rejection));
  return decision.events;
};
const codeOf = (given: readonly DepartureEvent[], command: Bare, meta: CommandMeta): unknown => {
  const decision = decide(given, command, meta);
  return decision.kind === 'rejected' && decision.rejection.kind === 'RuleRefused' ? decision.rejection.code : decision;
};

const receiver = (
  capacity: NamedReceiver['capacity'],
  letter: string,
  more: Partial<NamedReceiver> = {},
): NamedReceiver => ({
  capacity,
  key: hash(letter),
  publicKey: letter.repeat(43),
  controller: plainText(`who ${letter}`),
  ground: plainText('designated'),
  ...more,
});
const lies = receiver('counsellor', 'a', { person: { organisation: gentia, person: 'lies' as PersonId } });
const eva = receiver('adviser', 'b');
const host = receiver('host', 'c');
const register = {
  key: hash('f'),
  publicKey: 'f'.repeat(43),
  controller: plainText('company'),
  ground: plainText('law'),
};
type Requesting = Extract<Bare, { type: 'RequestDeparture' }>['data'];
const request = (change: Partial<Requesting> = {}): Bare => ({
  type: 'RequestDeparture',
  data: {
    departureId,
    nextHost: plainText('Zorgnet Hosting'),
    notBefore: '2026-12-01',
    confirmWithinDays: 30,
    receivers: [{ ...lies, competent: true }, eva, host],
    register,
    ...change,
  },
});
const approve = (own: readonly string[] = ['lies2026']): Bare => ({
  type: 'ApproveDeparture',
  data: { departureId, ownPseudonyms: own },
});
const withdraw: Bare = { type: 'WithdrawDeparture', data: { departureId } };
const speak = (type: 'WithholdKeys' | 'ReleaseKeys', person: string, capacity: 'counsellor' | 'adviser'): Bare => ({
  type,
  data: {
    departureId,
    capacity,
    person: { organisation: gentia, person: person as PersonId },
    ownPseudonyms: [`${person}2026`],
  },
});
const hand = (letter: string, records: readonly string[]): Bare => ({
  type: 'HandKeysOver',
  data: {
    departureId,
    key: hash(letter),
    records,
    controller: plainText('x'),
    ground: plainText('y'),
    checkpoint: 'note',
  },
});
const handRegister = (key: string, fileHash = hash('7')): Bare => ({
  type: 'HandRegisterOver',
  data: { departureId, key: hash(key), fileHash },
});
const made = {
  handoverId: uuid('handover'),
  events: 12,
  digest: hash('d'),
  listHash: hash('e'),
  viewsHash: hash('f'),
};
const record: Bare = { type: 'RecordHandover', data: { departureId, ...made } };
const confirm = (proved: readonly string[], change: Partial<typeof made> = {}): Bare => ({
  type: 'ConfirmHandover',
  data: { departureId, ...made, signer: hash('1'), confirmationHash: hash('2'), proved, ...change },
});
const complete: Bare = { type: 'CompleteDeparture', data: { departureId, erased: 2 } };

type Step = readonly [Bare, CommandMeta];
const history = (...steps: readonly Step[]): readonly DepartureEvent[] => {
  const given: DepartureEvent[] = [];
  for (const [command, meta] of steps) given.push(...events(given, command, meta));
  return given;
};
const approved: readonly Step[] = [
  [request(), byRik],
  [approve(), byLies],
];
const handed: readonly Step[] = [
  ...approved,
  [hand('a', ['case/1', 'case/2']), later],
  [hand('c', ['person/lies']), later],
  [handRegister('f'), later],
  [record, later],
];
const whole: readonly Step[] = [...handed, [confirm(['case/1', 'person/lies']), later], [complete, later]];

describe('a departure', () => {
  it('goes from the request of two people to the last local copy', () => {
    expect(history(...whole).map(({ type }) => type)).toEqual([
      'DepartureRequested',
      'ReceiverNamed',
      'ReceiverNamed',
      'ReceiverNamed',
      'RegisterReceiverNamed',
      'DepartureApproved',
      'KeysHandedOver',
      'KeysHandedOver',
      'RegisterHandedOver',
      'HandoverMade',
      'HandoverConfirmed',
      'TransferUnproved',
      'DepartureCompleted',
    ]);
    const state = fold(history(...whole));
    // What the next host did not prove that it opens stays.
    expect(provedRecords(state)).toEqual(['case/1', 'person/lies']);
  });

  it('needs a second person, and a counsellor among the two', () => {
    const given = history([request(), byRik]);
    expect(codeOf(given, approve(['rik2026']), byRik)).toBe('departure_second_person');
    // Of another year, the same person.
    const rik2027 = metaOn('2027-01-02', 'rik2027');
    expect(codeOf(given, approve(['rik2027', 'rik2026']), rik2027)).toBe('departure_second_person');
    const other = metaOn('2026-11-24', 'rosa2026');
    expect(codeOf(given, approve(['rosa2026']), other)).toBe('departure_counsellor_needed');
    expect(events(given, approve(), byLies)).toHaveLength(1);
    const byCounsellor = history([request(), byLies]);
    expect(events(byCounsellor, approve(['rosa2026']), other)).toHaveLength(1);
  });

  it('names who receives, leaves time to object, and is one at a time', () => {
    expect(codeOf([], request({ notBefore: '2026-11-29' }), byRik)).toBe('departure_too_soon');
    expect(codeOf([], request({ confirmWithinDays: 91 }), byRik)).toBe('departure_confirmation_term');
    expect(codeOf([], request({ receivers: [host] }), byRik)).toBe('receiver_missing');
    expect(codeOf([], request({ receivers: [lies] }), byRik)).toBe('receiver_missing');
    expect(codeOf([], request({ receivers: [lies, receiver('host', 'a')] }), byRik)).toBe('receiver_key_twice');
    const employer = { ...lies, competent: false };
    expect(codeOf([], request({ receivers: [employer, host] }), byRik)).toBe('receiver_not_competent');
    const given = history([request(), byRik]);
    expect(codeOf(given, request({ departureId: uuid('two') }), byRik)).toBe('departure_under_way');
    const withdrawn = [...given, ...events(given, withdraw, byLies)];
    expect(events(withdrawn, withdraw, byLies)).toEqual([]);
    expect(codeOf(withdrawn, approve(), byLies)).toBe('departure_withdrawn');
    expect(events(withdrawn, request({ departureId: uuid('two') }), byRik)).toHaveLength(5);
  });

  it('hands nothing over before it is approved, before its day, and to nobody who was not named', () => {
    expect(codeOf(history([request(), byRik]), hand('a', ['case/1']), later)).toBe('departure_not_approved');
    expect(codeOf(history(...approved), hand('a', ['case/1']), metaOn('2026-11-30'))).toBe('departure_too_soon');
    expect(decide(history(...approved), hand('9', ['case/1']), later)).toMatchObject({
      rejection: { kind: 'NotFound' },
    });
  });

  it('holds back what a counsellor objects to: their own key, or everything where they are not named', () => {
    const given = history(...approved);
    const own = [...given, ...events(given, speak('WithholdKeys', 'lies', 'counsellor'), byLies)];
    expect(codeOf(own, hand('a', ['case/1']), later)).toBe('keys_withheld');
    const marc = metaOn('2026-11-24', 'marc2026', 'counsellor');
    const all = [...given, ...events(given, speak('WithholdKeys', 'marc', 'counsellor'), marc)];
    expect(codeOf(all, hand('a', ['case/1']), later)).toBe('keys_withheld');
    expect(events(all, hand('c', ['person/lies']), later)).toHaveLength(1);
    // Nobody ends another's objection.
    expect(events(all, speak('ReleaseKeys', 'lies', 'counsellor'), byLies)).toEqual([]);
    const ended = [...all, ...events(all, speak('ReleaseKeys', 'marc', 'counsellor'), marc)];
    expect(events(ended, hand('a', ['case/1']), later)).toHaveLength(1);
    // Too late.
    expect(codeOf(history(...handed), speak('WithholdKeys', 'lies', 'counsellor'), byLies)).toBe('transfer_begun');
  });

  it('lets an adviser’s dossiers go when an adviser says so, and never else', () => {
    const given = history(...approved);
    expect(codeOf(given, hand('b', ['referral_received/1']), later)).toBe('keys_withheld');
    const adviser = metaOn('2026-11-24', 'eva2026', 'prevention_adviser');
    const released = [...given, ...events(given, speak('ReleaseKeys', 'eva', 'adviser'), adviser)];
    expect(events(released, hand('b', ['referral_received/1']), later)).toHaveLength(1);
    const again = [...released, ...events(released, speak('WithholdKeys', 'eva', 'adviser'), adviser)];
    const state = fold(again);
    if (state.status === 'none') throw new Error('none');
    expect(isWithheld(state, eva)).toBe(true);
  });

  it('can be withdrawn until something was handed over', () => {
    expect(events(history(...approved), withdraw, byRik).map(({ type }) => type)).toEqual(['DepartureWithdrawn']);
    const begun = history(...approved, [hand('a', ['case/1']), later]);
    expect(codeOf(begun, withdraw, byRik)).toBe('transfer_begun');
  });

  it('names each record once, in events that hold so many', () => {
    const many = Array.from({ length: MAX_RECORDS + 1 }, (_, at) => `case/${at}`);
    const given = history(...approved);
    const first = events(given, hand('a', many), later);
    expect(first).toHaveLength(2);
    expect(events([...given, ...first], hand('a', many), later)).toEqual([]);
    expect(events([...given, ...first], hand('a', [...many, 'case/x']), later)).toMatchObject([
      { data: { records: ['case/x'] } },
    ]);
  });

  it('gives the company its register as a file for its own key, and no key of a record', () => {
    expect(codeOf([], request({ register: { ...register, key: host.key } }), byRik)).toBe('receiver_key_twice');
    expect(codeOf(history(...approved), handRegister('f'), later)).toBe('departure_not_approved');
    const begun = history(...approved, [hand('c', ['person/lies']), later]);
    // A key of a record goes to nobody by having been named for the register, nor the register to a receiver of keys.
    expect(decide(begun, hand('f', ['case/1']), later)).toMatchObject({ rejection: { kind: 'NotFound' } });
    expect(decide(begun, handRegister('c'), later)).toMatchObject({ rejection: { kind: 'NotFound' } });
    const first = [...begun, ...events(begun, handRegister('f'), later)];
    expect(events(first, handRegister('f'), later)).toEqual([]);
    // Made anew after it was cut off it is another file.
    expect(events(first, handRegister('f', hash('8')), later)).toMatchObject([
      { type: 'RegisterHandedOver', data: { fileHash: hash('8') } },
    ]);
    expect(codeOf(history(...whole), handRegister('f'), later)).toBe('transfer_begun');
  });

  it('calls for a confirmation that does not come, once for each handover', () => {
    const given = history(...handed);
    const call: Bare = { type: 'CallForConfirmation', data: { departureId } };
    expect(events(given, call, metaOn('2027-01-06'))).toEqual([]);
    const called = events(given, call, metaOn('2027-01-07'));
    // Nobody's file stays closed for a host that does not answer.
    expect(called).toMatchObject([
      { type: 'ConfirmationFellDue', data: { confirmBy: '2027-01-06' } },
      { type: 'FilesReopened', data: { because: 'unconfirmed' } },
    ]);
    expect(closedRecords(fold([...given, ...called]))).toEqual([]);
    expect(events([...given, ...called], call, metaOn('2027-02-07'))).toEqual([]);
    // It may come all the same.
    expect(events([...given, ...called], confirm(['case/1']), metaOn('2027-02-07'))).toHaveLength(2);
  });

  it('closes what was handed over until somebody works on it here again, and then what is destroyed', () => {
    const resume: Bare = { type: 'ResumeWork', data: { departureId } };
    expect(codeOf(history(...approved), resume, byLies)).toBe('departure_not_approved');
    // The folder is not whole: nobody has it.
    const begun = history(...approved, [hand('a', ['case/1']), later]);
    expect(closedRecords(fold(begun))).toEqual([]);
    expect(codeOf(begun, resume, byLies)).toBe('departure_not_approved');
    const given = history(...handed);
    expect(closedRecords(fold(given))).toEqual(['case/1', 'case/2', 'person/lies']);
    const resumed = [...given, ...events(given, resume, byLies)];
    expect(resumed.at(-1)).toMatchObject({ type: 'FilesReopened', data: { because: 'asked', reopenedBy: 'lies2026' } });
    expect(closedRecords(fold(resumed))).toEqual([]);
    expect(events(resumed, resume, byRik)).toEqual([]);
    // Handed over anew it is closed anew.
    const anew: Bare = { type: 'RecordHandover', data: { departureId, ...made, handoverId: uuid('anew') } };
    expect(closedRecords(fold([...resumed, ...events(resumed, anew, later)]))).toHaveLength(3);
    // Confirmed all the same: what went on here was not proved, and is worked on; the rest is destroyed and stays closed.
    const confirmed = [...resumed, ...events(resumed, confirm(['case/1']), later)];
    expect(closedRecords(fold(confirmed))).toEqual(['case/1']);
    expect(codeOf(confirmed, resume, byLies)).toBe('transfer_begun');
  });

  it('is over at the next host, which may be left in its turn', () => {
    const arrive: Bare = { type: 'NoteArrival', data: { departureId, handoverId: uuid('handover') } };
    // The log that went along ends before the folder had its name.
    const along = history(...approved, [hand('a', ['case/1']), later]);
    const arrived = [...along, ...events(along, arrive, later)];
    expect(events(arrived, arrive, later)).toEqual([]);
    expect(closedRecords(fold(arrived))).toEqual([]);
    for (const [command, code] of [
      [withdraw, 'transfer_begun'],
      [hand('a', ['case/2']), 'departure_not_approved'],
      [record, 'departure_not_approved'],
      [confirm([]), 'handover_unknown'],
      [speak('WithholdKeys', 'lies', 'counsellor'), 'transfer_begun'],
      [speak('ReleaseKeys', 'eva', 'adviser'), 'transfer_begun'],
    ] as const)
      expect(codeOf(arrived, command, later)).toBe(code);
    expect(events(arrived, request({ departureId: uuid('next') }), byRik)).toHaveLength(5);
  });

  it('takes the confirmation of what it handed over, and no other', () => {
    const given = history(...handed);
    expect(codeOf(given, confirm([], { handoverId: uuid('other') }), later)).toBe('handover_unknown');
    for (const change of [{ events: 11 }, { digest: hash('0') }, { viewsHash: hash('0') }, { listHash: hash('0') }])
      expect(codeOf(given, confirm([], change), later)).toBe('confirmation_differs');
    expect(codeOf(history(...approved), confirm([]), later)).toBe('handover_unknown');
    expect(() => decide(given, complete, later)).toThrow(InvariantBroken);
  });

  it('takes no step twice, whatever comes again', () => {
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(whole.length - 1), (upTo, again) => {
        const given = history(...whole.slice(0, upTo + 1));
        const [command, meta] = whole[Math.min(again, upTo)] ?? [];
        if (command === undefined || meta === undefined) throw new Error('no command');
        const decision = decide(given, command, meta);
        // A request while one is under way is refused; what was handed over once is not handed over again.
        const nothing = decision.kind === 'rejected' || decision.events.length === 0;
        expect(nothing || (command.type === 'RequestDeparture' && upTo === whole.length - 1)).toBe(true);
      }),
    );
  });

  it('speaks the words of the contracts', () => {
    expect(departureRules).toEqual(departureRuleCodes);
    expect(receivingCapacities).toEqual(told);
  });
});
