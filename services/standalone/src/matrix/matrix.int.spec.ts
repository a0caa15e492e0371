import { buildFullSchema, fieldsOf, schemaRoles } from '@toeverlaat/gateway';
import { addDays, uuidV5, type LocalDate } from '@toeverlaat/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { twins } from '../demo/people.js';
import { stageOf } from '../demo/seed.js';
import { weeksAgo } from '../demo/world.js';
import { openTheatre, type ProductTheatre } from '../scenarios/support.js';
import { say } from '../terminal.js';
import { askersOf, type Asker } from './actors.js';
import { askAsOf, askFiles, BEFORE_ALL } from './beside.js';
import { createJudge, inTurns, isRefused, kindOf, type Asked, type Judge } from './judge.js';
import { commands, mayContain, names, questions, types, type Entry, type FileRoute } from './oracle.js';
import { isTheirs } from './right.js';
import { nearTo, nothingAtAll, nowhere, setsOf, targetsFor, type Target } from './targets.js';
import { documentOf, namesInto, post, unreachable, type RootField, type Values } from './wire.js';
import { plantRecords, releaseFigures, WEEKS_AGO, type Planted } from './world.js';

/*
 * Every field of the GraphQL schema × every capacity × organisation × relation to the record, exclusion among them.
 * Requests are made of the schema as the capacity finds it out
 * by introspection; what is right is said by `oracle.ts`.
 */

let theatre: ProductTheatre;
let planted: readonly Planted[];
let askers: readonly Asker[];
let judge: Judge;
/** On which the records were made. */
let day: LocalDate;
const full = buildFullSchema();
const counted = { fields: 0, hidden: 0, questions: 0, refusals: 0, own: 0, guesses: 0, pages: 0, moments: 0, files: 0 };
const namesSomething = (entry: Entry): boolean => entry.of !== 'nothing';
const present = <T>(list: readonly (T | undefined)[]): readonly T[] => list.filter((one) => one !== undefined);

beforeAll(async () => {
  // In memory: what is looked at is the answers, and there are ten thousand of them.
  theatre = await openTheatre({ memory: true, gateway: { notFoundAnswerMs: 0 } });
  const { world, stage } = await stageOf(theatre.product, { seed: 1 });
  day = weeksAgo(world, WEEKS_AGO);
  const all: Planted[] = [];
  await stage.play(
    twins.map((organisation) => async () => {
      all.push(await plantRecords(world, organisation));
      await releaseFigures(world, organisation);
    }),
  );
  planted = twins.flatMap((organisation) => all.filter((one) => one.organisation === organisation));
  askers = await askersOf(theatre.url, planted);
  judge = await createJudge(theatre.product, planted);
}, 120_000);
afterAll(async () => {
  const sum = Object.values(counted).reduce((one, other) => one + other, 0);
  say(
    `matrix: ${sum} combinations: ${counted.fields} fields × capacity in the schemas, ${counted.hidden} hidden ones asked for, ${counted.questions} questions, ${counted.refusals} commands on what is not one's own and ${counted.own} on what is × caller × record, ${counted.guesses} guesses at ids within one's own records, ${counted.pages} pages, ${counted.moments} questions as of a moment, ${counted.files} files; ${judge.answers()} answers searched for ${planted.flatMap(({ canaries }) => canaries).length} canaries`,
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
      const schema = await judge.schemaOf(asker);
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
          if (!query((name) => name).startsWith('mutation'))
            said.push(`${what}: fewer errors than names: ${real.text}`);
        const names_ = [...new Set(named)].toSorted((one, other) => other.length - one.length);
        const bare = (text: string, of: (name: string) => string): string =>
          names_.reduce((left, name) => without(left, of(name)), text);
        if (real.status !== never.status || bare(real.text, (name) => name) !== bare(never.text, madeUp))
          said.push(`${what}: answers otherwise than what was never there: ${real.text} / ${never.text}`);
      }
    }
    expect(said).toEqual([]);
  }, 240_000);
});

