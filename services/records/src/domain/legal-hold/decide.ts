import {
  accept,
  reject,
  type Command,
  type ConfidentialText,
  type Decider,
  type Decision,
} from '@toeverlaat/event-log';
import { assertNever, type LocalDate } from '@toeverlaat/values';
import { NOT_FOUND, refuseRule } from '../rules.js';
import type { HoldScope, PersonRef } from '../retention-vocabulary.js';
import type { HoldEvent } from './events.js';
import { evolveHold, initialHold, type HoldState } from './state.js';

export type HoldCommand =
  | Command<
      'PlaceHold',
      {
        readonly scope: HoldScope;
        readonly kept: readonly string[];
        /** Of those named: what became of them. One that is not there is left out. */
        readonly found: readonly { readonly keptId: string; readonly erased: boolean; readonly destroying: boolean }[];
        readonly person?: PersonRef | undefined;
        readonly site?: string | undefined;
        readonly begunFrom?: LocalDate | undefined;
        readonly begunTo?: LocalDate | undefined;
        readonly reviewOn: LocalDate;
        readonly reason: ConfidentialText;
      }
    >
  | Command<'NoteReviewDue', { readonly reviewOn: LocalDate }>
  | Command<'ReviewHold', { readonly reviewOn: LocalDate; readonly finding: ConfidentialText }>
  | Command<'LiftHold', { readonly motive: ConfidentialText }>;

type Decided = Decision<HoldEvent>;
type Placing = Extract<HoldCommand, { type: 'PlaceHold' }>;

const invalid = (field: string, rule: string): Decided => reject({ kind: 'InvalidInput', field, rule });

/** Each kind of hold names what it is on, and nothing else. */
const misnamed = ({ scope, kept, person, site, begunFrom, begunTo }: Placing['data']): Decided | undefined => {
  const dated = begunFrom !== undefined || begunTo !== undefined;
  if ((scope === 'records') !== kept.length > 0)
    return invalid('kept', scope === 'records' ? 'required' : 'not_of_scope');
  if ((scope === 'person') !== (person !== undefined))
    return invalid('person', scope === 'person' ? 'required' : 'not_of_scope');
  if ((scope === 'site') !== (site !== undefined))
    return invalid('site', scope === 'site' ? 'required' : 'not_of_scope');
  if (scope === 'period' && (begunFrom === undefined || begunTo === undefined)) return invalid('begunFrom', 'required');
  if (dated && scope !== 'site' && scope !== 'period') return invalid('begunFrom', 'not_of_scope');
  if (begunFrom !== undefined && begunTo !== undefined && begunTo < begunFrom)
    return refuseRule('held_period_reversed');
  return undefined;
};

/**
 * Placing on a person, a site or a period is answered the same whatever it is about: nothing is looked up, so that the answer
 * tells nothing (design rule 10). Only records that whoever places it named by id can be found wanting.
 */
const place = ({ data, meta }: Placing, state: HoldState): Decided => {
  if (state.status !== 'none') return accept();
  const wrong = misnamed(data);
  if (wrong !== undefined) return wrong;
  if (data.reviewOn <= meta.today) return refuseRule('review_not_in_future', undefined, { bound: meta.today });
  for (const keptId of data.kept) {
    const record = data.found.find((one) => one.keptId === keptId);
    if (record === undefined) return NOT_FOUND;
    if (record.erased) return reject({ kind: 'Erased' });
    if (record.destroying) return refuseRule('destruction_under_way');
  }
  const { scope, kept, person, site, begunFrom, begunTo, reviewOn, reason } = data;
  return accept<HoldEvent>({
    type: 'LegalHoldPlaced',
    data: {
      scope,
      kept: kept.length === 0 ? undefined : [...kept],
      person,
      site,
      begunFrom,
      begunTo,
      reviewOn,
      reason,
    },
  });
};

const decide = (command: HoldCommand, state: HoldState): Decided => {
  if (command.type === 'PlaceHold') return place(command, state);
  if (state.status === 'none') return NOT_FOUND;
  switch (command.type) {
    case 'NoteReviewDue':
      return state.status === 'placed' &&
        !state.reviewDue &&
        state.reviewOn === command.data.reviewOn &&
        state.reviewOn <= command.meta.today
        ? accept({ type: 'LegalHoldReviewFellDue', data: command.data })
        : accept();
    case 'ReviewHold':
      if (state.status === 'lifted') return refuseRule('hold_is_lifted');
      if (command.data.reviewOn <= command.meta.today)
        return refuseRule('review_not_in_future', undefined, { bound: command.meta.today });
      return accept({ type: 'LegalHoldReviewed', data: command.data });
    case 'LiftHold':
      return state.status === 'lifted'
        ? refuseRule('hold_is_lifted')
        : accept({ type: 'LegalHoldLifted', data: command.data });
    default:
      return assertNever(command);
  }
};

/** A stop on destruction, until somebody lifts it. */
export const holdDecider: Decider<HoldCommand, HoldEvent, HoldState> = {
  initial: initialHold,
  decide,
  evolve: evolveHold,
};
