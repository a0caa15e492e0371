import { accept, type Command, type Decider, type Decision } from '@toeverlaat/event-log';
import { assertNever, type LocalDate } from '@toeverlaat/values';
import { NOT_FOUND, overlap, refuseRule, reversed, type Language } from '../common.js';
import { agreementSource, eligibility, removalSource, type Incompatible } from './eligibility.js';
import type { ConsultationBody } from '../organisation/events.js';
import type { PersonFunction } from '../person/events.js';
import type { DesignationPlacement } from './events.js';
import {
  evolveDesignation,
  initialDesignation,
  isServing,
  type DesignationEvent,
  type DesignationState,
  type KnownDesignation,
  type Serving,
} from './state.js';

export type DesignationCommand =
  | Command<
      'ProposeDesignation',
      {
        readonly personId: string;
        readonly home: string;
        readonly placement: DesignationPlacement;
        readonly mandateId?: string | undefined;
        readonly sites: readonly string[];
        readonly languages: readonly Language[];
        /** What the person holds today, from their own entry; nothing of it is stored here. */
        readonly functions: readonly PersonFunction[];
        /** The person has another designation in this organisation that was not ended. */
        readonly designated: boolean;
        /** A mandate as counsellor, for an external one, is in effect. */
        readonly mandated: boolean;
      }
    >
  | Command<
      'RecordPriorAgreement',
      {
        readonly body: ConsultationBody;
        readonly on: LocalDate;
        readonly unanimous: boolean;
        /** The body whose agreement the law asks here, as the organisation recorded it. */
        readonly competent: ConsultationBody;
      }
    >
  | Command<'StartDesignation', { readonly from: LocalDate; readonly functions: readonly PersonFunction[] }>
  | Command<
      'ChangeScope',
      {
        readonly sites: readonly string[];
        readonly languages: readonly Language[];
        readonly body: ConsultationBody;
        readonly agreedOn: LocalDate;
        readonly unanimous: boolean;
        readonly competent: ConsultationBody;
      }
    >
  | Command<'RecordTraining', { readonly trainingId: string; readonly hours: number; readonly on: LocalDate }>
  | Command<'RecordSupervision', { readonly on: LocalDate }>
  | Command<
      'EnterAbsence',
      { readonly absenceId: string; readonly from: LocalDate; readonly backOn?: LocalDate | undefined }
    >
  | Command<'EndAbsence', { readonly absenceId: string; readonly backOn: LocalDate }>
  | Command<'ResignDesignation', { readonly on: LocalDate }>
  | Command<
      'RemoveCounsellor',
      {
        readonly on: LocalDate;
        readonly body: ConsultationBody;
        readonly agreedOn: LocalDate;
        readonly unanimous: boolean;
        readonly competent: ConsultationBody;
      }
    >
  | Command<'WithdrawProposal', Record<string, never>>
  /** A function, a leaving or the end of a mandate is noted: the designation ends when the law does not allow both. */
  | Command<
      'ReviewEligibility',
      {
        readonly functions: readonly PersonFunction[];
        readonly present: boolean;
        /** For an external counsellor: whether mandate and service contract still hold. */
        readonly mandated: boolean;
      }
    >
  | Command<
      'NameSuccessor',
      {
        readonly successor: string;
        /** The designation named is in effect. */
        readonly active: boolean;
      }
    >;

const incompatible = (found: Incompatible) =>
  refuseRule('incompatible_function', found.source, { function: found.function });
const notCompetent = (competent: ConsultationBody, lawVersion: string) =>
  refuseRule('agreement_body_not_competent', agreementSource(lawVersion), { competent });
const inFuture = (field: string) => refuseRule('date_in_future', undefined, { field });

const propose = (
  command: Extract<DesignationCommand, { type: 'ProposeDesignation' }>,
  state: DesignationState,
): Decision<DesignationEvent> => {
  const { functions, designated, mandated, ...proposal } = command.data;
  if (state.status !== 'none') return refuseRule('designation_exists');
  if (designated) return refuseRule('already_designated');
  if (proposal.placement === 'external' && (!mandated || proposal.mandateId === undefined))
    return refuseRule('external_needs_mandate');
  const { refused, warnings } = eligibility(functions, proposal.placement, command.meta.lawVersion);
  if (refused !== undefined) return incompatible(refused);
  return accept({
    type: 'DesignationProposed',
    data: warnings.length === 0 ? proposal : { ...proposal, warnings },
  });
};

