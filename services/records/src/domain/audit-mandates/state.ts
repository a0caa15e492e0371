import { isErased } from '@toeverlaat/event-log';
import { assertNever, InvariantBroken, type LocalDate } from '@toeverlaat/values';
import type { PersonRef } from '../retention-vocabulary.js';
import type { AuditMandateEvent } from './events.js';

type Given = Extract<AuditMandateEvent, { readonly type: 'AuditMandateGiven' }>['data'];
export type AuditMandate = Given & { readonly endedOn: LocalDate | undefined };

/** Every mandate that was given, in order. */
export type AuditMandatesState = { readonly mandates: readonly AuditMandate[] };
export const initialAuditMandates: AuditMandatesState = { mandates: [] };

export const evolveAuditMandates = (state: AuditMandatesState, event: AuditMandateEvent): AuditMandatesState => {
  switch (event.type) {
    case 'AuditMandateGiven':
      return { mandates: [...state.mandates, { ...event.data, endedOn: undefined }] };
    case 'AuditMandateEnded': {
      const { mandateId, on } = event.data;
      if (!state.mandates.some((one) => one.mandateId === mandateId))
        throw new InvariantBroken('a mandate is given before it is ended');
      return {
        mandates: state.mandates.map((one) => (one.mandateId === mandateId ? { ...one, endedOn: on } : one)),
      };
    }
    default:
      return assertNever(event);
  }
};

export type MandateState = 'to_come' | 'running' | 'ended';

/** Where a mandate stands on a day: its last day is the one before `to`, and ending it closes the page at once. */
export const mandateStateOn = ({ from, to, endedOn }: AuditMandate, today: LocalDate): MandateState => {
  if (endedOn !== undefined || to <= today) return 'ended';
  return from <= today ? 'running' : 'to_come';
};

/** Whose auditor is still known; nobody is shown what is left of another. */
export const isKnown = ({ auditor }: AuditMandate): boolean => !isErased(auditor);

const isOf = ({ auditor }: AuditMandate, person: PersonRef): boolean =>
  !isErased(auditor) && auditor.organisation === person.organisation && auditor.person === person.person;

/** The mandates of one auditor, whatever their days. */
export const mandatesOf = (state: AuditMandatesState, person: PersonRef): readonly AuditMandate[] =>
  state.mandates.filter((one) => isOf(one, person));

/** What may be asked about: everything, or rows of these records and of these handlers. */
export type Scope =
  | { readonly kind: 'all' }
  | { readonly kind: 'some'; readonly records: readonly string[]; readonly handlers: readonly string[] };

/** The mandates that run on a day, as one scope. Undefined: there is none. */
export const scopeOn = (mandates: readonly AuditMandate[], today: LocalDate): Scope | undefined => {
  const running = mandates.filter((one) => mandateStateOn(one, today) === 'running');
  if (running.length === 0) return undefined;
  if (running.some(({ scope }) => scope === 'organisation')) return { kind: 'all' };
  return {
    kind: 'some',
    records: [...new Set(running.flatMap(({ records }) => records ?? []))].toSorted(),
    handlers: [...new Set(running.flatMap(({ handlers }) => handlers ?? []))].toSorted(),
  };
};
