import { InvariantBroken, ORGANISATION_ID, type OrganisationId } from '@toeverlaat/values';

/** The category is what stands before the first `-` (design §8). */
export const categoryOf = (stream: string): string => {
  const dash = stream.indexOf('-');
  return dash < 0 ? stream : stream.slice(0, dash);
};

/** `case.case-<organisation>_<id>` (design §8): the organisation comes first, always (rule 5). */
export const streamName = (category: string, organisation: OrganisationId, id: string): string => {
  if (category === '' || category.includes('-'))
    throw new InvariantBroken(`category "${category}": empty or with a dash`);
  if (id === '') throw new InvariantBroken(`${category}: empty id`);
  return `${category}-${organisation}_${id}`;
};

export type StreamParts = { readonly category: string; readonly organisation: OrganisationId; readonly id: string };

/** @returns undefined when the name is not of the form `category-organisation_id` */
export const parseStreamName = (stream: string): StreamParts | undefined => {
  const category = categoryOf(stream);
  const rest = stream.slice(category.length + 1);
  const bar = rest.indexOf('_');
  if (bar < 1 || bar === rest.length - 1) return undefined;
  const organisation = rest.slice(0, bar);
  return ORGANISATION_ID.test(organisation)
    ? { category, organisation: organisation as OrganisationId, id: rest.slice(bar + 1) }
    : undefined;
};