const recordAgreement = (
  command: Extract<DesignationCommand, { type: 'RecordPriorAgreement' }>,
  state: KnownDesignation,
): Decision<DesignationEvent> => {
  const { body, on, unanimous, competent } = command.data;
  if (state.status === 'active') return refuseRule('designation_started');
  if (state.status === 'ended') return refuseRule('designation_ended');
  if (on > command.meta.today) return inFuture('on');
  if (body !== competent) return notCompetent(competent, command.meta.lawVersion);
  const known = unanimous ? state.agreement : state.agreement === undefined ? state.withheld : undefined;
  if (known?.body === body && known.on === on) return accept();
  return accept({ type: unanimous ? 'PriorAgreementGiven' : 'PriorAgreementWithheld', data: { body, on } });
};

const start = (
  command: Extract<DesignationCommand, { type: 'StartDesignation' }>,
  state: KnownDesignation,
): Decision<DesignationEvent> => {
  const { from, functions } = command.data;
  if (state.status === 'active') return state.from === from ? accept() : refuseRule('designation_started');
  if (state.status === 'ended') return refuseRule('designation_ended');
  if (state.agreement === undefined)
    return refuseRule(
      state.withheld === undefined ? 'agreement_required' : 'agreement_not_unanimous',
      agreementSource(command.meta.lawVersion),
    );
  if (state.agreement.on > from) return refuseRule('agreement_after_start', agreementSource(command.meta.lawVersion));
  const { refused } = eligibility(functions, state.placement, command.meta.lawVersion);
  if (refused !== undefined) return incompatible(refused);
  return accept({ type: 'DesignationStarted', data: { from, lawVersion: command.meta.lawVersion } });
};

const enterAbsence = (
  data: Extract<DesignationCommand, { type: 'EnterAbsence' }>['data'],
  state: Serving,
): Decision<DesignationEvent> => {
  const { absenceId, from, backOn } = data;
  if (reversed({ from, to: backOn })) return refuseRule('period_reversed');
  const known = state.absences[absenceId];
  if (known !== undefined)
    return known.from === from && known.backOn === backOn ? accept() : refuseRule('absence_overlaps');
  const others = Object.values(state.absences);
  if (others.some((other) => overlap({ from, to: backOn }, { from: other.from, to: other.backOn })))
    return refuseRule('absence_overlaps');
  return accept({ type: 'AbsenceStarted', data });
};

/** An end before the first day is no period of office; it ends on the first day instead. */
const endOf = (state: KnownDesignation, on: LocalDate): LocalDate =>
  state.status === 'active' && on < state.from ? state.from : on;

const review = (
  command: Extract<DesignationCommand, { type: 'ReviewEligibility' }>,
  state: KnownDesignation,
): Decision<DesignationEvent> => {
  const { functions, present, mandated } = command.data;
  const on = endOf(state, command.meta.today);
  // One that ends on a later day (a resignation with notice) still ends today when it may not go on.
  if (state.status === 'ended' && state.endedOn <= on) return accept();
  if (!present) return accept({ type: 'DesignationEnded', data: { on, reason: 'left_organisation' } });
  if (state.placement === 'external' && !mandated)
    return accept({ type: 'DesignationEnded', data: { on, reason: 'mandate_ended' } });
  const { refused } = eligibility(functions, state.placement, command.meta.lawVersion);
  return refused === undefined
    ? accept()
    : accept({ type: 'DesignationEnded', data: { on, reason: 'incompatible_function', source: refused.source } });
};

