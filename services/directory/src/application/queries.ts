import { activeAt, isStaffRole, type AuthoritySource, type Caller, type RecordClass } from '@toeverlaat/access';
import * as contracts from '@toeverlaat/contracts';
import type { QueryDef, RequestContext } from '@toeverlaat/contracts';
import type { SealedValue } from '@toeverlaat/event-log';
import { checkCounsellorRequirements, dueDate, explainText, lawSettings, type Language } from '@toeverlaat/legal';
import { isService, serveHealth, serveQuery, type Awaitable, type Served } from '@toeverlaat/service-kit';
import {
  localDateOf,
  ok,
  organisationId,
  type LocalDate,
  type OrganisationId,
  type PersonId,
} from '@toeverlaat/values';
import { readPage, sealedColumn, type SqlRow } from '@toeverlaat/views';
import { z } from 'zod';
import { covers, earliest } from '../domain/common.js';
import { absenceAt, inEffect, type KnownDesignation } from '../domain/designation/index.js';
import { endsNextDay, WHOLE_ORGANISATION, workersAt } from '../domain/organisation/index.js';
import { capacitiesOfEntry } from './authority.js';
import { rolesEnded } from './roles-ended.js';
import { holdersOver, spansOut, standingOver } from './standing.js';
import { workplaces } from './workplaces.js';
import {
  answering,
  authorise,
  granted,
  invalidField,
  isSelf,
  notFound,
  openNames,
  present,
  pseudonymsOf,
  refused,
  subjectTag,
  type Core,
} from './core.js';

type DesignationRow = SqlRow & {
  readonly designation: string;
  readonly person: string;
  readonly home: string;
  readonly placement: 'internal' | 'external';
  readonly status: 'proposed' | 'active' | 'ended';
  readonly starts: string | null;
  readonly ended_on: string | null;
  readonly sites: string;
  readonly languages: string;
};

const stringList = z.array(z.string());
const languageList = z.array(contracts.languageSchema);
const namesOf = (pattern: string): string => pattern.slice(pattern.indexOf('.') + 1);

