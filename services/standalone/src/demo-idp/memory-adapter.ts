import type { Adapter, AdapterPayload } from 'oidc-provider';

type Entry = { readonly payload: AdapterPayload; readonly until: number };

/** Sessions, codes and grants of the demonstration: in memory, gone with the process. */
export const createMemoryAdapter = (now: () => number = Date.now) => {
  const entries = new Map<string, Entry>();

  const live = (key: string): AdapterPayload | undefined => {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.until > now()) return entry.payload;
    entries.delete(key);
    return undefined;
  };
  const where = (model: string, test: (payload: AdapterPayload) => boolean): AdapterPayload | undefined => {
    for (const key of entries.keys()) {
      if (!key.startsWith(`${model} `)) continue;
      const payload = live(key);
      if (payload !== undefined && test(payload)) return payload;
    }
    return undefined;
  };
  const sweep = (): void => {
    for (const key of entries.keys()) live(key);
  };

  return (model: string): Adapter => {
    const key = (id: string): string => `${model} ${id}`;
    return {
      upsert: (id, payload, expiresIn) => {
        if (entries.size > 5_000) sweep();
        entries.set(key(id), {
          payload,
          until: expiresIn === undefined ? Number.POSITIVE_INFINITY : now() + expiresIn * 1_000,
        });
        return Promise.resolve();
      },
      find: (id) => Promise.resolve(live(key(id))),
      findByUid: (uid) => Promise.resolve(where(model, (payload) => payload.uid === uid)),
      findByUserCode: (userCode) => Promise.resolve(where(model, (payload) => payload.userCode === userCode)),
      consume: (id) => {
        const payload = live(key(id));
        const entry = entries.get(key(id));
        if (payload !== undefined && entry !== undefined)
          entries.set(key(id), { ...entry, payload: { ...payload, consumed: Math.floor(now() / 1_000) } });
        return Promise.resolve();
      },
      destroy: (id) => {
        entries.delete(key(id));
        return Promise.resolve();
      },
      revokeByGrantId: (grantId) => {
        for (const [name, { payload }] of entries) if (payload.grantId === grantId) entries.delete(name);
        return Promise.resolve();
      },
    };
  };
};
