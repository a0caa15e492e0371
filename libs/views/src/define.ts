import type { EventType, Position, RecordedEvent, SealedValue, StoredEventOf, Actor } from '@toeverlaat/event-log';
import { canonicalJson, type CommandId, type EventId, type Instant, type OrganisationId } from '@toeverlaat/values';
import { createHash } from 'node:crypto';

/** What a view may keep in a column: a clear value, a sealed value verbatim, or a list or object of these as canonical JSON. */
export type ViewValue = string | number | boolean | null | undefined | SealedValue | readonly unknown[] | object;

/** What SQLite gives back: booleans come as 0 and 1, sealed values and lists as canonical JSON text. */
export type SqlValue = string | number | null;

/** One index; write `column DESC` for a descending one. */
export type IndexDefinition = {
  readonly columns: readonly string[];
  readonly unique?: boolean;
  /** Condition of a partial index. */
  readonly where?: string;
};

/** One table. Its first column and the first part of its key are the organisation (design rule 5). */
export type TableDefinition = {
  readonly name: string;
  /** Column name to SQL type: `TEXT` or `INTEGER`, optionally `NOT NULL`, a default, a check. */
  readonly columns: Readonly<Record<string, string>>;
  readonly primaryKey: readonly string[];
  /** Rows stand in the order of the key itself, without an index beside them (`WITHOUT ROWID`): for many small rows. */
  readonly clustered?: true;
  readonly indexes?: readonly IndexDefinition[];
};

/** What stands beside an event's data: where it is in the log and who acted, all of the clear list (design rule 6). */
export type ViewMeta = {
  /** Resume token; not for anything that lasts (design rule 9). */
  readonly position: Position;
  readonly category: string;
  readonly stream: string;
  /** The aggregate's id, without category and organisation. */
  readonly streamId: string;
  readonly organisation: OrganisationId;
  readonly revision: number;
  readonly eventId: EventId;
  readonly recordedAt: Instant;
  readonly actor: Actor;
  readonly purpose: string;
  readonly commandId: CommandId;
  readonly correlationId: string;
  readonly causationId: string;
};

/** The part of a codec that views need: it opens nothing. Every `Codec` is one. */
export type StoredCodec = {
  readonly events: readonly EventType[];
  readonly decodeStored: (recorded: RecordedEvent) => { readonly type: string; readonly data: object } | undefined;
};

/** The events of a list of codecs as a view's handler gets them: stored form, sealed fields verbatim. */
export type ViewEventOf<C extends readonly StoredCodec[]> = StoredEventOf<C[number]['events']> & {
  readonly meta: ViewMeta;
};

type TableNamed<T extends readonly TableDefinition[], N> = Extract<T[number], { readonly name: N }>;
type OwnColumns<T extends TableDefinition> = Exclude<keyof T['columns'] & string, 'organisation'>;
type OwnKey<T extends TableDefinition> = Exclude<T['primaryKey'][number], 'organisation'> & OwnColumns<T>;

/** A row without its organisation, which always comes from the event. Key columns are required. */
export type NewRow<T extends TableDefinition> = { readonly [K in OwnKey<T>]: ViewValue } & {
  readonly [K in Exclude<OwnColumns<T>, OwnKey<T>>]?: ViewValue;
};
/** Some columns of a row: for a condition (all equal) or a change. */
export type SomeColumns<T extends TableDefinition> = { readonly [K in OwnColumns<T>]?: ViewValue };
/** A row as stored. */
export type StoredRow<T extends TableDefinition> = { readonly [K in keyof T['columns'] & string]: SqlValue };

/**
 * What a handler writes with. Every call is bound to the organisation of the event at hand, so no event can touch a
 * row of another organisation.
 */
