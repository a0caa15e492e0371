import type { Caller } from '@toeverlaat/access';
import {
  gatewayCaller,
  grantCapacity,
  identityQuery,
  linkSubject,
  registerOrganisation,
  registerPerson,
  type CommandDef,
  type CommandReply,
  type RequestContext,
} from '@toeverlaat/contracts';
import { bootstrapCaller } from '@toeverlaat/directory';
import { localDateOf, organisationId, uuidV5, type PersonId } from '@toeverlaat/values';
import type { z } from 'zod';
import type { Product } from '../compose.js';
import { DEMO_ISSUER, type DemoPerson } from '../demo-idp/index.js';

export type SeedOptions = {
  /** Cases to add beyond the scenarios. */
  readonly cases: number;
  readonly seed: number;
  readonly onProgress: (done: number, total: number) => void;
};

/** The demonstration could not be played: a command was refused. */
export class SeedRefused extends Error {
  override readonly name = 'SeedRefused';
}

const organisations = [
  { id: 'gentia', kind: 'employer', legalName: 'Gentia NV', site: 'gent', place: 'Gent' },
  { id: 'zorgnet', kind: 'external_service', legalName: 'Zorgnet vzw', site: 'gent', place: 'Gent' },
] as const;

const staff = [
  { person: 'p-tom', name: 'Tom Peeters', role: undefined, label: 'Werknemer' },
  { person: 'p-eva', name: 'Eva Maes', role: 'auditor', label: 'Auditor' },
  { person: 'p-ria', name: 'Ria Claes', role: 'head_internal_service', label: 'Hoofd interne dienst' },
] as const;

/** Whom the demonstration can sign in as; the name is the subject of the token. */
export const demoPeople: readonly DemoPerson[] = organisations.flatMap(({ id, legalName }) => [
  { name: `ann@${id}`, label: `Beheerder, ${legalName}` },
  ...staff.map(({ person, label }) => ({ name: `${person.slice(2)}@${id}`, label: `${label}, ${legalName}` })),
]);

/**
 * Fills a fresh demonstration through real commands. Command ids are derived from the seed, so that one that was
 * interrupted is finished by doing it again.
 * @throws SeedRefused
 */
export const seedDemonstration = async (product: Product, { seed, onProgress }: SeedOptions): Promise<void> => {
  const { rpc, clock } = product;
  const contextOf = (caller: Caller, id: string): RequestContext => ({
    requestId: id,
    correlationId: id,
    caller,
    purpose: 'administer',
    language: 'nl',
  });
  const give = async <I extends z.ZodType>(
    def: CommandDef<I>,
    caller: Caller,
    step: string,
    data: z.input<I>,
  ): Promise<CommandReply> => {
    const commandId = uuidV5('demonstration', String(seed), caller.organisation, step);
    const reply = await rpc.command(def, contextOf(caller, commandId), { commandId, data });
    if (!reply.ok) throw new SeedRefused(`${def.pattern} (${step}): ${JSON.stringify(reply.rejection)}`);
    return reply;
  };

  const total = organisations.length;
  for (const [done, { id, kind, legalName, site, place }] of organisations.entries()) {
    onProgress(done, total);
    const organisation = organisationId(id);
    await give(registerOrganisation, bootstrapCaller, `organisation ${id}`, {
      organisation: id,
      kind,
      legalName,
      regime: 'dutch',
      site: { siteId: site, name: place, place, regime: 'dutch', languages: ['nl'] },
      issuer: DEMO_ISSUER,
      administrator: { personId: 'p-ann', name: 'Ann De Smet', languages: ['nl'], subject: `ann@${id}` },
    });
    const identity = await rpc.query(identityQuery, contextOf(gatewayCaller, uuidV5('demonstration', 'identity', id)), {
      issuer: DEMO_ISSUER,
      subject: `ann@${id}`,
    });
    const capacity = identity.ok
      ? identity.value.persons.flatMap((one) => one.capacities).find((one) => one.role === 'administrator')
      : undefined;
    if (capacity === undefined) throw new SeedRefused(`no administrator of ${id}`);
    const administrator: Caller = {
      role: 'administrator',
      organisation,
      person: 'p-ann' as PersonId,
      pseudonym: capacity.pseudonym,
      capacityId: capacity.id,
      sites: capacity.sites,
    };
    for (const { person, name, role } of staff) {
      await give(registerPerson, administrator, `person ${person}`, {
        personId: person,
        siteId: site,
        name,
        languages: ['nl'],
      });
      await give(linkSubject, administrator, `subject ${person}`, {
        personId: person,
        issuer: DEMO_ISSUER,
        subject: `${person.slice(2)}@${id}`,
      });
      if (role !== undefined)
        await give(grantCapacity, administrator, `capacity ${person}`, {
          personId: person,
          role,
          sites: 'all',
          from: localDateOf(clock.now()),
        });
    }
  }
  onProgress(total, total);
};
