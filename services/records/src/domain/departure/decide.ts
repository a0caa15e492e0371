import {
  accept,
  isErased,
  reject,
  refuse as refuseWith,
  type Command,
  type CommandMeta,
  type ConfidentialText,
  type Decider,
  type Decision,
} from '@toeverlaat/event-log';
import { addDays, assertNever, InvariantBroken, type LocalDate } from '@toeverlaat/values';
import { CONFIRM_DAYS, MAX_RECORDS, OBJECTION_DAYS, type ReceivingCapacity } from '../departure-vocabulary.js';
import type { PersonRef } from '../retention-vocabulary.js';
import type { DepartureEvent } from './events.js';
import {
  evolveDeparture,
  handedRecords,
  hasEnded,
  initialDeparture,
  isWithheld,
  type BegunDeparture,
  type DepartureState,
  type MadeHandover,
  type NamedReceiver,
  type RegisterReceiver,
} from './state.js';

type Of = { readonly departureId: string };
/** Whoever speaks for a capacity: their entry of a directory, and their pseudonyms of every year. */
type Speaker = Of & {
  readonly capacity: Exclude<ReceivingCapacity, 'host'>;
  readonly person: PersonRef | undefined;
  readonly ownPseudonyms: readonly string[];
};

export type DepartureCommand =
  | Command<
      'RequestDeparture',
      Of & {
        readonly nextHost: ConfidentialText;
        readonly notBefore: LocalDate;
        readonly confirmWithinDays: number;
        /** `competent`: whether the person named is one of that capacity here today; undefined where none is named. */
        readonly receivers: readonly (NamedReceiver & { readonly competent?: boolean | undefined })[];
        readonly register: RegisterReceiver;
      }
    >
  | Command<'ApproveDeparture', Of & { readonly ownPseudonyms: readonly string[] }>
  | Command<'WithdrawDeparture', Of>
  | Command<'WithholdKeys', Speaker>
  | Command<'ReleaseKeys', Speaker>
  | Command<
      'HandKeysOver',
      Of & {
        readonly key: string;
        readonly records: readonly string[];
        readonly controller: ConfidentialText;
        readonly ground: ConfidentialText;
        readonly checkpoint: string;
      }
    >
  | Command<'HandRegisterOver', Of & { readonly key: string; readonly fileHash: string }>
  | Command<'RecordHandover', Of & Omit<MadeHandover, 'confirmBy'>>
  | Command<'CallForConfirmation', Of>
  | Command<'ResumeWork', Of>
  /** At the next host. */
  | Command<'NoteArrival', Of & { readonly handoverId: string }>
  | Command<
      'ConfirmHandover',
      Of & {
        readonly handoverId: string;
        readonly events: number;
        readonly digest: string;
        readonly listHash: string;
        readonly viewsHash: string;
        readonly signer: string;
        readonly confirmationHash: string;
        /** Records that the next host proved that it opens, and that did not go on here since. */
        readonly proved: readonly string[];
      }
    >
  | Command<'CompleteDeparture', Of & { readonly erased: number }>;

type Decided = Decision<DepartureEvent>;
/** Every rule this aggregate may refuse with; the contracts list the same and a test compares them. */
export const departureRules = [
  'departure_under_way',
  'departure_withdrawn',
  'departure_second_person',
  'departure_counsellor_needed',
  'departure_too_soon',
  'departure_not_approved',
  'departure_confirmation_term',
  'transfer_begun',
  'receiver_missing',
  'receiver_key_twice',
  'receiver_not_competent',
  'keys_withheld',
  'handover_unknown',
  'confirmation_differs',
] as const;
type Rule = (typeof departureRules)[number];
const refuse = (code: Rule, params?: Readonly<Record<string, string | number>>): Decision<never> =>
  refuseWith(code, 'design.md §4', params);
const NOT_FOUND: Decision<never> = reject({ kind: 'NotFound' });

type Requested = Extract<DepartureCommand, { type: 'RequestDeparture' }>;

