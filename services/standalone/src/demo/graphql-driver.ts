import type { CommandDef, QueryDef, StoredBlob } from '@toeverlaat/contracts';
import { buildFullSchema, permissions, schemaForRole, type SchemaRole } from '@toeverlaat/gateway';
import { randomId } from '@toeverlaat/values';
import type { z } from 'zod';
import { demoToken } from '../demo-idp/index.js';
import {
  purposeOf,
  StepRefused,
  type Actor,
  type CommandAnswer,
  type Driver,
  type QueryAnswer,
  type DownloadAnswer,
  type Refusal,
  type UploadAnswer,
  type Who,
} from './actors.js';

/** GraphQL names where they are not the last part of the contract's pattern. */
const named: Readonly<Record<string, string>> = {
  'directory.changeSetting': 'changeLegalSetting',
  'directory.withdrawProposal': 'withdrawDesignationProposal',
  'directory.nameSuccessor': 'nameSuccessorCounsellor',
  'directory.organisationProfile': 'organisation',
  'directory.designationFile': 'designation',
  'directory.designationList': 'designations',
  'directory.duties': 'counsellorDuties',
  'directory.requirements': 'designationRequirements',
  'directory.contracts': 'serviceContracts',
  'directory.permissions': 'permissionsAsOf',
  'intake.sendRequest': 'sendContactRequest',
  'intake.withdrawRequest': 'withdrawContactRequest',
  'intake.acceptRequest': 'acceptContactRequest',
  'intake.stepBack': 'stepBackFromRequest',
  'intake.markSeen': 'markConversationSeen',
  'intake.ownRequest': 'ownContactRequest',
  'intake.ownRequests': 'ownContactRequests',
  'intake.requests': 'contactRequests',
  'intake.request': 'contactRequest',
  'case.caseById': 'case',
  'case.timeline': 'caseTimeline',
  'case.whoMayRead': 'whoMayReadCase',
  'case.document': 'caseDocumentFile',
  'case.participantView': 'toldToMe',
  'case.applicantView': 'ownCase',
  'referral.prepare': 'prepareReferral',
  'referral.changeRecords': 'changeReferralRecords',
  'referral.recordConsent': 'recordReferralConsent',
  'referral.giveConsent': 'giveReferralConsent',
  'referral.send': 'sendReferral',
  'referral.deliver': 'deliverReferral',
  'referral.noteAnswer': 'noteReferralAnswer',
  'referral.withdraw': 'withdrawReferral',
  'referral.accept': 'acceptReferral',
  'referral.decline': 'declineReferral',
};
/** The GraphQL field of a command or a question. */
export const fieldNameOf = (pattern: string): string => named[pattern] ?? pattern.slice(pattern.indexOf('.') + 1);

type Schema = ReturnType<typeof schemaForRole>;
type Field = NonNullable<ReturnType<NonNullable<ReturnType<Schema['getQueryType']>>['getFields']>[string]>;

let full: Schema | undefined;
const schemas = new Map<SchemaRole, Schema>();
const schemaOf = (role: SchemaRole): Schema => {
  full ??= buildFullSchema();
  const known = schemas.get(role);
  if (known !== undefined) return known;
  const made = schemaForRole(full, permissions, role);
  schemas.set(role, made);
  return made;
};

type Named = {
  readonly name: string;
  readonly getTypes?: () => readonly Named[];
  readonly getFields?: () => Readonly<Record<string, { readonly name: string; readonly type: unknown }>>;
};
const unwrapped = (type: unknown): Named => {
  let inner = type;
  while (typeof inner === 'object' && inner !== null && 'ofType' in inner) inner = inner.ofType;
  return inner as Named;
};

/** Everything that an answer has, as this capacity's schema shows it. */
const selectionOf = (type: Named, depth = 0): string => {
  if (depth > 9) return '{ __typename }';
  if (type.getTypes !== undefined)
    return `{ __typename ${type
      .getTypes()
      .map((member) => `... on ${member.name} ${selectionOf(member, depth + 1)}`)
      .join(' ')} }`;
  if (type.getFields === undefined) return '';
  const fields = Object.values(type.getFields()).map(
    (field) => `${field.name} ${selectionOf(unwrapped(field.type), depth + 1)}`,
  );
  return `{ ${fields.join(' ')} }`;
};

const refusals = new Set([
  'NotFound',
  'NotAllowed',
  'InvalidInput',
  'RuleRefused',
  'StaleVersion',
  'CommandIdReused',
  'Erased',
  'TryLater',
]);
/** Under other names: two members of a union may not give one name to two types. */
const refused = `... on RuleRefused { refusedCode: code } ... on InvalidInput { refusedField: field refusedRule: rule }`;

