import type { Loaded, Rejection } from '@toeverlaat/event-log';
import { assertNever, err, ok, type Result } from '@toeverlaat/values';

/** The state that was loaded, or `initial` where nothing was decided yet. */
export const stateOr = <S>(loaded: Loaded<S>, initial: S): Result<S, Rejection> => {
  switch (loaded.kind) {
    case 'absent':
      return ok(initial);
    case 'loaded':
      return ok(loaded.state);
    case 'erased':
      return err({ kind: 'Erased' });
    case 'unavailable':
      return err({ kind: 'Unavailable', detail: loaded.detail });
    default:
      return assertNever(loaded);
  }
};
