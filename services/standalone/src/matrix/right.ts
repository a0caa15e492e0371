import type { Asker } from './actors.js';
import { beingTo, directoryReaders, idReaders, names, readers, type Entry } from './oracle.js';
import { NOBODY, type Target } from './targets.js';
import type { Canary } from './world.js';

/** What one must be to a target to be answered, said by the oracle. */
export const isTheirs = (asker: Asker, entry: Entry, target: Target): boolean => {
  const own = target.of?.organisation === asker.organisation ? target.of : undefined;
  switch (entry.of) {
    case 'nothing':
    case 'history':
      return true;
    case 'designation':
      return (
        own !== undefined &&
        (names(entry.any, asker.role) || (names(entry.own, asker.role) && target.counsellor === asker.person))
      );
    case 'person': {
      // Equal ids are different people: what is asked for is the entry of one's own organisation.
      const exists = target.person !== NOBODY && (target.person !== 'bert' || !asker.mandated);
      return exists && (names(entry.any, asker.role) || target.person === asker.person);
    }
    default: {
      const record = target.records[entry.of];
      if (own === undefined || record === undefined) return false;
      const being = beingTo(asker, record, own.organisation);
      return being !== undefined && entry.beings.includes(being);
    }
  }
};

/** Whether they know of a target without its being theirs. */
export const isKnown = (asker: Asker, entry: Entry, target: Target): boolean => {
  if (!('known' in entry) || entry.known === undefined || target.of === undefined) return false;
  const record = target.records[entry.of];
  return record !== undefined && beingTo(asker, record, target.of.organisation) === entry.known;
};

export const mayRead = (asker: Asker, canary: Canary): boolean => {
  const { kind, record, organisation } = canary;
  if (kind === 'name' || kind === 'email')
    return (
      asker.organisation === organisation &&
      !asker.mandated &&
      (names(directoryReaders[kind], asker.role) || asker.person === 'bert')
    );
  if (record === 'directory') return false;
  const being = beingTo(asker, record, organisation);
  const over = canary.takenOverBy === undefined ? undefined : beingTo(asker, canary.takenOverBy, organisation);
  if (kind === 'id') return being !== undefined || names(idReaders, asker.role);
  if (kind === 'participant id') {
    if (names(idReaders, asker.role) && asker.organisation === organisation) return true;
    if (being === 'participant') return canary.place === 'told';
  }
  return [being, over].some((one) => one !== undefined && readers[kind].includes(one));
};

/** Content, as against ids: what must not be shown without an access record. */
export const isContent = ({ kind }: Canary): boolean => !kind.endsWith('id');