describe('a question', () => {
  it('shows what the oracle gives, after its record, and nothing is what is not there', async () => {
    await inTurns(askers, async (asker) => {
      for (const field of (await judge.schemaOf(asker)).questions) {
        const entry = questions[field.name];
        if (entry === undefined) continue;
        const targets = namesSomething(entry) ? [...targetsFor(planted, asker), nothingAtAll] : [nothingAtAll];
        const asked = present(await Promise.all(targets.map((target) => judge.ask(asker, 'query', field, target))));
        counted.questions += asked.length;
        await judge.trail.catchUp();
        for (const one of asked) await judge.lookAt(one);
        judge.compare(entry, asked);
        judge.passTime();
      }
    });
    expect(judge.foundWrong()).toEqual([]);
    expect(judge.trail.counted()).toBe(0);
  }, 240_000);

  it('as of a moment gives no more to anybody than today does, and nothing of what was not there yet', async () => {
    const moments = [
      BEFORE_ALL,
      // C4 was opened a week later.
      { at: `${addDays(day, 2)}T00:00:00.000Z`, absent: ['C4'] },
      { at: theatre.product.clock.now(), absent: [] },
    ] as const;
    await inTurns(askers, async (asker) => {
      const asked = await askAsOf(judge, planted, asker, moments);
      counted.moments += asked;
    });
    // Counsellors and advisers about cases, overseers about authority.
    expect(counted.moments).toBeGreaterThan(600);
    expect(judge.foundWrong()).toEqual([]);
    expect(judge.trail.counted()).toBe(0);
  }, 120_000);

  it('about who may help is answered alike to everybody of an organisation, whatever case there is', async () => {
    const answers = new Map<string, Set<string>>();
    for (const asker of askers) {
      const schema = await judge.schemaOf(asker);
      const field = schema.questions.find(({ name }) => name === 'counsellorCards');
      if (field === undefined || asker.organisation === undefined) continue;
      const one = await judge.ask(asker, 'query', field, nothingAtAll);
      answers.set(asker.organisation, (answers.get(asker.organisation) ?? new Set()).add(one?.reply.text ?? ''));
    }
    expect([...answers.values()].map(({ size }) => size)).toEqual([1, 1, 1, 1]);
  });

  it('about figures gives the exact ones of the own organisation to its head alone, and no small one to anybody else', async () => {
    for (const { organisation, advice } of planted) {
      const answerOf = async (role: Asker['role'], name: string): Promise<Asked | undefined> => {
        const asker = askers.find((one) => one.role === role && one.organisation === organisation);
        const field = asker && (await judge.schemaOf(asker)).questions.find((one) => one.name === name);
        return asker && field && judge.ask(asker, 'query', field, nothingAtAll);
      };
      const exact = await answerOf('head_internal_service', 'statutoryFigures');
      expect(exact?.reply.body.data?.['answer']?.['lines']).toContainEqual(
        expect.objectContaining({ line: 'informal.counsellor.advice', value: advice }),
      );
      for (const role of ['employer', 'committee_member', 'head_internal_service'] as const) {
        const released = await answerOf(role, 'releasedFigures');
        const text = JSON.stringify(released?.reply.body.data?.['answer']);
        expect(text).toContain('"tables"');
        expect(text).not.toMatch(/"(?:value|total)":[1-4][,}]/u);
      }
    }
  });
});

describe('a file', () => {
  it('is given and taken as the oracle says, after its record, and is otherwise what is not there', async () => {
    const given: FileRoute[] = [];
    await inTurns(askers, async (asker) => {
      const files = await askFiles(judge, planted, asker);
      counted.files += files.asked;
      given.push(...files.given);
    });
    expect(judge.foundWrong()).toEqual([]);
    expect(judge.trail.counted()).toBe(0);
    const times = (route: FileRoute): number => given.filter((one) => one === route).length;
    // In each of two organisations: to handler and applicant of C1; to its handler; to the receiver of F1.
    expect(times('GET /documents/case')).toBe(4);
    expect(times('GET /blobs/case')).toBe(2);
    expect(times('GET /blobs/referral')).toBe(2);
    // By whoever handles or asked for C1 to C4; Greta, who handles C4, is asked in one of the two alone.
    expect(times('POST /blobs/case')).toBe(13);
  }, 120_000);
});

