import type { Caller } from '@toeverlaat/access';
import { createSealedBox } from './sealed-box.js';

/** For whom and which list a cursor was made: it is nobody else's and of no other list. */
export type CursorUse = {
  /** Of the query, such as `case.desk`. */
  readonly pattern: string;
  readonly caller: Pick<Caller, 'organisation' | 'role' | 'pseudonym'> | undefined;
};

export type PageCursors = {
  readonly seal: (cursor: string, use: CursorUse) => string;
  /** Undefined for anything but a cursor of this list that was given to this caller. */
  readonly open: (token: string, use: CursorUse) => string | undefined;
};

const PADDING = 64;
const boundTo = ({ pattern, caller }: CursorUse): string =>
  JSON.stringify([pattern, caller?.organisation ?? '', caller?.role ?? '', caller?.pseudonym ?? '']);

/**
 * Where a page ended, as clients hold it. A service's own cursor is readable: it holds the ordering columns of a row, its
 * id and the moment it was recorded. In an address bar, a bookmark or a log of somebody's proxy those would tell of a
 * record; and one made up by hand would ask what stands beside an id.
 * @param key 32 bytes that all replicas of the gateway share
 */
export const createPageCursors = (key: Uint8Array): PageCursors => {
  const box = createSealedBox(key, 'toeverlaat page cursor v1', PADDING);
  return {
    seal: (cursor, use) => box.seal(cursor, boundTo(use)),
    open: (token, use) => box.open(token, boundTo(use)),
  };
};
