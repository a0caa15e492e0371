import type { CountedFunction, FactKind, Month } from '../vocabulary.js';
import type { FactEvent } from './events.js';

export type CountedFact = {
  readonly month: Month;
  readonly site: string;
  readonly by: CountedFunction;
  readonly what: FactKind;
  readonly code: string;
};
export type FactState = { readonly status: 'none' } | ({ readonly status: 'recorded' } & CountedFact);
export const initialFact: FactState = { status: 'none' };

export const evolveFact = (_: FactState, { data }: FactEvent): FactState => ({ status: 'recorded', ...data });
