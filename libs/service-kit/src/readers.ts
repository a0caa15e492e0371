import {
  decide,
  isPerRecordRole,
  purposesOf,
  ruleById,
  staffRoles,
  type PersonRef,
  type RecordClass,
  type Relation,
  type Role,
} from '@toeverlaat/access';
import type {
  holdersOverQuery,
  PossibleReader,
  QueryReply,
  RequestContext,
  standingOverQuery,
} from '@toeverlaat/contracts';
import {
  metadataOf,
  type Codec,
  type EventOf,
  type EventType,
  type RecordedEvent,
  type Rejection,
} from '@toeverlaat/event-log';
import { err, ok, type Instant, type OrganisationId, type Result } from '@toeverlaat/values';
import type { input, output } from 'zod';
import { serviceCaller } from './context.js';
import type { ServiceRuntime } from './runtime.js';

/*
 * Who could have read a record, replayed: what everybody was to it at each moment, from its own events, and in which capacity
 * they could act then, from the directory. Policy is asked as for a live read. Whoever asks gets pseudonyms and no person.
 */

/** What somebody is to a record between two of its events. */
export type Standing = {
  /** In any of these it gives what it gives; which of them somebody had, the directory knows. */
  readonly roles: readonly Role[];
  readonly relation: Relation;
  readonly recordClass: RecordClass;
  /** Of staff the pseudonym under which the record knows them; of others the id they have in this record. */
  readonly pseudonym: string;
  /** Of staff: who it is. Undefined for those who come to be helped, and for whose link was erased. */
  readonly person?: PersonRef | undefined;
};

/** How a record stood from one event to the next. */
export type Moment = {
  readonly at: Instant;
  readonly standings: readonly Standing[];
  /** Conflict of interest beats every other relation (design rule 10). */
  readonly excludes: (person: PersonRef) => boolean;
};

type Period = { readonly from: Instant; readonly to: Instant };
export type StandingSpan = Standing & Period;

const keyOf = ({ roles, relation, recordClass, pseudonym }: Standing): string =>
  [relation, recordClass, pseudonym, ...roles].join(' ');

/** Each standing with the times it lasted, within a period; one that ends and begins again at the same moment goes on. */
export const standingSpans = (moments: readonly Moment[], { from, to }: Period): readonly StandingSpan[] => {
  const open = new Map<string, StandingSpan>();
  const closed: StandingSpan[] = [];
  const close = (key: string, span: StandingSpan, at: Instant): void => {
    open.delete(key);
    const ends = at < to ? at : to;
    const begins = span.from > from ? span.from : from;
    if (begins < ends) closed.push({ ...span, from: begins, to: ends });
  };
  for (const { at, standings, excludes } of moments) {
    const now = new Map(
      standings.filter(({ person }) => person === undefined || !excludes(person)).map((one) => [keyOf(one), one]),
    );
    for (const [key, span] of open) if (!now.has(key)) close(key, span, at);
    for (const [key, one] of now) if (!open.has(key)) open.set(key, { ...one, from: at, to });
  }
  for (const [key, span] of open) close(key, span, to);
  return closed.toSorted((a, b) => (a.from + keyOf(a) < b.from + keyOf(b) ? -1 : 1));
};

/** When something was so, by the moments of a record, within a period. */
export const periodsIn = (
  moments: readonly Moment[],
  isSo: (moment: Moment) => boolean,
  { from, to }: Period,
): readonly Period[] => {
  const found: Period[] = [];
  const add = (since: Instant, until: Instant): void => {
    const one = overlap({ from: since, to: until }, { from, to });
    if (one.from < one.to) found.push(one);
  };
  let since: Instant | undefined;
  for (const moment of moments) {
    const so = isSo(moment);
    if (so) since ??= moment.at;
    else if (since !== undefined) {
      add(since, moment.at);
      since = undefined;
    }
  }
  if (since !== undefined) add(since, to);
  return found;
};

/**
 * What is left of a standing when somebody was kept out for some of its time.
 * @param without when they were kept out; may overlap
 */
export const lessPeriods = (span: StandingSpan, without: readonly Period[]): readonly StandingSpan[] => {
  let left: readonly StandingSpan[] = [span];
  for (const { from, to } of without)
    left = left.flatMap((one) => [
      ...(one.from < from ? [{ ...one, to: one.to < from ? one.to : from }] : []),
      ...(to < one.to ? [{ ...one, from: one.from > to ? one.from : to }] : []),
    ]);
  return left.filter((one) => one.from < one.to);
};

