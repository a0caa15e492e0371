import { assertNever } from '@toeverlaat/values';
import type { HandedNoticeEvent } from './events.js';

/** Files that nobody works on here, and of which handover they are; the last one that was told. */
export type HandedNoticeState = { readonly handoverId: string | undefined; readonly closed: ReadonlySet<string> };
export const initialHandedNotice: HandedNoticeState = { handoverId: undefined, closed: new Set() };

export const evolveHandedNotice = (state: HandedNoticeState, event: HandedNoticeEvent): HandedNoticeState => {
  const { handoverId, records } = event.data;
  switch (event.type) {
    case 'FilesHandedOver':
      return { handoverId, closed: new Set([...state.closed, ...event.data.records]) };
    case 'FilesReopened':
      return {
        ...state,
        closed: records === undefined ? new Set() : new Set([...state.closed].filter((one) => !records.includes(one))),
      };
    default:
      return assertNever(event);
  }
};
