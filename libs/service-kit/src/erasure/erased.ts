import { subjectParts, type ErasableClass } from '@toeverlaat/contracts';

/**
 * The record that an `ErasureBegun` ends, where it is a whole record of this class of keys: a view drops its rows. Undefined
 * for another class, and for one participant, whose record lives on; what was sealed for them opens no more by itself.
 */
export const erasedRecord = (subject: string, keyClass: ErasableClass): string | undefined => {
  const parts = subjectParts(subject);
  return parts?.keyClass === keyClass && parts.participantId === undefined ? parts.recordId : undefined;
};