const questionOf = (field: Field): string => {
  const members = unwrapped(field.type).getTypes?.() ?? [unwrapped(field.type)];
  const answers = members.filter(({ name }) => !refusals.has(name));
  const variables = field.args.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(', ');
  const args = field.args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  const shown = members.some(({ name }) => name === 'RuleRefused') ? refused : '';
  return `query${variables === '' ? '' : `(${variables})`} { answer: ${field.name}${args === '' ? '' : `(${args})`} { __typename ${answers
    .map((member) => `... on ${member.name} ${selectionOf(member)}`)
    .join(' ')} ${shown} } }`;
};

type Answer = Readonly<Record<string, unknown>> & { readonly __typename: string };
type Body = {
  readonly data?: { readonly answer?: Answer | null } | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: { readonly code?: string; readonly detail?: string };
  }[];
};

const textIn = (answer: Answer, name: string): string | undefined => {
  const value = answer[name];
  return typeof value === 'string' ? value : undefined;
};
const refusalIn = (answer: Answer): Refusal => {
  const code = textIn(answer, 'refusedCode');
  const field = textIn(answer, 'refusedField');
  const rule = textIn(answer, 'refusedRule');
  return {
    kind: answer.__typename,
    ...(code === undefined ? {} : { code }),
    ...(field === undefined ? {} : { field }),
    ...(rule === undefined ? {} : { rule }),
  };
};

/** One request as it went over the wire, for a tour that shows it. */
export type Exchange = { readonly who: Who; readonly query: string; readonly status: number };

/**
 * Acts as any client does: a token from the demonstration's identity provider, a chosen capacity, GraphQL over HTTP.
 * @param base where the product listens
 */
