import type { ReportEvent } from './events.js';

export type Edition = ReportEvent['data'];
export type ReportState = { readonly editions: readonly Edition[] };
export const initialReport: ReportState = { editions: [] };
export const evolveReport = (state: ReportState, event: ReportEvent): ReportState => ({
  editions: [...state.editions, event.data],
});
