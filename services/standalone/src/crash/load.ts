import type { Caller } from '@toeverlaat/access';
import {
  commandReplySchema,
  createRpcClient,
  gatewayCaller,
  grantCapacity,
  identityQuery,
  openSite,
  registerOrganisation,
  registerPerson,
  renameOrganisation,
  renamePerson,
  type CommandDef,
  type CommandReply,
  type RequestContext,
} from '@toeverlaat/contracts';
import { bootstrapCaller } from '@toeverlaat/directory';
import {
  localDateOf,
  organisationId,
  systemClock,
  uuidV5,
  type OrganisationId,
  type PersonId,
} from '@toeverlaat/values';
import type { RunningProduct } from './process.js';
import type { Random } from './random.js';

const ISSUER = 'https://id.example.org';
/** Two organisations with the same ids for everything. */
export const loadOrganisations = ['gentia', 'zorgnet'].map(organisationId);

/** One command as it went over the wire: a repeat sends the very same. */
export type Sent = { readonly commandId: string; readonly pattern: string; readonly message: unknown };

const contextOf = (caller: Caller, id: string): RequestContext => ({
  requestId: id,
  correlationId: id,
  caller,
  purpose: 'administer',
  language: 'nl',
});

const sentOf = (def: CommandDef, caller: Caller, commandId: string, data: unknown): Sent => ({
  commandId,
  pattern: def.pattern,
  message: { context: contextOf(caller, commandId), commandId, data },
});

export const send = async (product: RunningProduct, { pattern, message }: Sent): Promise<CommandReply> =>
  commandReplySchema.parse(await product.ask({ kind: 'rpc', pattern, message }));

/** Registers both organisations and finds their administrators; repeated after a crash it completes what was left. */
export const setUp = async (product: RunningProduct): Promise<readonly Caller[]> => {
  const rpc = createRpcClient((pattern, message) => product.ask({ kind: 'rpc', pattern, message }));
  const administrators: Caller[] = [];
  for (const organisation of loadOrganisations) {
    const commandId = uuidV5('crash', 'organisation', organisation);
    const reply = await rpc.command(registerOrganisation, contextOf(bootstrapCaller, commandId), {
      commandId,
      data: {
        organisation,
        kind: organisation === 'gentia' ? 'employer' : 'external_service',
        legalName: organisation,
        regime: 'dutch',
        site: { siteId: 'gent', name: 'Gent', place: 'Gent', regime: 'dutch', languages: ['nl'] },
        issuer: ISSUER,
        administrator: { personId: 'p-ann', name: 'Ann', languages: ['nl'], subject: `ann@${organisation}` },
      },
    });
    if (!reply.ok) throw new Error(`organisation refused: ${JSON.stringify(reply.rejection)}`);
    administrators.push(await administratorOf(rpc, organisation));
  }
  return administrators;
};

const administratorOf = async (
  rpc: ReturnType<typeof createRpcClient>,
  organisation: OrganisationId,
): Promise<Caller> => {
  const identity = await rpc.query(identityQuery, contextOf(gatewayCaller, uuidV5('crash', 'identity', organisation)), {
    issuer: ISSUER,
    subject: `ann@${organisation}`,
  });
  const capacity = identity.ok
    ? identity.value.persons.flatMap((one) => one.capacities).find((one) => one.role === 'administrator')
    : undefined;
  if (capacity === undefined) throw new Error(`no administrator of ${organisation}`);
  return {
    role: 'administrator',
    organisation,
    person: 'p-ann' as PersonId,
    pseudonym: capacity.pseudonym,
    capacityId: capacity.id,
    sites: capacity.sites,
  };
};

/** The next command of the load: creating and changing, on streams of its own and on contended ones. */
export const nextCommand = (random: Random, administrators: readonly Caller[], n: number): Sent => {
  const caller = administrators[random.below(administrators.length)];
  if (caller === undefined) throw new Error('no administrator');
  // Ids come of the number alone: both organisations use the same ones.
  const commandId = uuidV5('crash', caller.organisation, String(n));
  const some = `w-${random.below(50)}`;
  switch (random.below(5)) {
    case 0:
      return sentOf(registerPerson, caller, commandId, {
        personId: `w-${n}`,
        siteId: 'gent',
        name: `Worker ${n}`,
        languages: ['nl'],
      });
    case 1:
      // Every command here leaves an event or is refused: one that decides to nothing could not be told from a lost one.
      return sentOf(renamePerson, caller, commandId, { personId: some, name: `Worker, now ${n}` });
    case 2:
      return sentOf(grantCapacity, caller, commandId, {
        personId: some,
        role: 'auditor',
        sites: 'all',
        from: localDateOf(systemClock.now()),
      });
    case 3:
      return sentOf(openSite, caller, commandId, {
        siteId: `s-${n}`,
        name: `Site ${n}`,
        place: 'Gent',
        regime: 'dutch',
        languages: ['nl'],
      });
    default:
      return sentOf(renameOrganisation, caller, commandId, { legalName: `${caller.organisation} ${n}` });
  }
};