export const createGraphqlDriver = (
  base: string,
  onExchange: (exchange: Exchange) => void = () => undefined,
  /** Another identity provider's tokens, by subject. */
  newToken: (subject: string) => Promise<string> = (subject) => demoToken(base, subject),
): Driver => {
  const tokens = new Map<string, Promise<string>>();
  let capacities = new Map<string, Promise<string>>();
  /** The newest position per organisation and service: the next answer has seen what was written before it. */
  const positions = new Map<string, Map<string, string>>();

  const post = async (headers: Readonly<Record<string, string>>, query: string, variables: object, who: Who) => {
    const response = await fetch(`${base}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    onExchange({ who, query, status: response.status });
    return (await response.json()) as Body;
  };

  const tokenOf = (subject: string): Promise<string> => {
    const known = tokens.get(subject) ?? newToken(subject);
    tokens.set(subject, known);
    return known;
  };

  const chooseCapacity = async (who: Exclude<Who, { as: 'anonymous_worker' }>): Promise<string> => {
    const body = await post(
      { authorization: `Bearer ${await tokenOf(who.subject)}` },
      '{ answer: me { __typename capacities { id role organisation } } }',
      {},
      who,
    );
    const list = (body.data?.answer?.['capacities'] ?? []) as readonly {
      readonly id: string;
      readonly role: string;
      readonly organisation: string;
    }[];
    const found = list.find((one) => one.role === who.as && one.organisation === who.organisation);
    if (found === undefined) throw new StepRefused(who, 'me.capacities', { kind: 'NoSuchCapacity' });
    return found.id;
  };

  const headersOf = async (who: Who, pattern: string): Promise<Record<string, string>> => {
    const purpose = purposeOf(who.as, pattern);
    const after = [...(positions.get(who.organisation)?.values() ?? [])].join(',');
    const common = {
      'accept-language': who.language ?? 'nl',
      ...(purpose === undefined ? {} : { 'toeverlaat-purpose': purpose }),
      ...(after === '' ? {} : { 'toeverlaat-after': after }),
    };
    if (who.as === 'anonymous_worker')
      return {
        ...common,
        'toeverlaat-organisation': who.organisation,
        ...(who.receipt === undefined
          ? {}
          : { authorization: `Receipt ${who.receipt.lookupId}.${who.receipt.authenticator}` }),
      };
    const key = `${who.subject} ${who.as} ${who.organisation}`;
    const capacity = capacities.get(key) ?? chooseCapacity(who);
    capacities.set(key, capacity);
    capacity.catch(() => capacities.delete(key));
    return {
      ...common,
      authorization: `Bearer ${await tokenOf(who.subject)}`,
      'toeverlaat-capacity': await capacity,
    };
  };

  const failed = (body: Body): Refusal => {
    const [error] = body.errors ?? [];
    const code = error?.extensions?.code ?? 'INTERNAL';
    const detail = error?.extensions?.detail;
    const missing =
      code === 'QUERY_INVALID' && (detail === undefined || /^(?:Cannot query|Unknown type)/u.test(detail));
    return { kind: missing ? 'NoSuchField' : code, ...(detail === undefined ? {} : { rule: detail }) };
  };

  const command = async <I extends z.ZodType>(
    who: Who,
    def: CommandDef<I>,
    commandId: string,
    data: z.input<I>,
  ): Promise<CommandAnswer> => {
    const name = fieldNameOf(def.pattern);
    const field = schemaOf(who.as).getMutationType()?.getFields()[name];
    // What the schema does not have is asked for all the same: the server must say so itself.
    const input = field === undefined ? 'JSON' : String(field.args[0]?.type);
    const query =
      field === undefined
        ? `mutation { answer: ${name} { __typename } }`
        : `mutation($input: ${input}) { answer: ${name}(input: $input) { __typename ... on CommandAccepted { id revision token repeated } ${refused} } }`;
    const variables = field === undefined ? {} : { input: { ...starred(data), idempotencyKey: commandId } };
    const body = await post(await headersOf(who, def.pattern), query, variables, who);
    const answer = body.data?.answer;
    if (answer === undefined || answer === null) return { ok: false, refusal: failed(body) };
    if (answer.__typename !== 'CommandAccepted') return { ok: false, refusal: refusalIn(answer) };
    const token = textIn(answer, 'token');
    if (token !== undefined) {
      const known = positions.get(who.organisation) ?? new Map<string, string>();
      positions.set(who.organisation, known.set(def.service, token));
    }
    return {
      ok: true,
      id: textIn(answer, 'id') ?? '',
      revision: Number(answer['revision']),
      repeated: answer['repeated'] === true,
    };
  };

  const query = async <I extends z.ZodType, O extends z.ZodType>(
    who: Who,
    def: QueryDef<I, O>,
    input: z.input<I>,
  ): Promise<QueryAnswer<z.output<O>>> => {
    const name = fieldNameOf(def.pattern);
    const field = schemaOf(who.as).getQueryType()?.getFields()[name];
    const text = field === undefined ? `{ answer: ${name} { __typename } }` : questionOf(field);
    const body = await post(await headersOf(who, def.pattern), text, field === undefined ? {} : starred(input), who);
    const answer = body.data?.answer;
    if (answer === undefined || answer === null) return { ok: false, refusal: failed(body) };
    if (refusals.has(answer.__typename)) return { ok: false, refusal: refusalIn(answer) };
    const { __typename, ...row } = answer;
    // A bare list or value travels in an object of its own.
    const value =
      __typename.endsWith('List') && 'items' in row
        ? row['items']
        : __typename.endsWith('Value') && 'value' in row
          ? row['value']
          : row;
    return { ok: true, value: value as z.output<O>, stale: false };
  };

  const upload = async (
    who: Who,
    commandId: string,
    caseId: string,
    file: Uint8Array<ArrayBuffer>,
  ): Promise<UploadAnswer> => {
    const response = await fetch(`${base}/blobs/case/${caseId}`, {
      method: 'POST',
      headers: {
        ...(await headersOf(who, 'case.putAttachment')),
        'content-type': 'application/pdf',
        'idempotency-key': commandId,
      },
      body: file,
    });
    const body = (await response.json()) as Partial<StoredBlob> & Body;
    return body.blob === undefined || body.size === undefined
      ? { ok: false, refusal: failed(body) }
      : { ok: true, value: { blob: body.blob, size: body.size } };
  };

  const download = async (
    who: Who,
    recordId: string,
    blob: string,
    of: 'case' | 'referral',
  ): Promise<DownloadAnswer> => {
    const headers = await headersOf(who, of === 'case' ? 'case.getAttachment' : 'referral.getCopy');
    const response = await fetch(`${base}/blobs/${of}/${recordId}/${blob}`, { headers });
    if (!response.ok) return { ok: false, refusal: failed((await response.json()) as Body) };
    return { ok: true, mediaType: response.headers.get('content-type') ?? '', file: await response.bytes() };
  };

  const actor = (who: Who): Actor => ({
    who,
    command: (def, commandId, data) => command(who, def, commandId, data),
    query: (def, input) => query(who, def, input),
    upload: (commandId, caseId, file) => upload(who, commandId, caseId, file),
    download: (recordId, blob, of = 'case') => download(who, recordId, blob, of),
  });

  return {
    actor,
    forget: () => {
      capacities = new Map();
    },
  };
};

/** Contracts say `all`; in GraphQL a list says it with a star. */
const starred = (data: unknown): object => {
  if (typeof data !== 'object' || data === null) return {};
  return 'sites' in data && data.sites === 'all' ? { ...data, sites: ['*'] } : data;
};

/** A fresh id for a step that is no part of the demonstration. */
export const newKey = (): string => randomId();