/** The moments of a record, one per event, in the order of its stream; a clock that went back does not turn them round. */
export const momentsOf = async <T extends readonly EventType[], S>(
  runtime: Pick<ServiceRuntime, 'sealing'>,
  events: readonly RecordedEvent[],
  fold: {
    readonly codec: Codec<T>;
    readonly initial: S;
    readonly evolve: (state: S, event: EventOf<T>) => S;
    readonly momentOf: (state: S) => Promise<Result<Omit<Moment, 'at'>, Rejection>>;
  },
): Promise<Result<readonly Moment[], Rejection>> => {
  const moments: Moment[] = [];
  let { initial: state } = fold;
  let at: Instant = '';
  for (const decoded of await fold.codec.decode(runtime.sealing, events)) {
    switch (decoded.kind) {
      case 'event':
        state = fold.evolve(state, decoded.event);
        break;
      case 'unknown':
        continue;
      case 'erased':
        return err({ kind: 'Erased' });
      case 'unavailable':
        return err({ kind: 'Unavailable', detail: decoded.detail });
    }
    const { recordedAt } = metadataOf(decoded.recorded);
    if (recordedAt > at) at = recordedAt;
    const moment = await fold.momentOf(state);
    if (!moment.ok) return moment;
    moments.push({ at, ...moment.value });
  }
  return ok(moments);
};

/** What the policy gives somebody: to open it, or at least to see it in a list. */
const givenTo = (role: Role, relation: Relation, recordClass: RecordClass) => {
  for (const verb of ['open', 'list'] as const) {
    const decision = decide({ role, verb, recordClass, relation });
    if (decision.allowed) return decision;
  }
  return undefined;
};

const readerOf = (
  span: StandingSpan,
  role: Role,
  pseudonyms: readonly string[],
  home: OrganisationId | null,
  period: Period,
): PossibleReader | undefined => {
  const decision = givenTo(role, span.relation, span.recordClass);
  const [rule] = decision?.rules ?? [];
  if (decision === undefined || rule === undefined || period.from >= period.to) return undefined;
  const { why, source } = ruleById(rule);
  return {
    pseudonyms: [...pseudonyms],
    role,
    relation: span.relation,
    recordClass: span.recordClass,
    home,
    from: period.from,
    to: period.to,
    purposes: [...purposesOf[role]],
    sees: [...decision.scope.fields],
    rule,
    because: why,
    source,
  };
};

const overlap = (a: Period, b: Period): Period => ({
  from: a.from > b.from ? a.from : b.from,
  to: a.to < b.to ? a.to : b.to,
});

export type Replayed = {
  readonly known: boolean;
  readonly readers: PossibleReader[];
  readonly events: string[];
  readonly policyVersions: string[];
  readonly keyRecipients: string[];
};
export const NOTHING_REPLAYED: Replayed = {
  known: false,
  readers: [],
  events: [],
  policyVersions: [],
  keyRecipients: [],
};

/** How a service asks the directory: the question itself stands in the service, where the arrows of the map are read off. */
export type StandingSource = (
  context: RequestContext,
  asked: input<(typeof standingOverQuery)['input']>,
) => Promise<QueryReply<output<(typeof standingOverQuery)['output']>>>;

/**
 * When the case behind a record excluded these people. A copy is kept from whom the case excludes (ADR 17), and the case alone
 * knows whom: it is asked for those whom the record names, and for nobody else.
 */
export type ExclusionsSource = (
  people: readonly PersonRef[],
  period: Period,
) => Promise<Result<readonly (Period & { readonly home: OrganisationId; readonly person: string })[], Rejection>>;

const lessExcluded = async (
  spans: readonly StandingSpan[],
  behind: { readonly binds: (span: Standing) => boolean; readonly exclusions: ExclusionsSource } | undefined,
  period: Period,
): Promise<Result<readonly StandingSpan[], Rejection>> => {
  const people = new Map<string, PersonRef>();
  for (const span of spans)
    if (span.person !== undefined && behind?.binds(span) === true)
      people.set(`${span.person.organisation} ${span.person.person}`, span.person);
  if (behind === undefined || people.size === 0) return ok(spans);
  const excluded = await behind.exclusions([...people.values()], period);
  if (!excluded.ok) return excluded;
  return ok(
    spans.flatMap((span) =>
      behind.binds(span)
        ? lessPeriods(
            span,
            excluded.value.filter(
              ({ home, person }) => home === span.person?.organisation && person === span.person.person,
            ),
          )
        : [span],
    ),
  );
};

