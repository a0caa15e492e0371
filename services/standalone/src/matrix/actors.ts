import type { OrganisationId } from '@toeverlaat/values';
import { demoToken } from '../demo-idp/index.js';
import { broodhuis, gentia, holzwerk, subjectOf, twins, zorgnet } from '../demo/people.js';
import type { Subject } from './oracle.js';
import { post, type Client } from './wire.js';
import type { Planted } from './world.js';

/** Somebody who asks, over HTTP like any client. */
export type Asker = Subject & { readonly name: string; readonly client: Client };

type Cast = readonly (readonly [role: Exclude<Subject['role'], 'base' | 'anonymous_worker'>, ...people: string[]])[];

/**
 * For each capacity: who has a part in a record, who is excluded from one, and a colleague who is neither. Lies the
 * counsellor also asks as the worker that she is, and Pieter as a participant: a part is had in one capacity.
 */
const withExclusions: Cast = [
  ['worker', 'pieter', 'bert', 'nora', 'lies'],
  ['participant', 'bert', 'isabelle', 'nora', 'pieter'],
  ['counsellor', 'lies', 'marc', 'sophie', 'greta'],
  ['prevention_adviser', 'eva', 'tom', 'luc'],
  ['head_internal_service', 'hugo', 'dirk'],
  ['employer', 'karel', 'dirk'],
  ['committee_member', 'carla', 'dirk'],
  ['administrator', 'ann', 'dirk'],
  ['records_manager', 'rik', 'dirk'],
  ['data_protection_officer', 'dora', 'dirk'],
  ['auditor', 'aude', 'dirk'],
];
/** The same people where nobody is excluded: those who are in the other organisation are colleagues here. */
const without: Cast = [
  ['worker', 'pieter', 'bert', 'nora'],
  ['participant', 'bert', 'isabelle', 'pieter'],
  ['counsellor', 'lies', 'marc', 'sophie'],
  ['prevention_adviser', 'eva', 'tom'],
  ['head_internal_service', 'hugo'],
  ['employer', 'karel'],
  ['committee_member', 'carla'],
  ['administrator', 'ann'],
  ['records_manager', 'rik'],
  ['data_protection_officer', 'dora'],
  ['auditor', 'aude'],
];

const signIn = async (
  url: string,
  role: Subject['role'],
  person: string,
  home: OrganisationId,
  organisation: OrganisationId,
): Promise<Asker> => {
  const authorization = `Bearer ${await demoToken(url, subjectOf(person, home))}`;
  const { body } = await post(
    { url, headers: { authorization } },
    '{ me { __typename capacities { id role organisation } } }',
  );
  const choices = (body.data?.['me']?.['capacities'] ?? []) as readonly {
    readonly id: string;
    readonly role: string;
    readonly organisation: string;
  }[];
  const choice = choices.find((one) => one.role === role && one.organisation === organisation);
  if (choice === undefined) throw new RangeError(`${person}@${home} is no ${role} in ${organisation}`);
  return {
    name: `${person}@${home} as ${role}${home === organisation ? '' : ` in ${organisation}`}`,
    role,
    person,
    organisation,
    mandated: home !== organisation,
    client: { url, headers: { authorization, 'toeverlaat-capacity': choice.id } },
  };
};

/** Everybody who asks, of both organisations, with those of the external service who act for its clients. */
export const askersOf = async (url: string, planted: readonly Planted[]): Promise<readonly Asker[]> => {
  const askers: Asker[] = [];
  const nobody = { role: 'base', person: '-', organisation: undefined, mandated: false } as const;
  askers.push({ ...nobody, name: 'nobody', client: { url, headers: {} } });
  const authorization = `Bearer ${await demoToken(url, subjectOf('lies', gentia))}`;
  askers.push({ ...nobody, name: 'lies@gentia before she chooses', client: { url, headers: { authorization } } });
  for (const organisation of twins) {
    for (const [role, ...people] of organisation === gentia ? withExclusions : without)
      for (const person of people) askers.push(await signIn(url, role, person, organisation, organisation));
    const { receipts } = planted.find((one) => one.organisation === organisation) ?? {};
    const behind = [
      ['R2', receipts?.R2],
      ['R3', receipts?.R3],
      ['the public door', undefined],
    ] as const;
    for (const [person, receipt] of behind)
      askers.push({
        name: `somebody at ${organisation} behind ${person}`,
        role: 'anonymous_worker',
        person,
        organisation,
        mandated: false,
        client: {
          url,
          headers: {
            'toeverlaat-organisation': organisation,
            ...(receipt === undefined ? {} : { authorization: `Receipt ${receipt.lookupId}.${receipt.authenticator}` }),
          },
        },
      });
  }
  askers.push(await signIn(url, 'platform_operator', 'olga', gentia, gentia));
  askers.push(await signIn(url, 'counsellor', 'lies', zorgnet, broodhuis));
  askers.push(await signIn(url, 'prevention_adviser', 'eva', zorgnet, holzwerk));
  return askers;
};