export const createQueries = (core: Core, authority: AuthoritySource) => {
  const { runners, views } = core;
  const awaitable: Awaitable = {
    whenProcessed: (position, timeoutMs) => views.whenProcessed(contracts.positionSchema.parse(position), timeoutMs),
  };

  const serve = <I extends z.ZodType, O extends z.ZodType>(
    def: QueryDef<I, O>,
    handler: (context: RequestContext, input: z.output<I>) => Promise<z.input<O>>,
  ): Served =>
    serveQuery(
      def,
      (context, input) =>
        answering(async () => {
          await core.settled();
          return handler(context, input);
        }),
      awaitable,
    );

  const ask = (
    context: RequestContext,
    def: QueryDef,
    asked: Omit<Parameters<typeof authorise>[3], 'query' | 'record'> & { readonly record?: string },
  ) => authorise(core, authority, context, { record: '-', ...asked, query: namesOf(def.pattern) });

  /** What is not there is recorded and told as what is not theirs (design rule 10). */
  const missing = async (
    context: RequestContext,
    def: QueryDef,
    recordClass: RecordClass,
    record: string,
  ): Promise<never> => {
    await ask(context, def, { verb: 'open', recordClass, relation: 'none', record });
    return notFound();
  };

  const profileOf = async (organisation: OrganisationId) =>
    present(await runners.organisation.load(organisation, organisation)).state;

  const sealedNames = (people: readonly { readonly home: string; readonly person: string }[]) =>
    people.map(({ home, person }): { readonly home: OrganisationId; readonly value: SealedValue | undefined } => {
      const row = views
        .query('people')
        .get<{ name: string }>('SELECT name FROM people WHERE organisation = ? AND person = ?', [home, person]);
      return { home: organisationId(home), value: row === undefined ? undefined : sealedColumn(row.name) };
    });

  // ── designations ──

  const absenceRow = (organisation: string, designation: string, date: LocalDate) =>
    views.query('designations').get<{ back_on: string | null }>(
      `SELECT back_on FROM absences WHERE organisation = ? AND designation = ? AND starts <= ?
         AND (back_on IS NULL OR back_on > ?) ORDER BY starts LIMIT 1`,
      [organisation, designation, date, date],
    );

  const inEffectRows = (organisation: string, date: LocalDate): readonly DesignationRow[] =>
    views.query('designations').all<DesignationRow>(
      `SELECT designation, person, home, placement, status, starts, ended_on, sites, languages FROM designations
         WHERE organisation = ? AND starts IS NOT NULL AND starts <= ? AND (ended_on IS NULL OR ended_on > ?)
         ORDER BY designation`,
      [organisation, date, date],
    );

  /** The same cards for everyone who asks for the same site and language: nothing of the caller enters. */
  const cards = async (
    context: RequestContext,
    caller: Caller,
    query: string,
    filter: { readonly siteId?: string | undefined; readonly language?: Language | undefined },
  ): Promise<contracts.CounsellorCard[]> => {
    const { organisation } = caller;
    const today = core.today();
    if (filter.siteId !== undefined && (await profileOf(organisation)).sites[filter.siteId] === undefined)
      invalidField('siteId', 'unknown_site');
    const rows = inEffectRows(organisation, today)
      .map((row) => ({
        row,
        sites: stringList.parse(JSON.parse(row.sites)),
        languages: languageList.parse(JSON.parse(row.languages)),
      }))
      .filter(
        ({ sites, languages }) =>
          (filter.siteId === undefined || sites.includes(filter.siteId)) &&
          (filter.language === undefined || languages.includes(filter.language)),
      );
    const names = await openNames(
      core,
      authority,
      context,
      caller,
      {
        recordClass: 'designation_card',
        records: rows.map(({ row }) => row.designation),
        fields: ['name'],
        query,
        outcome: 'listed',
      },
      sealedNames(rows.map(({ row }) => row)),
    );
    return rows.map(({ row, sites, languages }, index) => {
      const absence = absenceRow(organisation, row.designation, today);
      return {
        designationId: row.designation,
        person: row.person,
        home: row.home,
        name: names[index] ?? null,
        languages,
        sites,
        placement: row.placement,
        absent: absence !== undefined,
        backOn: absence?.back_on ?? null,
      };
    }) satisfies z.input<typeof contracts.counsellorCardSchema>[] as contracts.CounsellorCard[];
  };

  const designationOut = async (organisation: OrganisationId, designationId: string, state: KnownDesignation) => {
    const today = core.today();
    const home = organisationId(state.home);
    const absence = absenceAt(state, today);
    return {
      designationId,
      organisation,
      person: state.personId,
      home,
      placement: state.placement,
      sites: [...state.sites],
      languages: [...state.languages],
      status: state.status,
      inEffect: inEffect(state, today),
      from: state.status === 'proposed' ? null : (state.from ?? null),
      endedOn: state.status === 'ended' ? state.endedOn : null,
      absent: absence !== undefined,
      backOn: absence?.backOn ?? null,
      pseudonyms: [...(await pseudonymsOf(core, organisation, home, state.personId))],
      successors: [...state.successors],
    };
  };

  const designationById = async (organisation: OrganisationId, designationId: string) => {
    const { state } = present(await runners.designation.load(organisation, designationId));
    return { state, out: await designationOut(organisation, designationId, state) };
  };

  const fileOut = (
    state: KnownDesignation,
    out: Awaited<ReturnType<typeof designationOut>>,
    full: boolean,
    name: string | null,
  ) => ({
    ...out,
    name,
    agreement: state.status === 'proposed' || state.status === 'active' ? (state.agreement ?? null) : null,
    withheld: state.status === 'proposed' ? (state.withheld ?? null) : null,
    // Why one ended, and what stood beside it, tells of functions somebody holds.
    endReason: full && state.status === 'ended' ? state.reason : null,
    endSource: full && state.status === 'ended' ? (state.source ?? null) : null,
    warnings: full ? [...(state.warnings ?? [])] : [],
    absences: Object.values(state.absences).map(({ absenceId, from, backOn }) => ({
      absenceId,
      from,
      backOn: backOn ?? null,
    })),
  });

  // ── sign-in ──

  const identity = serve(contracts.identityQuery, async (context, { issuer, subject }) => {
    // Asked before there is a caller, by the gateway and nobody else.
    if (context.caller.capacityId !== contracts.gatewayCaller.capacityId || context.caller.person !== undefined)
      notFound();
    const today = core.today();
    const takers = core.across<{ organisation: string }>(
      'organisations',
      'SELECT organisation FROM issuers WHERE issuer = ? ORDER BY organisation',
      [issuer],
    );
    const persons = [];
    for (const taker of takers) {
      const home = organisationId(taker.organisation);
      const tag = await subjectTag(core, home, issuer, subject);
      const found = views
        .query('people')
        .all<{ person: string }>('SELECT person FROM tags WHERE organisation = ? AND tag = ? LIMIT 2', [home, tag]);
      const [only] = found;
      // Two entries for one subject: nobody can tell which one signs in, so neither does.
      if (only === undefined || found.length > 1) continue;
      const held = await capacitiesOfEntry(core, home, only.person as PersonId, core.runtime.clock.now());
      if (!held.ok) return refused({ kind: 'Unavailable', detail: held.error.detail });
      const capacities = [];
      for (const capacity of activeAt(held.value, today)) {
        const [pseudonym] = await pseudonymsOf(core, capacity.organisation, home, only.person);
        const name = views
          .query('organisations')
          .get<{ legal_name: string }>('SELECT legal_name FROM organisations WHERE organisation = ?', [
            capacity.organisation,
          ]);
        if (pseudonym === undefined) continue;
        capacities.push({
          id: capacity.id,
          role: capacity.role,
          organisation: capacity.organisation,
          sites: capacity.sites,
          pseudonym,
          ...(capacity.mandate === undefined ? {} : { mandate: capacity.mandate }),
          label: name?.legal_name ?? capacity.organisation,
        });
      }
      persons.push({ organisation: home, person: only.person, capacities });
    }
    return { persons };
  });

  // ── between services ──

  const capacitiesOf = serve(contracts.capacitiesOfQuery, async (_context, { home, person, at }) => {
    const held = await capacitiesOfEntry(core, home, person, at ?? core.runtime.clock.now(), at);
    if (!held.ok) return refused({ kind: 'Unavailable', detail: held.error.detail });
    return [...held.value];
  });

  /** Of one person, by those who keep records with somebody's part in them: no other may ask (design rule 7). */
  const standing = serve(contracts.standingOverQuery, async (context, { home, person, from, to }) => {
    const { caller } = context;
    if (!(['case', 'intake', 'referral', 'records'] as const).some((service) => isService(caller, service))) notFound();
    const { organisation } = caller;
    const found = await standingOver(core, organisation, { home, person }, { from, to });
    if (!found.ok) return refused({ kind: 'Unavailable', detail: found.error.detail });
    return {
      pseudonyms: [...(await pseudonymsOf(core, organisation, home, person))],
      spans: spansOut(found.value.spans),
      events: [...found.value.events],
    };
  });

  /** By role and not by person: of a register that nobody is anything to but one of the organisation. */
  const holders = serve(contracts.holdersOverQuery, async (context, { roles, from, to }) => {
    const { caller } = context;
    if (!isService(caller, 'case')) notFound();
    const found = await holdersOver(core, caller.organisation, roles, { from, to });
    return found.ok ? found.value : refused({ kind: 'Unavailable', detail: found.error.detail });
  });

  /** For who keeps records: whose entry is kept for how long after they left. */
  const entriesEnded = serve(contracts.entriesEndedQuery, (context, { after }) => {
    const { caller } = context;
    if (!isService(caller, 'records')) notFound();
    const rows = views.query('people').all<{ person: string; left_on: string }>(
      `SELECT person, left_on FROM people WHERE organisation = ? AND person > ? AND left_on <= ? AND erased = 0
           ORDER BY person LIMIT ?`,
      [caller.organisation, after ?? '', core.today(), contracts.MAX_ENTRIES_ENDED],
    );
    return Promise.resolve(rows.map(({ person, left_on }) => ({ person: person as PersonId, leftOn: left_on })));
  });

  /** For who watches the access history: reading just before an end is looked at again. */
  const ended = serve(contracts.rolesEndedQuery, async (context, { from, to }) => {
    const { caller } = context;
    if (!isService(caller, 'records')) notFound();
    return rolesEnded(core, caller.organisation, { from, to });
  });

  const designation = serve(
    contracts.designationQuery,
    async (context, { designationId }) => (await designationById(context.caller.organisation, designationId)).out,
  );

  const designationsOf = serve(contracts.designationsOfQuery, async (context, { home, person }) => {
    const { organisation } = context.caller;
    const rows = views
      .query('designations')
      .all<{ designation: string }>(
        'SELECT designation FROM designations WHERE organisation = ? AND home = ? AND person = ? ORDER BY designation',
        [organisation, home ?? organisation, person],
      );
    const all = [];
    for (const row of rows) all.push((await designationById(organisation, row.designation)).out);
    return all;
  });

  const successors = serve(contracts.successorsQuery, async (context, { designationId }) => {
    const { organisation } = context.caller;
    const { state } = await designationById(organisation, designationId);
    const all = [];
    for (const successor of state.successors) all.push((await designationById(organisation, successor)).out);
    return all;
  });

  const preventionAdvisers = serve(contracts.preventionAdvisersQuery, async (context, { siteId }) => {
    const { organisation } = context.caller;
    const own = views
      .query('people')
      .all<{ person: string }>(
        "SELECT DISTINCT person FROM capacities WHERE organisation = ? AND role = 'prevention_adviser' ORDER BY person",
        [organisation],
      )
      .map(({ person }) => ({ home: organisation, person }));
    const mandated = views
      .query('mandates')
      .all<{ home: string; person: string }>(
        "SELECT DISTINCT home, person FROM mandates WHERE organisation = ? AND role = 'prevention_adviser' ORDER BY home, person",
        [organisation],
      )
      .map(({ home, person }) => ({ home: organisationId(home), person }));
    const today = core.today();
    const all = [];
    for (const { home, person } of [...own, ...mandated]) {
      const held = await capacitiesOfEntry(core, home, person as PersonId, core.runtime.clock.now());
      if (!held.ok) return refused({ kind: 'Unavailable', detail: held.error.detail });
      const capacity = activeAt(held.value, today).find(
        (one) =>
          one.organisation === organisation &&
          one.role === 'prevention_adviser' &&
          (siteId === undefined || one.sites === 'all' || one.sites.includes(siteId)),
      );
      if (capacity !== undefined)
        all.push({
          home,
          person,
          capacityId: capacity.id,
          pseudonyms: [...(await pseudonymsOf(core, organisation, home, person))],
        });
    }
    return all;
  });

  const pseudonyms = serve(contracts.pseudonymsQuery, async (context) => {
    const { caller } = context;
    if (caller.person === undefined || !isStaffRole(caller.role)) return [];
    return [
      ...(await pseudonymsOf(core, caller.organisation, caller.mandate?.home ?? caller.organisation, caller.person)),
    ];
  });

  const organisationProfile = serve(contracts.organisationProfileQuery, async (context) => {
    const { organisation } = context.caller;
    const state = await profileOf(organisation);
    const count = state.counts.at(-1);
    const { smallCellThreshold, smallestReleaseMonths } = lawSettings(state.figures);
    return {
      organisation,
      kind: state.kind,
      legalName: state.legalName,
      regime: state.regime,
      sites: Object.values(state.sites).map((site) => ({ ...site, languages: [...site.languages] })),
      workers: count ?? null,
      consultationBody: state.body?.body ?? null,
      preventionAdviser:
        state.adviser === undefined
          ? null
          : { placement: state.adviser.placement, service: state.adviser.service ?? null },
      settings: { writtenMessagesCount: state.writtenMessagesCount, smallCellThreshold, smallestReleaseMonths },
      workingHours: Object.entries(state.workingHours).map(([siteId, hours]) => ({
        siteId: siteId === WHOLE_ORGANISATION ? null : siteId,
        ...hours,
        days: [...hours.days],
        endsNextDay: endsNextDay(hours),
      })),
      predecessors: [...state.predecessors],
      successors: [...state.successors],
    };
  });

  const figuresSettings = serve(contracts.figuresSettingsQuery, async ({ caller }) => {
    if (!isService(caller, 'reporting')) return notFound();
    const { figures } = await profileOf(caller.organisation);
    return {
      smallCellThreshold: figures.smallCellThreshold ?? null,
      smallestReleaseMonths: figures.smallestReleaseMonths ?? null,
    };
  });

  /** For who watches the access history: reading outside working hours is looked at again (ADR 75). */
  const workingHours = serve(contracts.workingHoursQuery, async (context) => {
    const { caller } = context;
    if (!isService(caller, 'records')) return notFound();
    const set = (await profileOf(caller.organisation)).workingHours;
    const sites = Object.entries(set).flatMap(([siteId, hours]) =>
      siteId === WHOLE_ORGANISATION ? [] : [{ siteId, ...hours, days: [...hours.days] }],
    );
    const whole = set[WHOLE_ORGANISATION];
    // Where nobody's site has hours of its own it does not matter who works where, and nothing of it is told.
    const people = sites.length === 0 ? ok([]) : await workplaces(core, caller.organisation);
    if (!people.ok) return refused({ kind: 'Unavailable', detail: people.error.detail });
    return {
      organisation: whole === undefined ? null : { ...whole, days: [...whole.days] },
      sites,
      people: people.value,
    };
  });

  const personNames = serve(contracts.personNamesQuery, async (context, { people }) => {
    const { caller: claimed } = context;
    const { organisation } = claimed;
    const wanted = people.map(({ home, person }) => ({ home: home ?? organisation, person }));
    // A counsellor's name stands on a card, an adviser's beside it, also afterwards; anybody else's is the directory's.
    const published = (home: string, person: string): boolean =>
      [
        [
          'designations',
          'SELECT 1 AS found FROM designations WHERE organisation = ? AND home = ? AND person = ? AND starts IS NOT NULL',
          home,
        ],
        [
          'mandates',
          "SELECT 1 AS found FROM mandates WHERE organisation = ? AND home = ? AND person = ? AND role = 'prevention_adviser'",
          home,
        ],
        [
          'people',
          "SELECT 1 AS found FROM capacities WHERE organisation = ? AND organisation = ? AND person = ? AND role = 'prevention_adviser'",
          home,
        ],
      ].some(
        ([view = '', sql = '', from = '']) => views.query(view).get(sql, [organisation, from, person]) !== undefined,
      );
    const open = async (list: typeof wanted, recordClass: 'designation_card' | 'person', caller: Caller) => {
      const names = await openNames(
        core,
        authority,
        context,
        caller,
        {
          recordClass,
          records: list.map(({ person }) => person),
          fields: ['name'],
          query: 'personNames',
          outcome: 'opened',
        },
        sealedNames(list),
      );
      return list.map(({ home, person }, index) => ({ home, person, name: names[index] ?? null }));
    };
    const onCard = wanted.filter(({ home, person }) => published(home, person));
    const others = wanted.filter((one) => !onCard.includes(one));
    const found = await open(onCard, 'designation_card', claimed);
    for (const one of others) {
      // Another service completes a document; whoever made it was admitted there, and the reading is recorded here.
      if (contracts.serviceNameSchema.options.some((service) => isService(claimed, service))) {
        if (one.home !== organisation) notFound();
        found.push(...(await open([one], 'person', claimed)));
        continue;
      }
      const relation = isSelf(claimed, one.home, one.person)
        ? 'self'
        : one.home === organisation
          ? 'same_organisation'
          : 'none';
      const { caller } = await ask(context, contracts.personNamesQuery, {
        verb: 'open',
        recordClass: 'person',
        relation,
        record: one.person,
      });
      found.push(...(await open([one], 'person', caller)));
    }
    return found;
  });

  // ── for people ──

  const counsellorCards = serve(contracts.counsellorCardsQuery, async (context, filter) => {
    const { caller } = await ask(context, contracts.counsellorCardsQuery, {
      verb: 'list',
      recordClass: 'designation_card',
    });
    return cards(context, caller, 'counsellorCards', filter);
  });

  const secondCounsellors = serve(contracts.secondCounsellorsQuery, async (context, { chosen, ...filter }) => {
    const { caller } = await ask(context, contracts.secondCounsellorsQuery, {
      verb: 'list',
      recordClass: 'designation_card',
    });
    const all = await cards(context, caller, 'secondCounsellors', filter);
    return all.filter((card) => card.designationId !== chosen && !card.absent);
  });

  const files = async (
    context: RequestContext,
    def: QueryDef,
    ids: readonly string[],
    outcome: 'opened' | 'listed',
  ) => {
    const { organisation } = context.caller;
    const loaded = [];
    for (const id of ids) {
      const found = await runners.designation.load(organisation, id);
      if (found.kind === 'absent') await missing(context, def, 'designation', id);
      loaded.push(await designationById(organisation, id));
    }
    const [first] = loaded;
    const self =
      outcome === 'opened' && first !== undefined && isSelf(context.caller, first.state.home, first.state.personId);
    const { caller, fields } = await ask(context, def, {
      verb: outcome === 'opened' ? 'open' : 'list',
      recordClass: 'designation',
      relation: self ? 'self' : 'same_organisation',
      ...(ids.length === 1 ? { record: ids[0] ?? '-' } : {}),
    });
    const full = fields.includes('directory');
    const names = full
      ? await openNames(
          core,
          authority,
          context,
          caller,
          {
            recordClass: 'designation',
            records: ids.slice(0, 200),
            fields: ['name', 'reason'],
            query: namesOf(def.pattern),
            outcome,
          },
          sealedNames(loaded.map(({ state }) => ({ home: state.home, person: state.personId }))),
        )
      : [];
    return loaded.map(({ state, out }, index) => fileOut(state, out, full, names[index] ?? null));
  };

  const designationFile = serve(contracts.designationFileQuery, async (context, { designationId }) => {
    const [file] = await files(context, contracts.designationFileQuery, [designationId], 'opened');
    return file ?? notFound();
  });

  const designationList = serve(contracts.designationListQuery, async (context, { status }) => {
    const rows = views
      .query('designations')
      .all<{ designation: string }>(
        'SELECT designation FROM designations WHERE organisation = ? AND (? IS NULL OR status = ?) ORDER BY status, designation LIMIT 200',
        [context.caller.organisation, status ?? null, status ?? null],
      );
    return files(
      context,
      contracts.designationListQuery,
      rows.map((row) => row.designation),
      'listed',
    );
  });

  const duties = serve(contracts.dutiesQuery, async (context, { designationId }) => {
    const { organisation } = context.caller;
    const today = core.today();
    if (designationId !== undefined && (await runners.designation.load(organisation, designationId)).kind === 'absent')
      await missing(context, contracts.dutiesQuery, 'designation', designationId);
    const own = designationId === undefined ? undefined : (await designationById(organisation, designationId)).state;
    await ask(context, contracts.dutiesQuery, {
      verb: designationId === undefined ? 'list' : 'open',
      recordClass: 'designation',
      relation: own !== undefined && isSelf(context.caller, own.home, own.personId) ? 'self' : 'same_organisation',
      ...(designationId === undefined ? {} : { record: designationId }),
    });
    type Row = SqlRow & {
      designation: string;
      duty: 'training' | 'supervision';
      law_version: string;
      since: string;
      due: string;
      hours: number | null;
      met: number;
    };
    const current = new Set(inEffectRows(organisation, today).map((row) => row.designation));
    return views
      .query('designations')
      .all<Row>(
        `SELECT designation, duty, law_version, since, due, hours, met FROM duties
           WHERE organisation = ? AND (? IS NULL OR designation = ?) ORDER BY met, due, designation, duty`,
        [organisation, designationId ?? null, designationId ?? null],
      )
      .filter((row) => current.has(row.designation))
      .map((row) => {
        const explanation = dueDate(row.duty, row.since, row.law_version).explain;
        const met = row.met === 1;
        return {
          designationId: row.designation,
          duty: row.duty,
          due: row.due,
          met,
          overdue: !met && row.due < today,
          hours: row.hours,
          hoursNeeded: row.duty === 'training' ? lawSettings({}, row.law_version).trainingHours : null,
          explanation,
          why: explainText(explanation, context.language),
        };
      });
  });

  const requirements = serve(contracts.requirementsQuery, async (context) => {
    const { caller } = await ask(context, contracts.requirementsQuery, { verb: 'list', recordClass: 'designation' });
    const state = await profileOf(caller.organisation);
    const today = core.today();
    const rows = inEffectRows(caller.organisation, today);
    const workers = workersAt(state, today);
    const counsellors = rows.length;
    const internalCounsellors = rows.filter((row) => row.placement === 'internal').length;
    return {
      workers: workers ?? null,
      counsellors,
      internalCounsellors,
      requirements: checkCounsellorRequirements({
        workers: workers ?? 0,
        hasExternalPsychosocialAdviser: state.adviser?.placement === 'external',
        requestedByAll: state.askedFor !== undefined,
        counsellors,
        internalCounsellors,
      }).map(({ code, met, source }) => ({ code, met, source: source.cite })),
    };
  });

  const people = serve(contracts.peopleQuery, async (context, { first, after }) => {
    const { caller } = await ask(context, contracts.peopleQuery, { verb: 'list', recordClass: 'person' });
    type Row = SqlRow & { person: string; name: string; left_on: string | null };
    const page = readPage<Row>(views.query('people'), {
      select: 'SELECT person, name, left_on FROM people',
      where: 'organisation = ? AND erased = 0',
      params: [caller.organisation],
      order: [{ column: 'person', direction: 'asc' }],
      limit: first,
      ...(after === undefined ? {} : { cursor: after }),
    });
    const { rows, next } = granted(page);
    const names = await openNames(
      core,
      authority,
      context,
      caller,
      {
        recordClass: 'person',
        records: rows.map((row) => row.person),
        fields: ['name'],
        query: 'people',
        outcome: 'listed',
      },
      rows.map((row) => ({ home: caller.organisation, value: sealedColumn(row.name) })),
    );
    return {
      rows: rows.map((row, index) => ({ person: row.person, name: names[index] ?? null, left: row.left_on !== null })),
      next: next ?? null,
    };
  });

  const person = serve(contracts.personQuery, async (context, { person: id }) => {
    const { organisation } = context.caller;
    const self = isSelf(context.caller, organisation, id);
    const { caller } = await ask(context, contracts.personQuery, {
      verb: 'open',
      recordClass: 'person',
      relation: self ? 'self' : 'same_organisation',
      record: id,
    });
    const loaded = await runners.person.load(organisation, id);
    if (loaded.kind === 'absent') await missing(context, contracts.personQuery, 'person', id);
    const { state } = present(loaded);
    // Who intervenes may name people; what else an entry holds is the administrator's and the person's own.
    const full = self || caller.role === 'administrator';
    const { name, email } = state;
    const sealed = [name, ...(full && email !== undefined ? [email] : [])];
    const [openedName, openedEmail] = await openNames(
      core,
      authority,
      context,
      caller,
      {
        recordClass: 'person',
        records: [id],
        fields: full
          ? ['name', 'email', 'site', 'languages', 'functions', 'capacities']
          : ['name', 'site', 'languages'],
        query: 'person',
        outcome: 'opened',
      },
      sealed.map((value) => ({ home: organisation, value: 'plain' in value ? undefined : value })),
    );
    const held = full ? await capacitiesOfEntry(core, organisation, id, core.runtime.clock.now()) : undefined;
    if (held?.ok === false) return refused({ kind: 'Unavailable', detail: held.error.detail });
    return {
      person: id,
      name: openedName ?? null,
      email: openedEmail ?? null,
      siteId: state.siteId,
      languages: [...state.languages],
      functions: full ? [...state.functions] : [],
      left: state.status === 'left',
      capacities: held?.value === undefined ? [] : [...held.value],
    };
  });

  const contractList = serve(contracts.contractsQuery, async (context) => {
    const { caller } = await ask(context, contracts.contractsQuery, { verb: 'list', recordClass: 'service_contract' });
    return views
      .query('mandates')
      .all<{ contract: string; provider: string; starts: string; ends: string | null; ended_on: string | null }>(
        'SELECT contract, provider, starts, ends, ended_on FROM contracts WHERE organisation = ? ORDER BY starts, contract',
        [caller.organisation],
      )
      .map((row) => ({
        contractId: row.contract,
        provider: row.provider,
        from: row.starts,
        to: earliest(row.ends ?? undefined, row.ended_on ?? undefined) ?? null,
      }));
  });

  const mandateList = serve(contracts.mandatesQuery, async (context) => {
    const { caller } = await ask(context, contracts.mandatesQuery, { verb: 'list', recordClass: 'mandate' });
    type Row = SqlRow & {
      mandate: string;
      home: string;
      person: string;
      role: 'counsellor' | 'prevention_adviser' | 'data_protection_officer' | 'auditor';
      sites: string;
      starts: string;
      ends: string | null;
      revoked_on: string | null;
    };
    return views
      .query('mandates')
      .all<Row>(
        'SELECT mandate, home, person, role, sites, starts, ends, revoked_on FROM mandates WHERE organisation = ? ORDER BY starts, mandate',
        [caller.organisation],
      )
      .map((row) => {
        const sites = stringList.parse(JSON.parse(row.sites));
        return {
          mandateId: row.mandate,
          home: row.home,
          person: row.person,
          role: row.role,
          sites: sites.includes('all') ? ('all' as const) : sites,
          from: row.starts,
          to: earliest(row.ends ?? undefined, row.revoked_on ?? undefined) ?? null,
        };
      });
  });

  const permissions = serve(contracts.permissionsQuery, async (context, { person: id, home, at }) => {
    const { caller } = await ask(context, contracts.permissionsQuery, {
      verb: 'open',
      recordClass: 'permissions',
      record: id,
    });
    await openNames(
      core,
      authority,
      context,
      caller,
      { recordClass: 'permissions', records: [id], fields: ['capacities'], query: 'permissions', outcome: 'opened' },
      [],
    );
    const held = await capacitiesOfEntry(core, home ?? caller.organisation, id, at, at);
    if (!held.ok) return refused({ kind: 'Unavailable', detail: held.error.detail });
    const date = localDateOf(at);
    // Of a person who works for several organisations only what was held in this one.
    return held.value.filter((one) => one.organisation === caller.organisation && covers(one, date));
  });

  const served: readonly Served[] = [
    identity,
    capacitiesOf,
    designation,
    designationsOf,
    successors,
    preventionAdvisers,
    pseudonyms,
    standing,
    holders,
    ended,
    entriesEnded,
    personNames,
    organisationProfile,
    figuresSettings,
    workingHours,
    counsellorCards,
    secondCounsellors,
    designationFile,
    designationList,
    duties,
    requirements,
    people,
    person,
    contractList,
    mandateList,
    permissions,
    serveHealth('directory', core.views),
  ];
  return { served };
};