export type ViewTx<T extends readonly TableDefinition[] = readonly TableDefinition[]> = {
  /** @throws when a row with this key exists: the view then stops and says so */
  readonly insert: <N extends T[number]['name']>(table: N, row: NewRow<TableNamed<T, N>>) => void;
  /** Inserts, or sets the columns given here of the row with the same key. */
  readonly upsert: <N extends T[number]['name']>(table: N, row: NewRow<TableNamed<T, N>>) => void;
  /** Sets columns of every row that matches; gives their number. */
  readonly update: <N extends T[number]['name']>(
    table: N,
    where: SomeColumns<TableNamed<T, N>>,
    set: SomeColumns<TableNamed<T, N>>,
  ) => number;
  readonly delete: <N extends T[number]['name']>(table: N, where: SomeColumns<TableNamed<T, N>>) => number;
  /** The first match in key order. */
  readonly get: <N extends T[number]['name']>(
    table: N,
    where: SomeColumns<TableNamed<T, N>>,
  ) => StoredRow<TableNamed<T, N>> | undefined;
  /** Every match, in key order. */
  readonly all: <N extends T[number]['name']>(
    table: N,
    where: SomeColumns<TableNamed<T, N>>,
  ) => readonly StoredRow<TableNamed<T, N>>[];
  /**
   * Any other statement; it must name `:organisation`, which is bound to the event's organisation.
   * @returns the number of rows changed
   */
  readonly run: (sql: string, params?: Readonly<Record<string, ViewValue>>) => number;
};

/** `async`: a file that follows the log. `live`: in memory, rebuilt from the log at every start. */
export type ViewMode = 'async' | 'live';

/** A view as the runtime sees it; made by `defineView` only. */
export type ViewDefinition = {
  readonly name: string;
  readonly version: number;
  readonly mode: ViewMode;
  /** Exact stream categories it reads, e.g. `case.case`. */
  readonly categories: readonly string[];
  readonly codecs: readonly StoredCodec[];
  readonly tables: readonly TableDefinition[];
  /** Event names it handles; undefined when it handles all. */
  readonly handles: ReadonlySet<string> | undefined;
  readonly handle: (
    event: { readonly type: string; readonly data: object; readonly meta: ViewMeta },
    tx: ViewTx,
  ) => void;
  /** What a known event does that `handles` leaves out: without its data, which is then not decoded. */
  readonly untouched: ((meta: ViewMeta, tx: ViewTx) => void) | undefined;
  /** SHA-256 of name, version and tables: a file made by another definition is not this view. */
  readonly fingerprint: string;
};

type Handlers<C extends readonly StoredCodec[], T extends readonly TableDefinition[]> = {
  readonly [N in ViewEventOf<C>['type']]?: (
    event: Extract<ViewEventOf<C>, { readonly type: N }>,
    tx: ViewTx<T>,
  ) => void;
};

export type ViewOptions<
  C extends readonly StoredCodec[],
  T extends readonly TableDefinition[],
  R extends ViewEventOf<C>['type'] = ViewEventOf<C>['type'],
> = {
  /** Lower-case words joined by `_`; part of the file name. */
  readonly name: string;
  /** Raise it with every change of tables or handlers: the new version is built beside the old one. */
  readonly version: number;
  readonly mode: ViewMode;
  readonly categories: readonly string[];
  readonly codecs: C;
  readonly tables: T;
} & (
  | {
      /** One function per event; events without one are passed over undecoded. */
      readonly handlers: Handlers<C, T>;
      readonly handle?: never;
      readonly reads?: never;
    }
  | {
      /** Every event of the codecs. Needed when two codecs have an event of one name: look at `meta.category`. */
      readonly handle: (event: Extract<ViewEventOf<C>, { readonly type: R }>, tx: ViewTx<T>) => void;
      readonly handlers?: never;
      /**
       * The events whose data it reads, where that is not all of them: every other goes to `untouched`, undecoded. Decoding is a
       * third of what building a view costs.
       */
      readonly reads?: {
        readonly events: readonly R[];
        readonly untouched: (meta: ViewMeta, tx: ViewTx<T>) => void;
      };
    }
);

const NAME = /^[a-z][a-z0-9_]{0,59}$/;
const SQL_TYPE = /^(TEXT|INTEGER)( [^;]*)?$/;
const CATEGORY = /^[a-z][a-zA-Z0-9]*(\.[a-zA-Z0-9]+)*$/;

/** A view's definition breaks a rule. Thrown when the module is loaded, never by data. */
export class InvalidView extends Error {
  override readonly name = 'InvalidView';
  constructor(view: string, field: string, rule: string) {
    super(`view ${view}: ${field}: ${rule}`);
  }
}

