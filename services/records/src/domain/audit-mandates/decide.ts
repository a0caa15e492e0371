import { accept, type Command, type ConfidentialText, type Decider, type Decision } from '@toeverlaat/event-log';
import { addMonths } from '@toeverlaat/legal';
import { assertNever, type LocalDate } from '@toeverlaat/values';
import { accessThresholds } from '../access-thresholds.js';
import { NOT_FOUND, refuseRule } from '../rules.js';
import type { PersonRef } from '../retention-vocabulary.js';
import type { AuditMandateEvent, AuditScope } from './events.js';
import { evolveAuditMandates, initialAuditMandates, mandateStateOn, type AuditMandatesState } from './state.js';

export type AuditMandateCommand =
  | Command<
      'GiveAuditMandate',
      {
        readonly mandateId: string;
        readonly auditor: PersonRef;
        /** The directory says that this person is auditor here on some day of the mandate. */
        readonly isAuditor: boolean;
        readonly scope: AuditScope;
        readonly records: readonly string[];
        readonly handlers: readonly string[];
        readonly from: LocalDate;
        readonly to: LocalDate;
        readonly givenBy: PersonRef;
        readonly motive: ConfidentialText;
      }
    >
  | Command<'EndAuditMandate', { readonly mandateId: string; readonly motive: ConfidentialText }>;

type Decided = Decision<AuditMandateEvent>;
type Giving = Extract<AuditMandateCommand, { type: 'GiveAuditMandate' }>;

const give = ({ data, meta }: Giving, state: AuditMandatesState): Decided => {
  if (state.mandates.some(({ mandateId }) => mandateId === data.mandateId)) return accept();
  const { auditor, scope, records, handlers, from, to } = data;
  // Each kind of scope names what it is of, and nothing else.
  if ((scope === 'records') !== records.length > 0 || (scope === 'handlers') !== handlers.length > 0)
    return refuseRule('audit_scope_not_named');
  if (to <= from) return refuseRule('audit_mandate_reversed');
  if (to <= meta.today) return refuseRule('audit_mandate_past');
  const { longestMandateMonths: longest } = accessThresholds;
  if (to > addMonths(from, longest.value))
    return refuseRule('audit_mandate_too_long', longest.source, { months: longest.value });
  if (auditor.organisation === data.givenBy.organisation && auditor.person === data.givenBy.person)
    return refuseRule('audit_mandate_of_own');
  if (!data.isAuditor) return refuseRule('not_an_auditor');
  return accept({
    type: 'AuditMandateGiven',
    data: {
      mandateId: data.mandateId,
      sealedFor: 'mandate',
      auditor,
      scope,
      records: records.length === 0 ? undefined : [...new Set(records)],
      handlers: handlers.length === 0 ? undefined : [...new Set(handlers)],
      from,
      to,
      givenBy: meta.actor.pseudonym,
      givenAs: meta.actor.capacity,
      motive: data.motive,
    },
  });
};

const decide = (command: AuditMandateCommand, state: AuditMandatesState): Decided => {
  switch (command.type) {
    case 'GiveAuditMandate':
      return give(command, state);
    case 'EndAuditMandate': {
      const { mandateId, motive } = command.data;
      const mandate = state.mandates.find((one) => one.mandateId === mandateId);
      if (mandate === undefined) return NOT_FOUND;
      const { today } = command.meta;
      return mandateStateOn(mandate, today) === 'ended'
        ? refuseRule('audit_mandate_over')
        : accept({ type: 'AuditMandateEnded', data: { mandateId, on: today, motive } });
    }
    default:
      return assertNever(command);
  }
};

/** Who may ask the access history of an organisation, of what and until when. */
export const auditMandatesDecider: Decider<AuditMandateCommand, AuditMandateEvent, AuditMandatesState> = {
  initial: initialAuditMandates,
  decide,
  evolve: evolveAuditMandates,
};