describe('a command', () => {
  it('on what is not one’s own does nothing, leaves a record of the attempt, and answers as if there were nothing', async () => {
    await inTurns(askers, async (asker) => {
      for (const field of (await judge.schemaOf(asker)).commands) {
        const entry = commands[field.name];
        if (entry === undefined || !namesSomething(entry)) continue;
        const strange = [...nearTo(planted, asker), nothingAtAll].filter((target) => !isTheirs(asker, entry, target));
        const keys = strange.map((target) => uuidV5('matrix', asker.name, field.name, target.name));
        const asked = present(
          await Promise.all(strange.map((target, at) => judge.ask(asker, 'mutation', field, target, keys[at]))),
        );
        counted.refusals += asked.length;
        await judge.trail.catchUp();
        for (const one of asked) {
          await judge.lookAt(one);
          if (!isRefused(kindOf(one))) judge.wrong(one, `answers ${one.reply.text.slice(0, 200)}`);
          if (judge.trail.causedBy(one.reply.requestId).length > 0) judge.wrong(one, 'left an event');
        }
        for (const [at, key] of keys.entries()) {
          const one = asked[at];
          if (one !== undefined && judge.trail.causedBy(key).length > 0) judge.wrong(one, 'was carried out');
        }
        judge.compare(entry, asked);
        judge.passTime();
      }
    });
    expect(judge.foundWrong()).toEqual([]);
    expect(judge.trail.counted()).toBe(0);
  }, 240_000);
});

/** Ids that a command on one's own record may name beside it, with one that exists and is not one's own. */
const besides = (own: Planted, other: Planted): Readonly<Record<string, readonly string[]>> => ({
  otherCase: [own.ids.C3, other.ids.C1],
  earlierRequestId: [own.ids.R3, other.ids.R1],
  documentId: [...other.documents],
  participantId: [other.participants.told, own.ids.C3],
  pointIds: [...other.points],
  pointId: [...other.points],
  proposalId: [other.proposal.proposalId],
  optionId: [other.proposal.optionId],
});
const putting =
  (name: string, value: string) =>
  (values: Values): Values =>
  (asked, type, options) =>
    asked === name ? value : values(asked, type, options);

describe('within one’s own record', () => {
  it('an id of something else that exists is an id of nothing', async () => {
    const owners = askers.filter(
      ({ person, role }) => ['lies', 'pieter', 'R2'].includes(person) && role !== 'participant',
    );
    for (const asker of owners) {
      const own = planted.find(({ organisation }) => organisation === asker.organisation);
      const other = planted.find(({ organisation }) => organisation !== asker.organisation);
      if (own === undefined || other === undefined) continue;
      const targets = setsOf(own);
      const schema = await judge.schemaOf(asker);
      for (const field of schema.commands) {
        const entry = commands[field.name];
        const target = targets.find(
          (one) => entry !== undefined && namesSomething(entry) && isTheirs(asker, entry, one),
        );
        if (target === undefined) continue;
        const into = namesInto(schema, field);
        for (const [name, existing] of Object.entries(besides(own, other))) {
          if (!into.has(name)) continue;
          const key = (value: string): string => uuidV5('matrix', 'beside', asker.name, field.name, name, value);
          const guess = (value: string) =>
            judge.ask(asker, 'mutation', field, target, key(value), putting(name, value));
          const nothing = await guess(nowhere(name));
          if (nothing === undefined) continue;
          const guesses = present(await Promise.all(existing.map(guess)));
          counted.guesses += guesses.length;
          await judge.trail.catchUp();
          for (const one of [nothing, ...guesses]) {
            await judge.lookAt(one);
            if (kindOf(one) === 'CommandAccepted') judge.wrong(one, `takes a ${name} that is not of this record`);
            if (one.reply.text !== nothing.reply.text)
              judge.wrong(
                one,
                `tells that a ${name} exists: ${one.reply.text.slice(0, 200)} / ${nothing.reply.text.slice(0, 200)}`,
              );
          }
          judge.passTime();
        }
      }
    }
    expect(judge.foundWrong()).toEqual([]);
  }, 240_000);
});

