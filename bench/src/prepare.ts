import { policyVersion, usualPurposeOf, type Caller, type Role } from '@toeverlaat/access';
import { caseCategory, caseCodec, caseSubject } from '@toeverlaat/case';
import {
  counsellorCardsQuery,
  gatewayCaller,
  identityQuery,
  type CommandDef,
  type RequestContext,
} from '@toeverlaat/contracts';
import { encodeMetadata, plainText, streamName } from '@toeverlaat/event-log';
import { lawVersion } from '@toeverlaat/legal';
import {
  compose,
  DEMO_ISSUER,
  playDemonstration,
  readSettings,
  type Overrides,
  type Product,
} from '@toeverlaat/standalone';
import {
  addDays,
  localDateOf,
  organisationId,
  uuidV5,
  type CommandId,
  type OrganisationId,
  type PersonId,
} from '@toeverlaat/values';
import type { z } from 'zod';

/** The two organisations of the demonstration that share every id. */
export const twins: readonly OrganisationId[] = [organisationId('gentia'), organisationId('zorgnet')];
export const SITE = 'ghent';
/** The counsellor whose desk and cases are measured. */
export const COUNSELLOR = 'lies';

const SETTLE_MS = 600_000;

/** The product on a folder, without a door, to be filled; stopped afterwards. Plays the demonstration where the folder is empty. */
export const withProduct = async <T>(
  data: string,
  work: (product: Product) => Promise<T>,
  overrides: Pick<Overrides, 'evidence'> = {},
): Promise<T> => {
  const settings = readSettings(['--data', data, '--port', '0', '--log-level', 'error'], {});
  if (!settings.ok) throw new Error(settings.error.help);
  const product = await compose(settings.value, { withoutDoor: true, timersEveryMs: 0, ...overrides });
  try {
    if (product.fresh) await playDemonstration(product, () => undefined);
    const done = await work(product);
    if (!(await product.whenSettled(SETTLE_MS))) throw new Error('views and reactions did not catch up');
    return done;
  } finally {
    await product.stop();
  }
};

export const contextOf = (caller: Caller, id: string): RequestContext => ({
  requestId: id,
  correlationId: id,
  caller,
  purpose: usualPurposeOf(caller.role),
  language: 'nl',
});

/** A demonstration person as a service sees them. */
export const callerOf = async (
  product: Pick<Product, 'rpc'>,
  organisation: OrganisationId,
  name: string,
  role: Role,
): Promise<Caller> => {
  const subject = `${name}@${organisation}`;
  const id = uuidV5('bench', subject);
  const context: RequestContext = {
    requestId: id,
    correlationId: id,
    caller: gatewayCaller,
    purpose: 'operate',
    language: 'nl',
  };
  const identity = await product.rpc.query(identityQuery, context, { issuer: DEMO_ISSUER, subject });
  for (const { person, capacities } of identity.ok ? identity.value.persons : [])
    for (const { id: capacityId, sites, pseudonym, ...capacity } of capacities)
      if (capacity.role === role && capacity.organisation === organisation)
        return { role, organisation, person, pseudonym, capacityId, sites };
  throw new Error(`no ${role} ${subject}`);
};

/** A command as a service takes it. @throws when it is refused */
export const command = async <I extends z.ZodType>(
  product: Pick<Product, 'rpc'>,
  def: CommandDef<I>,
  caller: Caller,
  key: string,
  data: z.input<I>,
): Promise<string> => {
  const commandId = uuidV5('bench', caller.organisation, key);
  const reply = await product.rpc.command(def, contextOf(caller, commandId), { commandId, data });
  if (!reply.ok) throw new Error(`${def.pattern}: ${JSON.stringify(reply.rejection)}`);
  return reply.id;
};

/** The designation behind a counsellor's card, as a worker of the site sees it. */
export const designationOf = async (
  product: Pick<Product, 'rpc'>,
  organisation: OrganisationId,
  counsellor: PersonId | undefined,
): Promise<string> => {
  const worker = await callerOf(product, organisation, 'pieter', 'worker');
  const cards = await product.rpc.query(counsellorCardsQuery, contextOf(worker, uuidV5('bench', 'cards')), {
    siteId: SITE,
  });
  const card = cards.ok ? cards.value.find(({ person }) => person === counsellor) : undefined;
  if (card === undefined) throw new Error(`no card of ${counsellor ?? 'nobody'}`);
  return card.designationId;
};

const AT_ONCE = 250;

/**
 * Opens cases of one counsellor, as many as wanted, past the commands: the same events through the same codec and keys,
 * appended in large groups. Terms lie ahead, so that no timer has work to do; or they are closed the same day.
 */
export const addCases = async (
  { log, sealing, clock }: Product,
  counsellor: Caller,
  from: number,
  count: number,
  closed = false,
): Promise<void> => {
  const { organisation, pseudonym, person = '' as PersonId } = counsellor;
  const at = clock.now();
  const today = localDateOf(at);
  for (let start = from; start < from + count; start += AT_ONCE) {
    const cases = Array.from({ length: Math.min(AT_ONCE, from + count - start) }, (_, offset) => {
      const n = start + offset;
      const idOf = (what: string): string => uuidV5('bench case', organisation, String(n), what);
      const id = idOf('case');
      const handler = idOf('handler');
      const applicant = idOf('applicant');
      return {
        n,
        id,
        handler,
        applicant,
        commandId: idOf('command') as CommandId,
        stream: streamName(caseCategory, organisation, id),
      };
    });
    // All keys of the group in one transaction of the vault.
    const made = await sealing.seal(
      cases.map(({ id, handler, applicant, stream }) => ({
        organisation,
        subjects: [caseSubject(id), `${caseSubject(id)}#${handler}`, `${caseSubject(id)}#${applicant}`],
        context: { organisation, stream, eventId: id, type: 'bench', path: 'none' },
        value: null,
      })),
    );
    if (!made.ok) throw new Error(made.error.kind);
    await Promise.all(
      cases.map(async ({ n, id, handler, applicant, commandId, stream }) => {
        const encoded = await caseCodec.encode(sealing, { organisation, stream, streamId: id, commandId }, [
          {
            type: 'CaseOpened',
            data: {
              handler: pseudonym,
              handlerParticipantId: handler,
              handlerPerson: { organisation, person },
              applicantParticipantId: applicant,
              hearingDueOn: addDays(today, 5 + (n % 300)),
              lawVersion,
              origin: 'counsellor',
              site: SITE,
              firstContactOn: today,
              applicantIdentity: 'named',
              applicantName: plainText(`Worker number ${n}`),
              kindOfFacts: 'conflict',
              language: 'nl',
              writtenCounts: false,
              summary: plainText('x'.repeat(200)),
            },
          },
          ...(closed
            ? [{ type: 'CaseClosed' as const, data: { retentionClass: 'informal_case' as const, closedOn: today } }]
            : []),
        ]);
        if (!encoded.ok) throw new Error(encoded.error.kind);
        const appended = await log.append({
          organisation,
          stream,
          expected: 'none',
          events: encoded.value.map(({ eventId, type, data }) => ({
            eventId,
            type,
            data,
            metadata: encodeMetadata({
              v: 1,
              eventId,
              type,
              organisation,
              recordedAt: at,
              actor: { pseudonym, capacity: 'counsellor' },
              purpose: 'handle_case',
              commandId,
              fingerprint: 'f'.repeat(43),
              correlationId: commandId,
              causationId: commandId,
              policyVersion,
              lawVersion,
            }),
          })),
        });
        if (!appended.ok) throw new Error(appended.error.kind);
      }),
    );
  }
};