const checkTable = (view: string, table: TableDefinition): void => {
  const wrong = (field: string, rule: string): never => {
    throw new InvalidView(view, `${table.name}.${field}`, rule);
  };
  if (!NAME.test(table.name) || table.name.startsWith('sqlite') || table.name === CHECKPOINT_TABLE)
    wrong('name', 'lower-case words joined by _, not a name SQLite or the checkpoint uses');
  const columns = Object.keys(table.columns);
  if (columns[0] !== 'organisation') wrong('columns', 'the first column must be organisation');
  if (table.primaryKey[0] !== 'organisation') wrong('primaryKey', 'must start with organisation');
  if (!/^TEXT NOT NULL$/.test(table.columns['organisation'] ?? '')) wrong('organisation', 'must be TEXT NOT NULL');
  for (const [column, type] of Object.entries(table.columns)) {
    if (!NAME.test(column)) wrong(column, 'lower-case words joined by _');
    // Fractions have no canonical form and blobs no JSON form, so neither could enter the hash.
    if (!SQL_TYPE.test(type)) wrong(column, 'type must be TEXT or INTEGER');
  }
  const known = new Set(columns);
  if (new Set(table.primaryKey).size !== table.primaryKey.length) wrong('primaryKey', 'names a column twice');
  for (const column of table.primaryKey) if (!known.has(column)) wrong('primaryKey', `no column ${column}`);
  for (const index of table.indexes ?? [])
    for (const column of index.columns)
      if (!known.has(column.replace(/ (DESC|ASC)$/, ''))) wrong('indexes', `no column ${column}`);
};

/** Where a view's file keeps how far it is. */
export const CHECKPOINT_TABLE = 'view_checkpoint';

/**
 * Checks and completes a view.
 * @throws InvalidView when a table does not start with its organisation, a name or type is not allowed, or two codecs
 * have an event of one name while `handlers` is keyed by name
 */
export const defineView = <
  const C extends readonly StoredCodec[],
  const T extends readonly TableDefinition[],
  const R extends ViewEventOf<C>['type'] = ViewEventOf<C>['type'],
>(
  options: ViewOptions<C, T, R>,
): ViewDefinition => {
  const { name, version, mode, categories, codecs, tables } = options;
  if (!NAME.test(name)) throw new InvalidView(name, 'name', 'lower-case words joined by _');
  if (!Number.isSafeInteger(version) || version < 1) throw new InvalidView(name, 'version', 'a whole number from 1');
  if (categories.length === 0) throw new InvalidView(name, 'categories', 'at least one');
  for (const category of categories)
    if (!CATEGORY.test(category)) throw new InvalidView(name, 'categories', `${category} is not a stream category`);
  if (tables.length === 0) throw new InvalidView(name, 'tables', 'at least one');
  if (new Set(tables.map((table) => table.name)).size !== tables.length)
    throw new InvalidView(name, 'tables', 'names a table twice');
  for (const table of tables) checkTable(name, table);

  const names = codecs.flatMap((codec) => codec.events.map((event) => event.name));
  // The runtime hands a handler only what the codecs named here decoded, and a transaction over these tables.
  type Loose = (event: never, tx: never) => void;
  let handle: ViewDefinition['handle'];
  let handles: ReadonlySet<string> | undefined;
  let untouched: ViewDefinition['untouched'];
  if (options.handlers === undefined) {
    const given: Loose | undefined = options.handle;
    if (given === undefined) throw new InvalidView(name, 'handlers', 'handlers or handle');
    handle = (event, tx) => given(event as never, tx as never);
    const { reads } = options;
    if (reads !== undefined) {
      const passing: (meta: ViewMeta, tx: never) => void = reads.untouched;
      for (const event of reads.events)
        if (names.filter((known) => known === event).length !== 1)
          throw new InvalidView(name, `reads.${event}`, 'one codec must have this event');
      handles = new Set(reads.events);
      untouched = (meta, tx) => passing(meta, tx as never);
    }
  } else {
    const byName = new Map<string, Loose>(Object.entries(options.handlers));
    for (const event of byName.keys()) {
      const times = names.filter((known) => known === event).length;
      if (times === 0) throw new InvalidView(name, `handlers.${event}`, 'no codec has this event');
      if (times > 1) throw new InvalidView(name, `handlers.${event}`, 'two codecs have this event: use handle');
    }
    handles = new Set(byName.keys());
    handle = (event, tx) => byName.get(event.type)?.(event as never, tx as never);
  }
  const fingerprint = createHash('sha256').update(canonicalJson({ name, version, tables })).digest('hex');
  return { name, version, mode, categories, codecs, tables, handles, handle, untouched, fingerprint };
};