describe('numbering tells nothing', () => {
  it('ids of confidential records carry no time, no order and no count', async () => {
    const { events } = await theatre.product.log.readAll({ limit: 1_000_000 });
    const confidential =
      /^(?:case\.(?:case|advice|subjectaccess|thirdpartyentry)|intake\.(?:request|conversation)|referral\.(?!access)\w+)-(?<organisation>[a-z0-9]+)_(?<id>.+)$/u;
    const ids = new Map<string, { readonly id: string; readonly at: number }[]>();
    for (const event of events) {
      const { organisation = '', id = '' } = confidential.exec(event.stream)?.groups ?? {};
      const known = ids.get(organisation) ?? [];
      if (event.revision !== 0 || id === '' || known.some((one) => one.id === id)) continue;
      const { recordedAt } = JSON.parse(Buffer.from(event.metadata).toString('utf8')) as {
        readonly recordedAt: string;
      };
      ids.set(organisation, [...known, { id, at: Date.parse(recordedAt) }]);
    }
    for (const { organisation } of planted) {
      const made = ids.get(organisation) ?? [];
      expect(made.length).toBeGreaterThan(12);
      for (const { id, at } of made) {
        // Versions 1, 6 and 7 are made of the time; whatever the version, no moment stands in front.
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[458]/u);
        const front = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
        expect(Math.abs(front - at)).toBeGreaterThan(86_400_000 * 366);
      }
      const inTurn = made.map(({ id }) => id);
      const rising = inTurn.filter((id, at) => at > 0 && id > (inTurn[at - 1] ?? '')).length;
      // One in many thousands of fair coins falls outside.
      expect(rising).toBeGreaterThan(inTurn.length * 0.1);
      expect(rising).toBeLessThan(inTurn.length * 0.9);
      // The number of a case is what its id begins with: no two alike, none beside another.
      const numbers = inTurn.map((id) => Number.parseInt(id.slice(0, 8), 16)).toSorted((one, other) => one - other);
      expect(numbers.every((number, at) => at === 0 || number - (numbers[at - 1] ?? 0) > 1_000)).toBe(true);
    }
  });

  it('no list says how many there are', () => {
    const shapes = Map.groupBy(fieldsOf(full), (field) => field.split('.')[0] ?? '');
    const counts: string[] = [];
    for (const [type, fields] of shapes) {
      const own = fields.map((field) => field.split('.')[1] ?? '');
      const page = own.includes('next') && own.join(' ') !== 'next rows';
      const list = type.endsWith('List') && own.join(' ') !== 'items';
      if (page || list) counts.push(`${type}: ${own.join(' ')}`);
      counts.push(
        ...fields.filter((field) => /\.(?:total|count|totalCount|pages?|pageInfo|offset|edges|hasMore)$/iu.test(field)),
      );
    }
    // Attempts that a row of the history stands for; the suppressed total of a released table.
    expect(counts).toEqual(['DeniedAttempt.count', 'ReleasedTable.total']);
  });

  it('where a page ended can be read by nobody and used by nobody else', async () => {
    const used = new Set<string>();
    for (const asker of askers) {
      const schema = await judge.schemaOf(asker);
      for (const field of schema.questions) {
        const inPage = field.args.some(({ name }) => name === 'page');
        if (!inPage && !field.args.some(({ name }) => name === 'after')) continue;
        const asOf = (who: Asker, paging: object, of: RootField = field) =>
          post(who.client, documentOf(schema, 'query', of), {
            ...(inPage ? { page: paging } : paging),
            ...(/^(?:accessHistory|evidence)OfRecord$/u.test(of.name) ? { record: planted[0]?.ids.C1 } : {}),
            ...(of.name === 'accessHistoryOfHandler' ? { pseudonyms: [planted[0]?.pseudonyms.lies] } : {}),
          });
        const first = await asOf(asker, { first: 1 });
        const next = first.body.data?.['answer']?.['next'];
        if (typeof next !== 'string') continue;
        used.add(field.name);
        counted.pages += 1;
        const bytes = Buffer.from(next, 'base64url').toString('latin1');
        expect(`${next} ${bytes}`).not.toMatch(/20\d\d-\d\d|[0-9a-f]{8}-[0-9a-f]{4}/u);
        const second = await asOf(asker, { first: 1, after: next });
        const answer = second.body.data?.['answer'];
        // A page of an export has a length in bytes.
        const found = answer?.['rows'];
        expect(Array.isArray(found) && (field.name === 'evidenceExport' ? found.length > 0 : found.length === 1)).toBe(
          true,
        );
        expect(second.text).not.toBe(first.text);
        const madeUp = await asOf(asker, { first: 1, after: 'bWFkZSB1cA' });
        expect(madeUp.body.data?.['answer']?.__typename).toBe('InvalidInput');
        // Of the same capacity, elsewhere or a colleague.
        for (const other of askers.filter((one) => one.role === asker.role && one !== asker).slice(0, 3))
          expect((await asOf(other, { first: 1, after: next })).text).toBe(madeUp.text);
        judge.passTime();
      }
    }
    expect([...used].toSorted()).toEqual([
      'accessHistoryOfHandler',
      'accessHistoryOfPeriod',
      'accessHistoryOfRecord',
      'adviceContacts',
      'auditMandates',
      'auditMandatesOnMe',
      'contactRequests',
      'deniedAttempts',
      'desk',
      'evidenceExport',
      'evidenceOfRecord',
      'people',
      'sentReferrals',
      'thirdPartyRegister',
    ]);
  });
});

