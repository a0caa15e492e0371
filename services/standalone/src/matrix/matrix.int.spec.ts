import { isStaffRole } from '@toeverlaat/access';
import type { Position } from '@toeverlaat/event-log';
import { buildFullSchema, fieldsOf, schemaRoles, type SchemaRole } from '@toeverlaat/gateway';
import { wordingVersion } from '@toeverlaat/legal';
import { uuidV5 } from '@toeverlaat/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { twins } from '../demo/people.js';
import { stageOf } from '../demo/seed.js';
import { sha256Of } from '../demo/world.js';
import { openTheatre, type Theatre } from '../scenarios/support.js';
import { say } from '../terminal.js';
import { askersOf, type Asker } from './actors.js';
import {
  beingTo,
  commands,
  contentFree,
  directoryReaders,
  idReaders,
  lists,
  mayContain,
  names,
  questions,
  readers,
  types,
  type Entry,
} from './oracle.js';
import { createTrail, type Trail } from './trail.js';
import {
  documentOf,
  introspect,
  NoValue,
  post,
  unreachable,
  variablesOf,
  type Reply,
  type RootField,
  type Schema,
} from './wire.js';
import { plantRecords, releaseFigures, type Canary, type Planted, type RecordName } from './world.js';

/*
 * Every field of the GraphQL schema × every capacity × organisation × relation to the record, exclusion among them
 * (issue 2 §6; rows 50, 75, 79, 132 of what others lack). Requests are made of the schema as the capacity finds it out
 * by introspection; what is right is said by `oracle.ts`.
 */

let theatre: Theatre;
let planted: readonly Planted[];
let askers: readonly Asker[];
let trail: Trail;
const schemas = new Map<SchemaRole, Schema>();
const full = buildFullSchema();
const counted = { fields: 0, hidden: 0, questions: 0, refusals: 0, commands: 0, own: 0, answers: 0 };
/** Between two fields: long enough for a caller's attempts to be recorded one by one again. */
const STEP_MS = 20_000;
/** How many ask at a time. */
const AT_ONCE = 4;

const schemaOf = async (asker: Asker): Promise<Schema> => {
  const known = schemas.get(asker.role) ?? (await introspect(asker.client));
  schemas.set(asker.role, known);
  return known;
};

// ── what is asked for ──

type Target = {
  readonly name: string;
  /** Whose records these are; undefined for ids of nothing. */
  readonly of?: Planted;
  readonly records: {
    readonly request?: RecordName;
    readonly case?: RecordName;
    readonly referral?: RecordName;
    readonly document?: RecordName;
  };
  /** The counsellor whose designation it is, and the person asked for. */
  readonly counsellor?: string;
  readonly person: string;
  readonly values: Readonly<Record<string, string>>;
};

const nowhere = (what: string): string => uuidV5('matrix', 'nowhere', what);
const NOBODY = 'nobody-of-this-name';
/** A text that is sent and must not come back. */
const ECHO = 'echo-van-wat-gezegd-werd';

const nothingAtAll: Target = {
  name: 'nothing',
  records: {},
  person: NOBODY,
  values: {
    caseId: nowhere('case'),
    otherCase: nowhere('other case'),
    requestId: nowhere('request'),
    earlierRequestId: nowhere('earlier request'),
    referralId: nowhere('referral'),
    documentId: nowhere('document'),
    participantId: nowhere('participant'),
    pointId: nowhere('point'),
    proposalId: nowhere('proposal'),
    optionId: nowhere('option'),
    designationId: nowhere('designation'),
    record: nowhere('record'),
    pseudonyms: sha256Of('nobody').slice(0, 26),
    person: NOBODY,
  },
};

