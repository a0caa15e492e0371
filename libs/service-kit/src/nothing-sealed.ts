import type { RunnerOptions } from '@toeverlaat/event-log';

const NO_FINGERPRINT = new Uint8Array(32);

/** For a runner whose events have no sealed field: it uses no key, and the body of a command stands in its event anyway. */
export const nothingSealed = {
  sealer: { seal: () => Promise.resolve({ ok: true, value: [] }), open: () => Promise.resolve([]) },
  fingerprintKey: () => Promise.resolve(NO_FINGERPRINT),
} as const satisfies Pick<RunnerOptions<never, never, never>, 'sealer' | 'fingerprintKey'>;