/** Everybody who could read a record at some moment of a period, with when and why. */
export const readersOver = async (
  standingOf: StandingSource,
  service: 'case' | 'intake' | 'referral',
  context: RequestContext,
  record: {
    readonly events: readonly RecordedEvent[];
    readonly moments: readonly Moment[];
    /** For whom the record’s key is wrapped, as the vault says. */
    readonly keyRecipients: readonly string[];
    /** Of a record that came from a case: whom it binds, and when the case said so. */
    readonly behind?: { readonly binds: (span: Standing) => boolean; readonly exclusions: ExclusionsSource };
  },
  period: Period,
): Promise<Result<Replayed, Rejection>> => {
  const { organisation } = context.caller;
  const { after: _, ...plain } = context;
  const asking: RequestContext = { ...plain, purpose: 'operate', caller: serviceCaller(service, organisation) };
  const readers: PossibleReader[] = [];
  const sources = new Set<string>(record.events.map(({ eventId }) => eventId));
  const add = (found: PossibleReader | undefined): void => {
    if (found !== undefined) readers.push(found);
  };
  const spans = await lessExcluded(standingSpans(record.moments, period), record.behind, period);
  if (!spans.ok) return spans;
  for (const span of spans.value) {
    const { person, pseudonym, roles } = span;
    const [first] = roles;
    if (person === undefined || (first !== undefined && isPerRecordRole(first))) {
      // Of those who come to be helped nothing is asked of the directory; of an erased link nothing can be.
      if (first !== undefined) add(readerOf(span, first, [pseudonym], null, span));
      continue;
    }
    const standing = await standingOf(asking, {
      home: person.organisation,
      person: person.person,
      from: span.from,
      to: span.to,
    });
    if (!standing.ok) return err(standing.rejection);
    for (const eventId of standing.value.events) sources.add(eventId);
    const pseudonyms = [...new Set([pseudonym, ...standing.value.pseudonyms])];
    for (const held of standing.value.spans)
      for (const role of roles)
        if (held.role === role) add(readerOf(span, role, pseudonyms, held.home, overlap(span, held)));
  }
  return ok({
    known: true,
    readers,
    events: [...sources],
    policyVersions: [...new Set(record.events.map((event) => metadataOf(event).policyVersion))].toSorted(),
    keyRecipients: [...record.keyRecipients],
  });
};

/** Roles whose policy lets them read a record of this class by what they are in its organisation, and nothing more. */
export const rolesReadingOwn = (recordClass: RecordClass): readonly Role[] =>
  staffRoles.filter((role) => givenTo(role, 'same_organisation', recordClass) !== undefined);

/**
 * Everybody who could read a record that is the organisation's own, such as an entry of a register: whoever held one of the roles
 * then, from its first event on.
 */
export const readersByRole = (
  { holders, events }: output<(typeof holdersOverQuery)['output']>,
  recordClass: RecordClass,
  record: { readonly events: readonly RecordedEvent[]; readonly keyRecipients: readonly string[] },
  period: Period,
): Replayed => {
  const metadata = record.events.map(metadataOf);
  const [first] = metadata;
  const there = { from: first?.recordedAt ?? period.to, to: period.to };
  return {
    known: true,
    readers: holders.flatMap(({ pseudonyms, spans }) =>
      spans.flatMap(({ role, home, from, to }) => {
        const standing = { roles: [], relation: 'same_organisation', recordClass, pseudonym: '' } as const;
        if (role === 'service') return [];
        const span = { ...standing, from, to };
        return readerOf(span, role, pseudonyms, home, overlap(overlap(there, period), span)) ?? [];
      }),
    ),
    events: [...new Set([...record.events.map(({ eventId }) => eventId as string), ...events])],
    policyVersions: [...new Set(metadata.map(({ policyVersion }) => policyVersion))].toSorted(),
    keyRecipients: [...record.keyRecipients],
  };
};

/**
 * Those who could read a record because of what they were to another: what is handed over from a case is its handler's to read.
 * @param since from when the record is there
 */
export const readersThrough = (
  readers: readonly PossibleReader[],
  relation: Relation,
  recordClass: RecordClass,
  since: Instant,
  period: Period,
): readonly PossibleReader[] =>
  readers.flatMap(({ role, relation: was, pseudonyms, home, from, to }) => {
    if (role === 'service' || was !== relation) return [];
    const span = { roles: [], relation, recordClass, pseudonym: '', from, to };
    return readerOf(span, role, pseudonyms, home, overlap(overlap({ from: since, to: period.to }, period), span)) ?? [];
  });