/** The records of one organisation as the ids that a request can name, three sets of them. */
const setsOf = (of: Planted): readonly Target[] => {
  const { ids, documents, participants, points, proposal, designations, pseudonyms } = of;
  const common = {
    participantId: participants.told,
    pointId: points[0] ?? '',
    proposalId: proposal.proposalId,
    optionId: proposal.optionId,
    pseudonyms: pseudonyms.lies,
    earlierRequestId: ids.R3,
    otherCase: ids.C3,
  };
  const { organisation } = of;
  return [
    {
      name: `${organisation} 1`,
      of,
      records: { request: 'R1', case: 'C1', referral: 'F1', document: 'C1' },
      counsellor: 'lies',
      person: 'pieter',
      values: {
        ...common,
        caseId: ids.C1,
        requestId: ids.R1,
        referralId: ids.F1,
        documentId: documents[0],
        designationId: designations.lies,
        record: ids.C1,
        person: 'pieter',
      },
    },
    {
      // A case and a document of another case.
      name: `${organisation} 2`,
      of,
      records: { request: 'R2', case: 'C2', referral: 'F2' },
      counsellor: 'lies',
      person: 'nora',
      values: {
        ...common,
        caseId: ids.C2,
        requestId: ids.R2,
        referralId: ids.F2,
        documentId: documents[1],
        designationId: designations.lies,
        record: ids.R1,
        person: 'nora',
      },
    },
    {
      name: `${organisation} 3`,
      of,
      records: { request: 'R3', case: 'C3' },
      counsellor: 'marc',
      person: 'bert',
      values: {
        ...common,
        caseId: ids.C3,
        requestId: ids.R3,
        referralId: nowhere('referral of C3'),
        documentId: documents[0],
        designationId: designations.marc,
        record: ids.F1,
        person: 'bert',
      },
    },
    {
      // What exists, under the name of something else.
      name: `${organisation} crossed`,
      records: {},
      person: NOBODY,
      values: {
        ...common,
        participantId: ids.C1,
        pointId: participants.told,
        caseId: ids.R1,
        requestId: ids.C1,
        referralId: ids.C1,
        documentId: ids.F1,
        designationId: ids.C1,
        record: documents[0],
        person: ids.C1,
      },
    },
  ];
};

/** Names under which the same value goes. */
const alsoCalled: Readonly<Record<string, string>> = {
  pointIds: 'pointId',
  chosen: 'designationId',
  successor: 'designationId',
};
const fixed = (asker: Asker): Readonly<Record<string, unknown>> => ({
  first: 50,
  page: { first: 50 },
  siteId: 'ghent',
  site: 'ghent',
  sites: 'ghent',
  organisation: 'broodhuis',
  provider: 'zorgnet',
  home: 'zorgnet',
  issuer: 'https://id.example.org',
  subject: 'somebody',
  email: 'somebody@example.org',
  personId: 'joris',
  capacityId: 'no-such-capacity',
  contractId: 'no-such-contract',
  mandateId: 'no-such-mandate',
  absenceId: 'no-such-absence',
  blob: sha256Of('blob'),
  documentHash: sha256Of('document'),
  listHash: sha256Of('list'),
  evidenceBlob: sha256Of('evidence'),
  lookupId: sha256Of('lookup').slice(0, 26),
  verifier: sha256Of('verifier').slice(0, 43),
  publicKey: sha256Of('public key').slice(0, 43),
  wordingVersion,
  pickedByWorker: nowhere('picked'),
  year: '2026',
  from: '2026-01',
  to: '2026-03',
  line: 'collective_measures.general',
  at: '2026-10-01T08:00:00.000Z',
  startsAt: '2026-12-01T08:00:00.000Z',
  size: 10,
  hours: 1,
  workers: 60,
  value: true,
  isHearing: true,
  unanimous: true,
  way: asker.role === 'worker' ? 'signed_in' : 'anonymous',
  method: 'paper',
  receiverKind: 'gp',
});
const WORDS = new Set(
  'words note name place legalName message recipient motive receiverName summary topic wish title'.split(' '),
);
/** Filled in though they may be left out: they name something. */
const OPTIONAL = new Set(['siteId', 'designationId', 'first', 'documentId']);

const valuesFor =
  (asker: Asker, target: Target, idempotencyKey: string) =>
  (name: string, type: string, options: readonly string[]): unknown => {
    if (name === 'idempotencyKey') return idempotencyKey;
    const known = target.values[alsoCalled[name] ?? name] ?? fixed(asker)[name];
    if (options.length > 0) return options.find((option) => option === known) ?? options[0];
    if (type === 'Date') return '2026-10-01';
    if (known !== undefined) return type === 'Boolean' ? true : known;
    return WORDS.has(name) ? ECHO : undefined;
  };

// ── what is right ──

