import { isStaffRole } from '@toeverlaat/access';
import type { Position } from '@toeverlaat/event-log';
import type { Product } from '../compose.js';
import type { Asker } from './actors.js';
import { beingTo, contentFree, historyIsHidden, isOpenRegister, lists, type Entry, type FileRoute } from './oracle.js';
import { isContent, isKnown, isTheirs, mayRead } from './right.js';
import { ECHO, nothingAtAll, optionalFor, valuesFor, type Target } from './targets.js';
import { fileOf } from './files.js';
import { createTrail, type Trail } from './trail.js';
import {
  documentOf,
  introspect,
  NoValue,
  post,
  variablesOf,
  type Reply,
  type RootField,
  type Schema,
  type Values,
} from './wire.js';
import type { Planted, RecordName } from './world.js';

export type Asked = {
  readonly asker: Asker;
  readonly field: string;
  readonly target: Target;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly reply: Reply;
  /** Where the log ended when the answer was there. */
  readonly head: Position | undefined;
};

export const kindOf = ({ reply }: Pick<Asked, 'reply'>): string =>
  reply.body.data?.['answer']?.__typename ?? reply.body.errors?.[0]?.extensions?.code ?? `HTTP ${reply.status}`;
export const isRefused = (kind: string): boolean => kind === 'NotFound' || kind === 'NotAllowed';

const idsIn = (value: unknown): readonly string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(idsIn)
      : [];
type HistoryRow = { readonly record: string; readonly recordClass: string };

/** Between two fields: long enough for a caller's attempts to be recorded one by one again. */
const STEP_MS = 20_000;
/** How many ask at a time. */
const AT_ONCE = 4;
/** As many lines as one reads. */
const MOST_LINES = 60;

/** Asks, and holds what comes back against the oracle. */
export type Judge = {
  readonly trail: Trail;
  readonly schemaOf: (asker: Asker) => Promise<Schema>;
  /** Undefined, and something wrong, when the test knows no value for an argument. */
  readonly ask: (
    asker: Asker,
    operation: 'query' | 'mutation',
    field: RootField,
    target: Target,
    idempotencyKey?: string,
    change?: (values: Values) => Values,
  ) => Promise<Asked | undefined>;
  /** The same for a file beside GraphQL. */
  readonly askFile: (asker: Asker, route: FileRoute, target: Target) => Promise<Asked>;
  /** Rules about every answer; to be called when the trail has caught up. */
  readonly lookAt: (asked: Asked) => Promise<void>;
  readonly compare: (entry: Entry, asked: readonly Asked[]) => void;
  readonly wrong: (asked: Pick<Asked, 'asker' | 'field' | 'target'>, what: string) => void;
  /** What was wrong since it was asked last; empty when all is right. */
  readonly foundWrong: () => readonly string[];
  readonly answers: () => number;
  /** Time passes between two fields, so that no attempt is only counted. */
  readonly passTime: () => void;
};

/** A few at a time. */
export const inTurns = async <T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> => {
  const waiting = [...items];
  const next = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
};

/** Whoever asks the history or the evidence for an id is recorded with it, as it was asked for. */
const ASKING: ReadonlySet<string> = new Set(['access_history', 'proof']);