const request = ({ data, meta }: Requested, state: DepartureState): Decided => {
  if (state.status !== 'none' && !hasEnded(state)) return refuse('departure_under_way');
  const { departureId, nextHost, notBefore, confirmWithinDays, receivers, register } = data;
  // Those whose files would go must have time to object.
  const earliest = addDays(meta.today, OBJECTION_DAYS);
  if (notBefore < earliest) return refuse('departure_too_soon', { bound: earliest });
  if (confirmWithinDays < CONFIRM_DAYS.least || confirmWithinDays > CONFIRM_DAYS.most)
    return refuse('departure_confirmation_term', { bound: CONFIRM_DAYS.most });
  for (const needed of ['counsellor', 'host'] as const)
    if (!receivers.some(({ capacity }) => capacity === needed)) return refuse('receiver_missing', { capacity: needed });
  // One key that opens a counsellor's files and the host's would be the host's; and the company's opens no file at all.
  const keys = [...receivers.map(({ key }) => key), register.key];
  if (new Set(keys).size < keys.length) return refuse('receiver_key_twice');
  if (receivers.some(({ competent }) => competent === false)) return refuse('receiver_not_competent');
  return accept<DepartureEvent>(
    {
      type: 'DepartureRequested',
      data: {
        departureId,
        sealedFor: 'departure',
        nextHost,
        notBefore,
        confirmWithinDays,
        requestedBy: meta.actor.pseudonym,
        requestedAs: meta.actor.capacity,
      },
    },
    ...receivers.map(({ capacity, key, publicKey, records, controller, ground, person }): DepartureEvent => ({
      type: 'ReceiverNamed',
      data: {
        departureId,
        capacity,
        key,
        publicKey,
        records: records === undefined ? undefined : [...records],
        controller,
        ground,
        person,
      },
    })),
    {
      type: 'RegisterReceiverNamed',
      data: {
        departureId,
        key: register.key,
        publicKey: register.publicKey,
        controller: register.controller,
        ground: register.ground,
      },
    },
  );
};

type Standing = Exclude<DepartureState, { readonly status: 'none' }>;

const approve = (
  ownPseudonyms: readonly string[],
  { actor: { pseudonym, capacity } }: CommandMeta,
  state: Standing,
): Decided => {
  if (state.status === 'withdrawn') return refuse('departure_withdrawn');
  if (state.status !== 'requested') return accept();
  const { departureId, requestedBy, requestedAs } = state;
  if (pseudonym === requestedBy || ownPseudonyms.includes(requestedBy)) return refuse('departure_second_person');
  // Counsellors' files are not the company's to give away: one of the two is a counsellor.
  if (capacity !== 'counsellor' && requestedAs !== 'counsellor') return refuse('departure_counsellor_needed');
  return accept({ type: 'DepartureApproved', data: { departureId, approvedBy: pseudonym, approvedAs: capacity } });
};

/** What somebody may hold back or let go: their own key, where they are named as its receiver; else all of their capacity. */
const scopeOf = ({ capacity, person }: Speaker, { receivers }: Standing) => {
  const own = receivers.find(
    (receiver) =>
      receiver.capacity === capacity &&
      person !== undefined &&
      receiver.person !== undefined &&
      !isErased(receiver.person) &&
      receiver.person.organisation === person.organisation &&
      receiver.person.person === person.person,
  );
  return { capacity, key: own?.key };
};

const withhold = (data: Speaker, { actor }: CommandMeta, state: Standing): Decided => {
  if (state.status === 'withdrawn') return refuse('departure_withdrawn');
  if (state.status !== 'requested' && state.status !== 'approved') return refuse('transfer_begun');
  const { capacity, key } = scopeOf(data, state);
  const stands = state.withheld.some(
    (one) => one.capacity === capacity && one.key === key && data.ownPseudonyms.includes(one.withheldBy),
  );
  return stands
    ? accept()
    : accept({
        type: 'KeysWithheld',
        data: { departureId: state.departureId, capacity, key, withheldBy: actor.pseudonym },
      });
};

