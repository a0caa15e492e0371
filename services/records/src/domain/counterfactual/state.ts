import type { Replay } from '../replay.js';
import type { CounterfactualEvent } from './events.js';

export type CounterfactualState =
  { readonly status: 'none' } | { readonly status: 'replayed'; readonly replay: Replay; readonly replayHash: string };
export const initialCounterfactual: CounterfactualState = { status: 'none' };

export const evolveCounterfactual = (_: CounterfactualState, event: CounterfactualEvent): CounterfactualState => ({
  status: 'replayed',
  ...event.data,
});