/** What one must be to a target to be answered, said by the oracle. */
const isTheirs = (asker: Asker, entry: Entry, target: Target): boolean => {
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

const mayRead = (asker: Asker, canary: Canary): boolean => {
  const { kind, record, organisation } = canary;
  if (kind === 'name' || kind === 'email')
    return (
      asker.organisation === organisation &&
      !asker.mandated &&
      (names(directoryReaders[kind], asker.role) || asker.person === 'bert')
    );
  if (record === 'directory') return false;
  const being = beingTo(asker, record, organisation);
  if (kind === 'id') return being !== undefined || names(idReaders, asker.role);
  if (kind === 'participant id') {
    if (names(idReaders, asker.role) && asker.organisation === organisation) return true;
    if (being === 'participant') return canary.place === 'told';
  }
  return being !== undefined && readers[kind].includes(being);
};

/** Content, as against ids: what must not be shown without an access record. */
const isContent = ({ kind }: Canary): boolean => !kind.endsWith('id');

// ── asking, and looking at what comes back ──

type Asked = {
  readonly asker: Asker;
  readonly field: string;
  readonly target: Target;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly reply: Reply;
  /** Where the log ended when the answer was there. */
  readonly head: Position | undefined;
};

let problems: string[] = [];
const wrong = (asked: Pick<Asked, 'asker' | 'field' | 'target'>, what: string): void => {
  problems.push(`${asked.asker.name}: ${asked.field} of ${asked.target.name}: ${what}`);
};
/** Empty when all is right; at most so many lines as one reads. */
const foundWrong = (): readonly string[] => {
  const found = problems;
  problems = [];
  return found.length > 60 ? [...found.slice(0, 60), `and ${found.length - 60} more`] : found;
};

const kindOf = ({ reply }: Pick<Asked, 'reply'>): string =>
  reply.body.data?.['answer']?.__typename ?? reply.body.errors?.[0]?.extensions?.code ?? `HTTP ${reply.status}`;
const isRefused = (kind: string): boolean => kind === 'NotFound' || kind === 'NotAllowed';

const ask = async (
  asker: Asker,
  schema: Schema,
  operation: 'query' | 'mutation',
  field: RootField,
  target: Target,
  idempotencyKey = '',
): Promise<Asked | undefined> => {
  try {
    const variables = variablesOf(schema, field, valuesFor(asker, target, idempotencyKey), OPTIONAL);
    const reply = await post(asker.client, documentOf(schema, operation, field), variables);
    const head = await theatre.product.log.head();
    counted.answers += 1;
    return { asker, field: field.name, target, variables, reply, head };
  } catch (error) {
    if (!(error instanceof NoValue)) throw error;
    wrong({ asker, field: field.name, target }, `the test knows no value for ${error.message}`);
    return undefined;
  }
};

const allCanaries = (): readonly Canary[] => planted.flatMap(({ canaries }) => canaries);

/** Rules (b), (d) and (f): nothing in the bytes without a right, and nothing without its record before it. */
const lookAt = async (asked: Asked): Promise<void> => {
  const { asker, reply, head, variables } = asked;
  const { requestId, text } = reply;
  const kind = kindOf(asked);
  if (reply.body.errors !== undefined) wrong(asked, `an error: ${text.slice(0, 200)}`);
  if (text.includes(ECHO) && kind !== 'CommandAccepted') wrong(asked, 'says again what was sent');
  const sent = JSON.stringify(variables);
  const before = (position: Position): boolean => head !== undefined && position <= head;
  const perRecord = asker.role !== 'base' && !isStaffRole(asker.role);

  for (const canary of allCanaries()) {
    if (!text.includes(canary.text)) continue;
    const { organisation, record, place } = canary;
    // An id that the caller named is no news to them.
    if (!isContent(canary) && sent.includes(canary.text)) continue;
    const what = `${organisation} ${record} ${canary.kind} (${place})`;
    if (!mayRead(asker, canary)) wrong(asked, `LEAK of ${what}`);
    if (!isContent(canary)) continue;
    if (canary.kind !== 'name' && contentFree.some((role) => role === asker.role))
      if (canary.kind !== 'email') wrong(asked, `content in a capacity that has none: ${what}`);
    const of = planted.find((one) => one.organisation === organisation);
    const id = record === 'directory' ? await entryAs(asker, requestId) : (of?.ids[record] ?? '');
    const records = trail.of('AccessRecorded', requestId, perRecord ? id : undefined);
    if (!records.some((one) => one.records.includes(id) && one.organisation === organisation && before(one.position)))
      wrong(asked, `NO RECORD before the answer with ${what}`);
  }

  if (isRefused(kind)) {
    const candidates = ['-', ...idsIn(variables)];
    const denied = perRecord
      ? candidates.flatMap((record) => trail.of('AccessDenied', requestId, record))
      : trail.of('AccessDenied', requestId);
    if (!denied.some((one) => one.organisation === asker.organisation && before(one.position)))
      wrong(asked, `${kind} without a record of the attempt`);
  }
};

/** How Bert's entry stands in the access history: under a name of the one request where an intervener looks. */
const entryAs = (asker: Asker, requestId: string): Promise<string> | string =>
  asker.organisation !== undefined && (asker.role === 'counsellor' || asker.role === 'prevention_adviser')
    ? theatre.product.sealing.pseudonym(
        asker.organisation,
        theatre.product.clock.now().slice(0, 4),
        JSON.stringify(['looked up', requestId, 'bert']),
      )
    : 'bert';

const idsIn = (value: unknown): readonly string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(idsIn)
      : [];

/** Time passes between two fields, so that no attempt is only counted. */
const passTime = (): void => {
  const now = Date.parse(theatre.product.clock.now());
  theatre.product.steer?.(new Date(now + STEP_MS).toISOString());
};

const inTurns = async <T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> => {
  const waiting = [...items];
  const next = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
};

/** Own sets, sets of the other organisation, ids of something else, ids of nothing. */
const targetsFor = (asker: Asker): readonly Target[] => {
  const [first, second] = planted.map(setsOf);
  const own = asker.organisation === planted[1]?.organisation ? second : first;
  const others = own === first ? second : first;
  return [...(own ?? []), ...(others ?? []).slice(0, 3)];
};

const namesSomething = (entry: Entry): boolean => entry.of !== 'nothing';

beforeAll(async () => {
  theatre = await openTheatre({ gateway: { receiptAnswerMs: 0 } });
  const { world, stage } = await stageOf(theatre.product, { seed: 1 });
  const all: Planted[] = [];
  await stage.play(
    twins.map((organisation) => async () => {
      all.push(await plantRecords(world, organisation));
      await releaseFigures(world, organisation);
    }),
  );
  planted = twins.flatMap((organisation) => all.filter((one) => one.organisation === organisation));
  askers = await askersOf(theatre.url, planted);
  trail = createTrail(theatre.product.log, await theatre.product.log.head());
}, 120_000);
afterAll(async () => {
  const sum = counted.fields + counted.hidden + counted.questions + counted.refusals + counted.commands + counted.own;
  say(
    `matrix: ${sum} combinations: ${counted.fields} field × capacity in the schemas, ${counted.hidden} hidden things asked for, ${counted.questions} questions and ${counted.refusals} commands × caller × record, ${counted.own} commands on what is one's own; ${counted.answers} answers searched`,
  );
  await theatre.close();
});

describe('what exists for a capacity', () => {
  it('is what the oracle says of every field, to introspection too', async () => {
    const said: string[] = [];
    const fields = fieldsOf(full);
    for (const field of fields) if (mayContain(field) === undefined) said.push(`${field}: the oracle says nothing`);
    const known = new Set(fields);
    for (const field of [
      ...Object.keys(questions).map((name) => `Query.${name}`),
      ...Object.keys(commands).map((name) => `Mutation.${name}`),
    ])
      if (!known.has(field)) said.push(`${field}: in the oracle, not in the schema`);
    for (const type of types.keys())
      if (!fields.some((field) => field.startsWith(`${type}.`))) said.push(`${type}: in the oracle, not in the schema`);

    const byRole = Map.groupBy(askers, ({ role }) => role);
    expect([...byRole.keys()].toSorted()).toEqual([...schemaRoles].toSorted());
    for (const [role, [asker]] of byRole) {
      if (asker === undefined) continue;
      const schema = await schemaOf(asker);
      const has = new Set(
        [...schema.types.values()]
          .filter(({ name }) => !name.startsWith('__'))
          .flatMap(({ name, fields: own }) => (own ?? []).map((field) => `${name}.${field.name}`)),
      );
      for (const field of fields) {
        counted.fields += 1;
        const right = names(mayContain(field) ?? '', role);
        if (has.has(field) !== right) said.push(`${role}: ${field} ${right ? 'is missing' : 'EXISTS'}`);
      }
      for (const field of has) if (!known.has(field)) said.push(`${role}: ${field} is no field of the whole schema`);
      for (const type of unreachable(schema)) said.push(`${role}: ${type} is shown and leads nowhere`);
    }
    expect(said).toEqual([]);
  });

  it('and what does not, answers like a name that was made up', async () => {
    const said: string[] = [];
    const byRole = Map.groupBy(askers, ({ role }) => role);
    /** As long as the real one, so that places in the text are the same. */
    const madeUp = (name: string): string => `Zz${'z'.repeat(Math.max(0, name.length - 2))}`;
    const without = (text: string, name: string): string => text.replaceAll(name, '<name>');
    const chunked = <T>(items: readonly T[]): readonly (readonly T[])[] =>
      Array.from({ length: Math.ceil(items.length / 20) }, (_, n) => items.slice(n * 20, n * 20 + 20));
    for (const [role, [asker]] of byRole) {
      if (asker === undefined) continue;
      const hidden = fieldsOf(full).filter((field) => !names(mayContain(field) ?? '', role));
      counted.hidden += hidden.length;
      const inType = hidden.map((field) => field.split('.') as [string, string]);
      const commanding = names(types.get('Mutation') ?? '', role);
      const shown = (type: string): boolean => names(types.get(type) ?? '', role);
      const roots = (operation: string, list: readonly string[]) =>
        chunked(list).map((part) => ({
          named: part,
          query: (of: (name: string) => string) =>
            `${operation}{ ${part.map((one) => `${of(one)} { __typename }`).join(' ')} }`,
        }));
      const inFragment = (
        list: readonly (readonly [string, string])[],
        which: (pair: readonly [string, string]) => string,
      ) =>
        chunked(list).map((part) => ({
          named: part.map(which),
          query: (of: (name: string) => string) =>
            `{ me { ${part.map((_, n) => `...F${n}`).join(' ')} } } ${part
              .map(([type, name], n) =>
                shown(type) ? `fragment F${n} on ${type} { ${of(name)} }` : `fragment F${n} on ${of(type)} { ${name} }`,
              )
              .join(' ')}`,
        }));
      const probes = [
        ...roots(
          '',
          inType.filter(([type]) => type === 'Query').map(([, name]) => name),
        ),
        ...roots(
          'mutation ',
          inType.filter(([type]) => type === 'Mutation').map(([, name]) => name),
        ),
        ...inFragment(
          inType.filter(([type]) => type !== 'Query' && type !== 'Mutation'),
          ([type, name]) => (shown(type) ? name : type),
        ),
      ];
      for (const { named, query } of probes) {
        const [real, never] = await Promise.all(
          [(name: string) => name, madeUp].map((of) => post(asker.client, query(of))),
        );
        if (real === undefined || never === undefined) continue;
        const what = `${role}: ${commanding ? '' : 'without commands: '}${named.join(' ')}`;
        if (real.body.data !== undefined && real.body.data !== null) said.push(`${what}: answered`);
        if (real.body.errors === undefined || real.body.errors.length < new Set(named).size)
          if (!/^mutation/u.test(query((name) => name))) said.push(`${what}: fewer errors than names: ${real.text}`);
        const names_ = [...new Set(named)].toSorted((one, other) => other.length - one.length);
        const bare = (text: string, of: (name: string) => string): string =>
          names_.reduce((left, name) => without(left, of(name)), text);
        if (real.status !== never.status || bare(real.text, (name) => name) !== bare(never.text, madeUp))
          said.push(`${what}: answers otherwise than what was never there: ${real.text} / ${never.text}`);
      }
    }
    expect(said).toEqual([]);
  }, 60_000);
});

describe('a question', () => {
  it('shows what the oracle gives, after its record, and nothing is what is not there', async () => {
    await inTurns(askers, async (asker) => {
      const schema = await schemaOf(asker);
      for (const field of schema.questions) {
        const entry = questions[field.name];
        if (entry === undefined) continue;
        const targets = namesSomething(entry) ? [...targetsFor(asker), nothingAtAll] : [nothingAtAll];
        // Lists and forms name nothing, but may take an id all the same.
        const asked = (await Promise.all(targets.map((target) => ask(asker, schema, 'query', field, target)))).filter(
          (one) => one !== undefined,
        );
        counted.questions += asked.length;
        await trail.catchUp();
        for (const one of asked) await lookAt(one);
        compare(entry, asked);
        passTime();
      }
    });
    expect(foundWrong()).toEqual([]);
    expect(trail.counted()).toBe(0);
  }, 240_000);
});

/** Rule (c): what is not theirs, byte for byte, is what is not there; what is theirs is answered. */
const compare = (entry: Entry, asked: readonly Asked[]): void => {
  const nothing = asked.find(({ target }) => target === nothingAtAll);
  if (nothing === undefined) return;
  for (const one of asked) {
    const kind = kindOf(one);
    if (entry.of === 'nothing') {
      if (isRefused(kind)) wrong(one, `is for this capacity, and answers ${kind}`);
      checkList(one);
      continue;
    }
    if (entry.of === 'history') {
      checkHistory(one);
      continue;
    }
    if (isTheirs(one.asker, entry, one.target)) {
      if (isRefused(kind)) wrong(one, `is theirs, and answers ${kind}`);
    } else if (one.reply.text !== nothing.reply.text || one.reply.status !== nothing.reply.status)
      wrong(
        one,
        `differs from what is not there: ${one.reply.text.slice(0, 200)} / ${nothing.reply.text.slice(0, 200)}`,
      );
  }
};

/** Rule (e): a list holds what the oracle says and no other record, of one's own organisation or of another. */
const checkList = (one: Asked): void => {
  const list = lists[one.field];
  if (list === undefined) return;
  for (const { organisation, ids } of planted)
    for (const [record, id] of Object.entries(ids) as readonly (readonly [RecordName, string])[]) {
      const right = list.records.includes(record) && beingTo(one.asker, record, organisation) === list.being;
      if (one.reply.text.includes(id) !== right)
        wrong(one, `${organisation} ${record} ${right ? 'is missing' : 'is in the list'}`);
    }
};

/** Whatever another organisation's ids are asked for, the history answers with one's own asking alone. */
const checkHistory = (one: Asked): void => {
  const { asker, reply } = one;
  const rows = reply.body.data?.['answer']?.['rows'];
  if (!Array.isArray(rows)) return;
  const foreign = new Set(
    planted.flatMap(({ organisation, ids }) => (organisation === asker.organisation ? [] : Object.values(ids))),
  );
  for (const row of rows as readonly { readonly record: string; readonly recordClass: string }[])
    if (foreign.has(row.record) && row.recordClass !== 'access_history')
      wrong(one, `shows what another organisation recorded of ${row.record}`);
  const { of, values } = one.target;
  if (one.field !== 'accessHistoryOfRecord' || of?.organisation !== asker.organisation) return;
  if (
    !(rows as readonly { readonly record: string; readonly recordClass: string }[]).some(
      (row) => row.record === values['record'] && row.recordClass !== 'access_history',
    )
  )
    wrong(one, 'shows nothing of a record of this organisation that was read');
};

describe('a command', () => {
  it('on what is not one’s own does nothing, leaves a record of the attempt, and answers as if there were nothing', async () => {
    await inTurns(askers, async (asker) => {
      const schema = await schemaOf(asker);
      for (const field of schema.commands) {
        const entry = commands[field.name];
        if (entry === undefined || !namesSomething(entry)) continue;
        const targets = [
          ...targetsFor(asker).filter(
            ({ name }) => !/(?:2|3)$/u.test(name) || name.startsWith(asker.organisation ?? ''),
          ),
          nothingAtAll,
        ];
        const strange = targets.filter((target) => !isTheirs(asker, entry, target));
        const keys = strange.map((target) => uuidV5('matrix', asker.name, field.name, target.name));
        const asked = (
          await Promise.all(strange.map((target, at) => ask(asker, schema, 'mutation', field, target, keys[at] ?? '')))
        ).filter((one) => one !== undefined);
        counted.refusals += asked.length;
        await trail.catchUp();
        for (const one of asked) {
          await lookAt(one);
          if (!isRefused(kindOf(one))) wrong(one, `answers ${one.reply.text.slice(0, 200)}`);
          if (trail.causedBy(one.reply.requestId).length > 0) wrong(one, 'left an event');
        }
        for (const key of keys)
          if (trail.causedBy(key).length > 0) problems.push(`${asker.name}: ${field.name} left an event`);
        compare(entry, asked);
        passTime();
      }
    });
    expect(foundWrong()).toEqual([]);
    expect(trail.counted()).toBe(0);
  }, 240_000);
});
