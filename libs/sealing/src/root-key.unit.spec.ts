import { expect, it } from 'vitest';
import { isOutOfReach } from './root-key.js';

it.each([
  { what: 'its owner’s alone', mode: 0o100600, owner: 1000, own: 1000, fits: true },
  { what: 'its owner’s alone, and that is root', mode: 0o100400, owner: 0, own: 0, fits: true },
  {
    what: 'a secret that an orchestrator mounts for the group of the process',
    mode: 0o100440,
    owner: 0,
    own: 1000,
    fits: true,
  },
  { what: 'its group’s too', mode: 0o100640, owner: 1000, own: 1000, fits: false },
  { what: 'root’s group’s too', mode: 0o100640, owner: 0, own: 0, fits: false },
  { what: 'a group that may write', mode: 0o100460, owner: 0, own: 1000, fits: false },
  { what: 'everybody’s', mode: 0o100444, owner: 0, own: 1000, fits: false },
])('the file of a root key may be $what: $fits', ({ mode, owner, own, fits }) => {
  expect(isOutOfReach(mode, owner, own)).toBe(fits);
});