export const createJudge = async (product: Product, planted: readonly Planted[]): Promise<Judge> => {
  const trail = createTrail(product.log, await product.log.head());
  const canaries = planted.flatMap((one) => one.canaries);
  const schemas = new Map<string, Promise<Schema>>();
  let problems: string[] = [];
  let answers = 0;

  const schemaOf = (asker: Asker): Promise<Schema> => {
    const known = schemas.get(asker.role) ?? introspect(asker.client);
    schemas.set(asker.role, known);
    return known;
  };
  const wrong: Judge['wrong'] = ({ asker, field, target }, what) => {
    problems.push(`${asker.name}: ${field} of ${target.name}: ${what}`);
  };

  const ask: Judge['ask'] = async (asker, operation, field, target, idempotencyKey = '', change = (same) => same) => {
    try {
      const schema = await schemaOf(asker);
      const variables = variablesOf(
        schema,
        field,
        change(valuesFor(asker, target, idempotencyKey)),
        optionalFor(target),
      );
      const reply = await post(asker.client, documentOf(schema, operation, field), variables);
      const head = await product.log.head();
      answers += 1;
      return { asker, field: field.name, target, variables, reply, head };
    } catch (error) {
      if (!(error instanceof NoValue)) throw error;
      wrong({ asker, field: field.name, target }, `the test knows no value for ${error.message}`);
      return undefined;
    }
  };

  const askFile: Judge['askFile'] = async (asker, route, target) => {
    const { reply, variables } = await fileOf(asker, route, target);
    answers += 1;
    return { asker, field: route, target, variables, reply, head: await product.log.head() };
  };

  /** How Bert's entry stands in the access history: under a name of the one request where an intervener looks. */
  const entryAs = (asker: Asker, requestId: string): Promise<string> | string =>
    asker.organisation !== undefined && (asker.role === 'counsellor' || asker.role === 'prevention_adviser')
      ? product.sealing.pseudonym(
          asker.organisation,
          product.clock.now().slice(0, 4),
          JSON.stringify(['looked up', requestId, 'bert']),
        )
      : 'bert';

  /** Rules (b), (d) and (f): nothing in the bytes without a right, and nothing without its record before it. */
  const lookAt: Judge['lookAt'] = async (asked) => {
    const { asker, reply, head, variables } = asked;
    const { requestId, text } = reply;
    const kind = kindOf(asked);
    if (reply.body.errors !== undefined) wrong(asked, `an error: ${text.slice(0, 200)}`);
    if (text.includes(ECHO) && kind !== 'CommandAccepted') wrong(asked, 'says again what was sent');
    const sent = JSON.stringify(variables);
    const before = (position: Position): boolean => head !== undefined && position <= head;
    const perRecord = asker.role !== 'base' && !isStaffRole(asker.role);

    for (const canary of canaries) {
      if (!text.includes(canary.text)) continue;
      const { organisation, record, place } = canary;
      // An id that the caller named is no news to them.
      if (!isContent(canary) && sent.includes(canary.text)) continue;
      const what = `${organisation} ${record} ${canary.kind} (${place})`;
      if (!mayRead(asker, canary)) wrong(asked, `LEAK of ${what}`);
      if (!isContent(canary)) continue;
      if (canary.kind !== 'name' && !isOpenRegister(asker, canary) && contentFree.some((role) => role === asker.role))
        if (canary.kind !== 'email') wrong(asked, `content in a capacity that has none: ${what}`);
      const of = planted.find((one) => one.organisation === organisation);
      const holders =
        record === 'directory'
          ? [await entryAs(asker, requestId)]
          : [record, canary.takenOverBy].flatMap((name) => (name === undefined ? [] : (of?.ids[name] ?? [])));
      const recorded = holders.some((id) =>
        trail
          .of('AccessRecorded', requestId, perRecord ? id : undefined)
          .some((one) => one.records.includes(id) && one.organisation === organisation && before(one.position)),
      );
      if (!recorded) wrong(asked, `NO RECORD before the answer with ${what}`);
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

  /** Rule (e): a list holds what the oracle says and no other record, of one's own organisation or of another. */
  const checkList = (one: Asked): void => {
    const list = lists[one.field];
    if (list === undefined) return;
    for (const { organisation, ids } of planted)
      for (const [record, id] of Object.entries(ids) as readonly (readonly [RecordName, string])[]) {
        const being = beingTo(one.asker, record, organisation);
        const right = list.records.includes(record) && being !== undefined && list.beings.includes(being);
        if (one.reply.text.includes(id) !== right)
          wrong(one, `${organisation} ${record} ${right ? 'is missing' : 'is in the list'}`);
      }
  };

  /** No row of a record that they are excluded from. @returns ids of those records */
  const checkHidden = (one: Asked, rows: readonly HistoryRow[]): readonly string[] => {
    const own = planted.find(({ organisation }) => organisation === one.asker.organisation);
    const hidden = Object.entries(own?.ids ?? {}).filter(([name]) => historyIsHidden(one.asker, name as RecordName));
    for (const [name, id] of hidden)
      if (rows.some(({ record }) => record === id))
        wrong(one, `shows the history of ${name}, from which they are excluded`);
    return hidden.map(([, id]) => id);
  };

  /** Whatever another organisation's ids are asked for, the history answers with one's own asking alone. */
  const checkHistory = (one: Asked): void => {
    const { asker, reply } = one;
    const rows = reply.body.data?.['answer']?.['rows'];
    if (!Array.isArray(rows)) return;
    const foreign = new Set(
      planted.flatMap(({ organisation, ids }) => (organisation === asker.organisation ? [] : Object.values(ids))),
    );
    for (const row of rows as readonly HistoryRow[])
      if (foreign.has(row.record) && !ASKING.has(row.recordClass))
        wrong(one, `shows what another organisation recorded of ${row.record}`);
    const { of, values } = one.target;
    if (checkHidden(one, rows as readonly HistoryRow[]).includes(String(values['record']))) return;
    if (one.field !== 'accessHistoryOfRecord' || of?.organisation !== asker.organisation) return;
    if (!(rows as readonly HistoryRow[]).some((row) => row.record === values['record'] && !ASKING.has(row.recordClass)))
      wrong(one, 'shows nothing of a record of this organisation that was read');
  };

  /** Rule (c): what is not theirs, byte for byte, is what is not there; what is theirs is answered. */
  const compare: Judge['compare'] = (entry, asked) => {
    const nothing = asked.find(({ target }) => target === nothingAtAll);
    if (nothing === undefined) return;
    for (const one of asked) {
      const kind = kindOf(one);
      if (entry.of === 'nothing') {
        if (isRefused(kind)) wrong(one, `is for this capacity, and answers ${kind}`);
        checkList(one);
        if (/^(?:accessHistory|deniedAttempts)/u.test(one.field)) {
          const rows = one.reply.body.data?.['answer']?.['rows'];
          if (Array.isArray(rows)) checkHidden(one, rows as readonly HistoryRow[]);
        }
        continue;
      }
      if (entry.of === 'history') {
        checkHistory(one);
        continue;
      }
      if (isKnown(one.asker, entry, one.target)) {
        if (kind !== 'NotAllowed') wrong(one, `is known to them and not theirs, and answers ${kind}`);
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

  return {
    trail,
    schemaOf,
    ask,
    askFile,
    lookAt,
    compare,
    wrong,
    foundWrong: () => {
      const found = problems;
      problems = [];
      return found.length > MOST_LINES
        ? [...found.slice(0, MOST_LINES), `and ${found.length - MOST_LINES} more`]
        : found;
    },
    answers: () => answers,
    passTime: () => {
      const now = Date.parse(product.clock.now());
      product.steer?.(new Date(now + STEP_MS).toISOString());
    },
  };
};
