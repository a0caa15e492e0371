import type { KeptNoticeEvent } from './events.js';

/** `moved`: the revision of the last move that was told, in the stream of records. */
export type KeptNoticeState = { readonly status: 'none' } | { readonly status: 'told'; readonly moved: number };
export const initialKeptNotice: KeptNoticeState = { status: 'none' };

export const evolveKeptNotice = (_: KeptNoticeState, { data }: KeptNoticeEvent): KeptNoticeState => ({
  status: 'told',
  moved: data.moved,
});
