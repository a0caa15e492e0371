import type { LocalDate } from '@toeverlaat/values';
import { type DataStatus, inForceOn, type Source } from './datum.js';
import type { Labels } from './languages.js';
import { lawSet, lawVersion } from './versions.js';

export type SecrecyReferenceId = 'penal_code_458' | 'penal_code_352';
export type SecrecyReference = {
  readonly id: SecrecyReferenceId;
  readonly label: Labels;
  readonly source: Source;
  readonly status: DataStatus;
};

/**
 * The article on professional secrecy to cite on a date. A configured reference wins: the new code's date in force is
 * not sure, and an installation must be able to follow a postponement the day it is published.
 */
export const professionalSecrecyOn = (
  date: LocalDate,
  configured?: SecrecyReferenceId,
  version: string = lawVersion,
): SecrecyReference => {
  const all = lawSet(version).secrecyReferences;
  const found = all.find((each) => (configured === undefined ? inForceOn(each, date) : each.id === configured));
  if (found === undefined) throw new RangeError(`professional secrecy: no reference for ${date}`);
  return { id: found.id, label: found.value, source: found.source, status: found.status };
};
