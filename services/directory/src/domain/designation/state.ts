import type { EventOf } from '@toeverlaat/event-log';
import { assertNever, InvariantBroken, type LocalDate } from '@toeverlaat/values';
import { covers, type Language } from '../common.js';
import type { ConsultationBody } from '../organisation/events.js';
import type { PersonFunction } from '../person/events.js';
import type { DesignationEnd, designationEvents, DesignationPlacement } from './events.js';

export type DesignationEvent = EventOf<typeof designationEvents>;

export type Agreement = { readonly body: ConsultationBody; readonly on: LocalDate };
export type Absence = {
  readonly absenceId: string;
  readonly from: LocalDate;
  /** First day present again. */
  readonly backOn?: LocalDate | undefined;
};
export type Training = { readonly trainingId: string; readonly hours: number; readonly on: LocalDate };

type Common = {
  readonly personId: string;
  readonly home: string;
  readonly placement: DesignationPlacement;
  readonly mandateId?: string | undefined;
  readonly sites: readonly string[];
  readonly languages: readonly Language[];
  readonly warnings?: readonly PersonFunction[] | undefined;
  readonly trainings: readonly Training[];
  readonly supervisions: readonly LocalDate[];
  readonly absences: Readonly<Record<string, Absence>>;
  readonly successors: readonly string[];
};
type Ended = {
  readonly endedOn: LocalDate;
  readonly reason: DesignationEnd;
  readonly source?: string | undefined;
};

export type ProposedDesignation = Common & {
  readonly status: 'proposed';
  readonly agreement?: Agreement;
  readonly withheld?: Agreement;
};
export type ActiveDesignation = Common & {
  readonly status: 'active';
  readonly agreement: Agreement;
  readonly from: LocalDate;
  readonly lawVersion: string;
};
export type EndedDesignation = Common &
  Ended & { readonly status: 'ended'; readonly from?: LocalDate; readonly lawVersion?: string };

export type KnownDesignation = ProposedDesignation | ActiveDesignation | EndedDesignation;
export type DesignationState = { readonly status: 'none' } | KnownDesignation;

export const initialDesignation: DesignationState = { status: 'none' };

/** Whether the person is counsellor by this designation on a date. */
export const inEffect = (state: DesignationState, date: LocalDate): state is ActiveDesignation | EndedDesignation => {
  switch (state.status) {
    case 'none':
    case 'proposed':
      return false;
    case 'active':
      return state.from <= date;
    case 'ended':
      return state.from !== undefined && state.from <= date && date < state.endedOn;
    default:
      return assertNever(state);
  }
};

/** Started and not over yet; a resignation with notice has been given at most. */
export type Serving = ActiveDesignation | (EndedDesignation & { readonly from: LocalDate });

export const isServing = (state: KnownDesignation, today: LocalDate): state is Serving =>
  state.status === 'active' || (state.status === 'ended' && state.from !== undefined && today < state.endedOn);

export const absenceAt = (state: KnownDesignation, date: LocalDate): Absence | undefined =>
  Object.values(state.absences).find((absence) => covers({ from: absence.from, to: absence.backOn }, date));

export const trainedHours = (state: KnownDesignation): number =>
  state.trainings.reduce((hours, training) => hours + training.hours, 0);

export const evolveDesignation = (state: DesignationState, event: DesignationEvent): DesignationState => {
  if (event.type === 'DesignationProposed') {
    if (state.status !== 'none') throw new InvariantBroken('a designation is proposed once');
    return { status: 'proposed', ...event.data, trainings: [], supervisions: [], absences: {}, successors: [] };
  }
  if (state.status === 'none') throw new InvariantBroken(`${event.type} before DesignationProposed`);
  switch (event.type) {
    case 'PriorAgreementGiven':
      return state.status === 'proposed' ? { ...state, agreement: event.data } : state;
    case 'PriorAgreementWithheld': {
      if (state.status !== 'proposed') return state;
      const { agreement: _withdrawn, ...rest } = state;
      return { ...rest, withheld: event.data };
    }
    case 'DesignationStarted':
      if (state.status !== 'proposed' || state.agreement === undefined)
        throw new InvariantBroken('a designation starts once, and with prior agreement');
      return { ...state, status: 'active', agreement: state.agreement, ...event.data };
    case 'DesignationScopeChanged':
      return { ...state, sites: event.data.sites, languages: event.data.languages };
    case 'TrainingFollowed':
      return { ...state, trainings: [...state.trainings, event.data] };
    case 'SupervisionFollowed':
      return { ...state, supervisions: [...state.supervisions, event.data.on].toSorted() };
    case 'AbsenceStarted':
      return { ...state, absences: { ...state.absences, [event.data.absenceId]: event.data } };
    case 'AbsenceEnded': {
      const absence = state.absences[event.data.absenceId];
      if (absence === undefined) throw new InvariantBroken('an absence starts before it ends');
      return {
        ...state,
        absences: { ...state.absences, [absence.absenceId]: { ...absence, backOn: event.data.backOn } },
      };
    }
    case 'DesignationEnded': {
      const { on, reason, source } = event.data;
      return { ...state, status: 'ended', endedOn: on, reason, source };
    }
    case 'SuccessorNamed':
      return { ...state, successors: [...state.successors, event.data.successor] };
    default:
      return assertNever(event);
  }
};