const release = (data: Speaker, { actor }: CommandMeta, state: Standing): Decided => {
  if (state.status === 'withdrawn') return refuse('departure_withdrawn');
  if (state.status === 'confirmed' || state.status === 'completed' || state.status === 'arrived')
    return refuse('transfer_begun');
  const { capacity, key } = scopeOf(data, state);
  const own = state.withheld.find(
    (one) => one.capacity === capacity && one.key === key && data.ownPseudonyms.includes(one.withheldBy),
  );
  const released = state.released.some((one) => one.capacity === capacity && one.key === key);
  // Nothing of theirs is held back: a counsellor's key is not until they say so, an adviser's is.
  if (own === undefined && (capacity === 'counsellor' || released)) return accept();
  return accept({
    type: 'KeysReleased',
    data: {
      departureId: state.departureId,
      capacity,
      key,
      releasedBy: actor.pseudonym,
      withheldBy: own?.withheldBy,
    },
  });
};

const handOver = ({ data, meta }: Extract<DepartureCommand, { type: 'HandKeysOver' }>, state: Standing): Decided => {
  if (state.status === 'withdrawn') return refuse('departure_withdrawn');
  if (state.status === 'requested' || state.status === 'arrived') return refuse('departure_not_approved');
  if (state.status === 'confirmed' || state.status === 'completed') return refuse('transfer_begun');
  if (meta.today < state.notBefore) return refuse('departure_too_soon', { bound: state.notBefore });
  const receiver = state.receivers.find(({ key }) => key === data.key);
  if (receiver === undefined) return NOT_FOUND;
  if (isWithheld(state, receiver)) return refuse('keys_withheld');
  const before = state.status === 'approved' ? undefined : state.transfers.get(data.key);
  const records = [...new Set(data.records)].filter((record) => before?.has(record) !== true).toSorted();
  const { departureId } = state;
  const { capacity, key } = receiver;
  const { controller, ground, checkpoint } = data;
  const events: DepartureEvent[] = [];
  for (let from = 0; from < records.length; from += MAX_RECORDS)
    events.push({
      type: 'KeysHandedOver',
      data: {
        departureId,
        capacity,
        key,
        records: records.slice(from, from + MAX_RECORDS),
        controller,
        ground,
        checkpoint,
      },
    });
  return accept(...events);
};

const sameHandover = (a: Omit<MadeHandover, 'confirmBy'>, b: Omit<MadeHandover, 'confirmBy'>): boolean =>
  a.events === b.events && a.digest === b.digest && a.listHash === b.listHash && a.viewsHash === b.viewsHash;

const confirm = ({ data }: Extract<DepartureCommand, { type: 'ConfirmHandover' }>, state: Standing): Decided => {
  const begun: BegunDeparture | undefined = 'transfers' in state ? state : undefined;
  const made = begun?.handovers.find(({ handoverId }) => handoverId === data.handoverId);
  if (begun === undefined || made === undefined) return refuse('handover_unknown');
  if (!sameHandover(made, data)) return refuse('confirmation_differs');
  if (begun.status === 'confirmed' || begun.status === 'completed')
    return begun.confirmedHandover === data.handoverId ? accept() : refuse('handover_unknown');
  const { departureId } = begun;
  const proved = new Set(data.proved);
  const handed = [...handedRecords(begun)].toSorted();
  const unproved = handed.filter((record) => !proved.has(record));
  const events: DepartureEvent[] = [
    {
      type: 'HandoverConfirmed',
      data: {
        departureId,
        handoverId: data.handoverId,
        signer: data.signer,
        confirmationHash: data.confirmationHash,
        confirmed: handed.length - unproved.length,
      },
    },
  ];
  for (let from = 0; from < unproved.length; from += MAX_RECORDS)
    events.push({ type: 'TransferUnproved', data: { departureId, records: unproved.slice(from, from + MAX_RECORDS) } });
  return accept(...events);
};