describe('too many attempts', () => {
  it('are counted when they are no longer recorded one by one, and answered as before', async () => {
    const asker = askers.find(({ role, person }) => role === 'counsellor' && person === 'sophie');
    const field = asker && (await judge.schemaOf(asker)).questions.find(({ name }) => name === 'case');
    const [target] = planted.flatMap(setsOf);
    if (asker === undefined || field === undefined || target === undefined) throw new RangeError('nobody to try');
    const tries = present(
      await Promise.all(Array.from({ length: 60 }, () => judge.ask(asker, 'query', field, target))),
    );
    await judge.trail.catchUp();
    expect(new Set(tries.map(({ reply }) => reply.text)).size).toBe(1);
    const recorded = tries.filter(({ reply }) => judge.trail.of('AccessDenied', reply.requestId).length > 0);
    expect(recorded.length).toBeGreaterThanOrEqual(30);
    expect(recorded.length).toBeLessThan(60);
    expect(judge.trail.counted()).toBeGreaterThan(0);
  });
});

/** What ends something comes after everything else. */
const ENDS =
  /^(?:recuse|linkEarlier|replaceReceipt|close|stepBack|withdraw|decline|recordLeaving|drop|end|unlink|remove|resign|revoke|layDown)/u;

describe('one’s own', () => {
  it('is acted on: the way is open to who has the right, in their organisation alone', async () => {
    const last = (asker: Asker): number => (asker.role === 'administrator' ? 2 : asker.role === 'employer' ? 1 : 0);
    const inOrder = askers.toSorted((one, other) => last(one) - last(other));
    for (const ending of [false, true])
      for (const asker of inOrder)
        for (const field of (await judge.schemaOf(asker)).commands) {
          const entry = commands[field.name];
          if (entry === undefined || ENDS.test(field.name) !== ending) continue;
          const targets: readonly Target[] = namesSomething(entry) ? targetsFor(planted, asker) : [nothingAtAll];
          for (const target of targets.filter((one) => isTheirs(asker, entry, one))) {
            const key = uuidV5('matrix', 'own', asker.name, field.name, target.name);
            const one = await judge.ask(asker, 'mutation', field, target, key);
            if (one === undefined) continue;
            counted.own += 1;
            const kind = kindOf(one);
            // The code of a request that was linked or got another one is dead.
            if (ending && kind === 'RECEIPT_NOT_ACCEPTED') continue;
            await judge.trail.catchUp();
            await judge.lookAt(one);
            // After an end there may be nothing left of the right.
            if (isRefused(kind) && !ending && namesSomething(entry)) judge.wrong(one, `is theirs, and answers ${kind}`);
            if (kind === 'TryLater') judge.wrong(one, 'answers TryLater');
            for (const event of judge.trail.causedBy(key))
              if (event.organisation !== asker.organisation && field.name !== 'registerOrganisation')
                judge.wrong(one, `left an event in ${event.organisation}`);
          }
          judge.passTime();
        }
    expect(judge.foundWrong()).toEqual([]);
  }, 120_000);
});