const whileServing = (
  command: Extract<
    DesignationCommand,
    { type: 'RecordTraining' | 'RecordSupervision' | 'EnterAbsence' | 'EndAbsence' | 'ChangeScope' }
  >,
  state: Serving,
): Decision<DesignationEvent> => {
  const { today } = command.meta;
  switch (command.type) {
    case 'RecordTraining':
      if (state.trainings.some((training) => training.trainingId === command.data.trainingId)) return accept();
      // Training may have been followed before the designation; it counts as well.
      return command.data.on > today ? inFuture('on') : accept({ type: 'TrainingFollowed', data: command.data });
    case 'RecordSupervision':
      if (state.supervisions.includes(command.data.on)) return accept();
      if (command.data.on > today) return inFuture('on');
      return command.data.on < state.from
        ? refuseRule('before_start')
        : accept({ type: 'SupervisionFollowed', data: command.data });
    case 'EnterAbsence':
      return enterAbsence(command.data, state);
    case 'EndAbsence': {
      const absence = state.absences[command.data.absenceId];
      if (absence === undefined) return NOT_FOUND;
      if (absence.backOn === command.data.backOn) return accept();
      if (command.data.backOn < absence.from) return refuseRule('period_reversed');
      const others = Object.values(state.absences).filter((other) => other.absenceId !== absence.absenceId);
      const changed = { from: absence.from, to: command.data.backOn };
      if (!reversed(changed) && others.some((other) => overlap(changed, { from: other.from, to: other.backOn })))
        return refuseRule('absence_overlaps');
      return accept({ type: 'AbsenceEnded', data: command.data });
    }
    case 'ChangeScope': {
      const { sites, languages, body, agreedOn, unanimous, competent } = command.data;
      if (state.sites.join() === sites.join() && state.languages.join() === languages.join()) return accept();
      if (agreedOn > today) return inFuture('agreedOn');
      if (body !== competent) return notCompetent(competent, command.meta.lawVersion);
      if (!unanimous) return refuseRule('agreement_not_unanimous', agreementSource(command.meta.lawVersion));
      return accept({ type: 'DesignationScopeChanged', data: { sites, languages, body, agreedOn } });
    }
    default:
      return assertNever(command);
  }
};

const decide = (command: DesignationCommand, state: DesignationState): Decision<DesignationEvent> => {
  if (command.type === 'ProposeDesignation') return propose(command, state);
  if (state.status === 'none') return NOT_FOUND;
  const { today } = command.meta;
  switch (command.type) {
    case 'RecordPriorAgreement':
      return recordAgreement(command, state);
    case 'StartDesignation':
      return start(command, state);
    case 'WithdrawProposal':
      if (state.status === 'active') return refuseRule('designation_started');
      return state.status === 'ended'
        ? accept()
        : accept({ type: 'DesignationEnded', data: { on: today, reason: 'not_agreed' } });
    case 'ReviewEligibility':
      return review(command, state);
    case 'ResignDesignation':
      if (state.status === 'ended')
        return state.endedOn === command.data.on && state.reason === 'resigned'
          ? accept()
          : refuseRule('designation_ended');
      return accept({
        type: 'DesignationEnded',
        data: { on: endOf(state, command.data.on), reason: 'resigned' },
      });
    case 'RemoveCounsellor': {
      const { on, body, agreedOn, unanimous, competent } = command.data;
      if (state.status === 'ended')
        return state.endedOn === on && state.reason === 'removed_with_agreement'
          ? accept()
          : refuseRule('designation_ended');
      if (state.status === 'proposed') return refuseRule('designation_not_started');
      if (agreedOn > today) return inFuture('agreedOn');
      if (body !== competent) return notCompetent(competent, command.meta.lawVersion);
      if (!unanimous || agreedOn > on)
        return refuseRule('removal_needs_agreement', removalSource(command.meta.lawVersion));
      return accept({ type: 'DesignationEnded', data: { on: endOf(state, on), reason: 'removed_with_agreement' } });
    }
    case 'NameSuccessor': {
      const { successor, active } = command.data;
      if (state.status === 'proposed') return refuseRule('designation_not_started');
      if (state.successors.includes(successor)) return accept();
      return active ? accept({ type: 'SuccessorNamed', data: { successor } }) : refuseRule('successor_not_active');
    }
    case 'RecordTraining':
    case 'RecordSupervision':
    case 'EnterAbsence':
    case 'EndAbsence':
    case 'ChangeScope':
      if (state.status === 'proposed') return refuseRule('designation_not_started');
      return isServing(state, today) ? whileServing(command, state) : refuseRule('designation_ended');
    default:
      return assertNever(command);
  }
};

export const designationDecider: Decider<DesignationCommand, DesignationEvent, DesignationState> = {
  initial: initialDesignation,
  decide,
  evolve: evolveDesignation,
};