const decide = (command: DepartureCommand, state: DepartureState): Decided => {
  if (command.type === 'RequestDeparture') return request(command, state);
  if (state.status === 'none' || state.departureId !== command.data.departureId) return NOT_FOUND;
  const { departureId } = state;
  switch (command.type) {
    case 'ApproveDeparture':
      return approve(command.data.ownPseudonyms, command.meta, state);
    case 'WithdrawDeparture':
      if (state.status === 'withdrawn') return accept();
      return state.status === 'requested' || state.status === 'approved'
        ? accept({
            type: 'DepartureWithdrawn',
            data: { departureId, withdrawnBy: command.meta.actor.pseudonym },
          })
        : refuse('transfer_begun');
    case 'WithholdKeys':
      return withhold(command.data, command.meta, state);
    case 'ReleaseKeys':
      return release(command.data, command.meta, state);
    case 'HandKeysOver':
      return handOver(command, state);
    case 'HandRegisterOver': {
      const { key, fileHash } = command.data;
      if (state.status === 'confirmed' || state.status === 'completed') return refuse('transfer_begun');
      if (state.status !== 'handing_over' && state.status !== 'handed_over') return refuse('departure_not_approved');
      if (state.register?.key !== key) return NOT_FOUND;
      return state.registerFile === fileHash
        ? accept()
        : accept({ type: 'RegisterHandedOver', data: { departureId, key, fileHash } });
    }
    case 'RecordHandover': {
      if (state.status !== 'handing_over' && state.status !== 'handed_over')
        return refuse(
          state.status === 'confirmed' || state.status === 'completed' ? 'transfer_begun' : 'departure_not_approved',
        );
      const { handoverId, events, digest, listHash, viewsHash } = command.data;
      if (state.handovers.some((made) => made.handoverId === handoverId)) return accept();
      const confirmBy = addDays(command.meta.today, state.confirmWithinDays);
      return accept({
        type: 'HandoverMade',
        data: { departureId, handoverId, events, digest, listHash, viewsHash, confirmBy },
      });
    }
    case 'CallForConfirmation': {
      if (state.status !== 'handed_over') return accept();
      const last = state.handovers.at(-1);
      if (last === undefined || last.confirmBy >= command.meta.today || state.calledFor !== undefined) return accept();
      const { confirmBy, handoverId } = last;
      const events: DepartureEvent[] = [{ type: 'ConfirmationFellDue', data: { departureId, confirmBy } }];
      // Nobody's file stays closed for a host that does not answer.
      if (!state.reopened)
        events.push({
          type: 'FilesReopened',
          data: { departureId, handoverId, because: 'unconfirmed', reopenedBy: undefined },
        });
      return accept(...events);
    }
    case 'ResumeWork': {
      if (state.status === 'confirmed' || state.status === 'completed') return refuse('transfer_begun');
      const last = 'handovers' in state ? state.handovers.at(-1) : undefined;
      if (!('handovers' in state) || last === undefined) return refuse('departure_not_approved');
      const { handoverId } = last;
      const reopenedBy = command.meta.actor.pseudonym;
      return state.reopened
        ? accept()
        : accept({ type: 'FilesReopened', data: { departureId, handoverId, because: 'asked', reopenedBy } });
    }
    case 'NoteArrival':
      return 'transfers' in state
        ? accept({ type: 'OrganisationArrived', data: { departureId, handoverId: command.data.handoverId } })
        : accept();
    case 'ConfirmHandover':
      return confirm(command, state);
    case 'CompleteDeparture':
      if (state.status === 'completed') return accept();
      if (state.status !== 'confirmed') throw new InvariantBroken('local copies go after the next host has confirmed');
      return accept({ type: 'DepartureCompleted', data: { departureId, erased: command.data.erased } });
    default:
      return assertNever(command);
  }
};

/** An organisation that leaves this host, from the request to the last local copy. */
export const departureDecider: Decider<DepartureCommand, DepartureEvent, DepartureState> = {
  initial: initialDeparture,
  decide,
  evolve: evolveDeparture,
};
