import { usualPurposeOf, type Caller, type Role } from '@toeverlaat/access';
import {
  caseIdOfRequest,
  acceptRequestCommand,
  commandReplySchema,
  counsellorCardsQuery,
  createRpcClient,
  gatewayCaller,
  grantCapacity,
  identityQuery,
  openSite,
  recordContactCommand,
  registerPerson,
  renameOrganisation,
  renamePerson,
  sendMessageCommand,
  sendRequestCommand,
  type CommandDef,
  type CommandReply,
  type RequestContext,
} from '@toeverlaat/contracts';
import { wordingVersion } from '@toeverlaat/legal';
import { localDateOf, organisationId, systemClock, uuidV5, type OrganisationId } from '@toeverlaat/values';
import type { z } from 'zod';
import { DEMO_ISSUER } from '../demo-idp/index.js';
import type { RunningProduct } from './process.js';
import type { Random } from './random.js';

/** One command as it went over the wire: a repeat sends the very same. */
export type Sent = {
  readonly organisation: OrganisationId;
  readonly commandId: string;
  readonly pattern: string;
  readonly message: unknown;
};

/** Those of one organisation of the demonstration who give the commands of the load. */
export type Cast = {
  readonly organisation: OrganisationId;
  readonly administrator: Caller;
  readonly workers: readonly Caller[];
  readonly counsellor: Caller;
  readonly designationId: string;
  /** Requests that were acknowledged as sent, those that nobody has tried to accept, and those that were accepted. */
  readonly requests: string[];
  readonly waiting: string[];
  readonly accepted: string[];
};

const SITE = 'ghent';

const contextOf = (caller: Caller, id: string): RequestContext => ({
  requestId: id,
  correlationId: id,
  caller,
  purpose: usualPurposeOf(caller.role),
  language: 'nl',
});

const sentOf = <I extends z.ZodType>(
  def: CommandDef<I>,
  caller: Caller,
  commandId: string,
  data: z.input<I>,
): Sent => ({
  organisation: caller.organisation,
  commandId,
  pattern: def.pattern,
  message: { context: contextOf(caller, commandId), commandId, data },
});

export const send = async (product: RunningProduct, { pattern, message }: Sent): Promise<CommandReply> =>
  commandReplySchema.parse(await product.ask({ kind: 'rpc', pattern, message }));

/** Finds the cast of the two organisations of the demonstration that share every id. */
export const castOf = async (product: RunningProduct): Promise<readonly Cast[]> => {
  const rpc = createRpcClient((pattern, message) => product.ask({ kind: 'rpc', pattern, message }));
  const callerOf = async (organisation: OrganisationId, name: string, role: Role): Promise<Caller> => {
    const subject = `${name}@${organisation}`;
    const context = { ...contextOf(gatewayCaller, uuidV5('crash', subject)), purpose: 'operate' };
    const identity = await rpc.query(identityQuery, context, { issuer: DEMO_ISSUER, subject });
    for (const { person, capacities } of identity.ok ? identity.value.persons : [])
      for (const { id, sites, pseudonym, ...capacity } of capacities)
        if (capacity.role === role) return { role, organisation, person, pseudonym, capacityId: id, sites };
    throw new Error(`no ${role} ${subject}: ${JSON.stringify(identity)}`);
  };
  const casts: Cast[] = [];
  for (const organisation of ['gentia', 'zorgnet'].map(organisationId)) {
    const workers = [await callerOf(organisation, 'pieter', 'worker'), await callerOf(organisation, 'bert', 'worker')];
    const counsellor = await callerOf(organisation, 'lies', 'counsellor');
    const [worker] = workers;
    if (worker === undefined) throw new Error('no worker');
    const cards = await rpc.query(counsellorCardsQuery, contextOf(worker, uuidV5('crash', 'cards', organisation)), {
      siteId: SITE,
    });
    const card = cards.ok ? cards.value.find(({ person }) => person === counsellor.person) : undefined;
    if (card === undefined) throw new Error(`no card of ${organisation}: ${JSON.stringify(cards)}`);
    casts.push({
      organisation,
      administrator: await callerOf(organisation, 'ann', 'administrator'),
      workers,
      counsellor,
      designationId: card.designationId,
      requests: [],
      waiting: [],
      accepted: [],
    });
  }
  return casts;
};

/**
 * The next command of the load: creating and changing, on streams of its own and on contended ones, with and without
 * reactions of other services. Each leaves an event or is refused: one that decides to nothing could not be told from a
 * lost one.
 */
export const nextCommand = (random: Random, casts: readonly Cast[], n: number): Sent => {
  const pick = <T>(list: readonly T[]): T | undefined => list[random.below(list.length)];
  const cast = pick(casts);
  const worker = pick(cast?.workers ?? []);
  if (cast === undefined || worker === undefined) throw new Error('no cast');
  const { organisation, administrator, counsellor, designationId } = cast;
  // Ids come of the number alone: both organisations use the same ones.
  const commandId = uuidV5('crash', organisation, String(n));
  const today = localDateOf(systemClock.now());
  const some = `w-${random.below(Math.max(1, n))}`;
  switch (random.below(9)) {
    case 0:
      return sentOf(registerPerson, administrator, commandId, {
        personId: `w-${n}`,
        siteId: SITE,
        name: `Worker ${n}`,
        languages: ['nl'],
      });
    case 1:
      return sentOf(renamePerson, administrator, commandId, { personId: some, name: `Worker, now ${n}` });
    case 2:
      return sentOf(grantCapacity, administrator, commandId, {
        personId: some,
        role: 'auditor',
        sites: 'all',
        from: today,
      });
    case 3:
      return sentOf(openSite, administrator, commandId, {
        siteId: `s-${n}`,
        name: `Site ${n}`,
        place: 'Gent',
        regime: 'dutch',
        languages: ['nl'],
      });
    case 4:
      return sentOf(renameOrganisation, administrator, commandId, { legalName: `${organisation} ${n}` });
    case 5: {
      // Each is accepted by one command only: a second one would decide to nothing.
      const [requestId] = cast.waiting.splice(random.below(cast.waiting.length), 1);
      if (requestId !== undefined) return sentOf(acceptRequestCommand, counsellor, commandId, { requestId });
      break;
    }
    case 6: {
      const requestId = pick(cast.requests);
      if (requestId !== undefined)
        return sentOf(sendMessageCommand, counsellor, commandId, { requestId, words: `Message ${n}` });
      break;
    }
    case 7: {
      const accepted = pick(cast.accepted);
      if (accepted !== undefined)
        return sentOf(recordContactCommand, counsellor, commandId, {
          caseId: caseIdOfRequest(organisation, accepted),
          heldOn: today,
          channel: 'phone',
          durationMinutes: 20,
          riskSources: [],
          optionsExplained: [],
          language: 'nl',
          topic: `Topic ${n}`,
          isHearing: false,
        });
      break;
    }
    default:
      break;
  }
  return sentOf(sendRequestCommand, worker, commandId, {
    way: 'signed_in',
    site: SITE,
    designationId,
    language: 'nl',
    message: `Request ${n}`,
    escalation: 'nobody',
    wordingVersion,
  });
};

/** What an acknowledgement makes known, for commands that build on it. */
export const learn = (casts: readonly Cast[], sent: Sent, id: string): void => {
  const cast = casts.find(({ organisation }) => sent.organisation === organisation);
  if (sent.pattern === sendRequestCommand.pattern) {
    cast?.requests.push(id);
    cast?.waiting.push(id);
  }
  if (sent.pattern === acceptRequestCommand.pattern) cast?.accepted.push(id);
};
