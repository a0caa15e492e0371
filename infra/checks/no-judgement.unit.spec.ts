import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { aggregates, commandDefs, queryDefs } from './inventory.js';

/**
 * A counsellor hears and does not judge: no field rates, weighs or judges a person, whether they speak the truth, what
 * they are worth or how likely they are to do something. Not on the way in, not stored, not on the way out.
 */
const WORDS = [
  'score',
  'rating',
  'rated',
  'ranking',
  'grade',
  'credib',
  'plausib',
  'reliab',
  'trustworth',
  'truthful',
  'honesty',
  'lying',
  'liar',
  'guilt',
  'culprit',
  'blame',
  'at_fault',
  'suspect',
  'perpetrator',
  'offender',
  'severity',
  'seriousness',
  'likelihood',
  'probability',
  'risk_level',
  'risk_score',
  'risk_of_person',
  'personality',
  'temperament',
  'character_of',
  'difficult',
  'troublemaker',
  'sentiment',
  'emotion',
  'vulnerab',
  'motive_of',
  'well_founded',
  'unfounded',
  'proven',
] as const;
const FORBIDDEN = new RegExp(`(^|_)(${WORDS.join('|')})`);

/** `riskLevelOfPerson`, `risk-level-of-person` and `risk_level_of_person` are one name. */
const plainName = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[-.\s]/g, '_')
    .toLowerCase();

/** Words of the law that look like one, each with where it stands. */
const LAW = new Map([
  ['manifestly_unfounded', 'said of a request for access, not of a person (GDPR art. 12(5))'],
  [
    'help_to_vulnerable_person',
    'a duty of the one who speaks, and a ground for speaking (exceptions to secrecy, domain.md [15])',
  ],
]);

const judges = (name: string): boolean => FORBIDDEN.test(plainName(name)) && !LAW.has(name);

/** Names of members at any depth, and values to choose from: a rating may hide in either. */
const namesIn = (schema: unknown): readonly string[] => {
  if (Array.isArray(schema)) return schema.flatMap(namesIn);
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([keyword, value]: [string, unknown]) => {
    if (keyword === 'properties' && typeof value === 'object' && value !== null)
      return [...Object.keys(value), ...namesIn(Object.values(value))];
    if (keyword === 'enum' && Array.isArray(value)) return value.filter((one) => typeof one === 'string');
    if (keyword === 'const') return typeof value === 'string' ? [value] : [];
    return namesIn(value);
  });
};

/** Either side of a transform: the other is what is stored or shown. */
const namesOf = (schema: z.ZodType): readonly string[] =>
  (['input', 'output'] as const).flatMap((io) => namesIn(z.toJSONSchema(schema, { io, unrepresentable: 'any' })));

const inventory: readonly (readonly [string, readonly string[]])[] = [
  ...(await aggregates())
    .flatMap(({ codec }) => [...codec.events])
    .map(
      (event) =>
        [
          event.type,
          [event.name, ...Object.entries(event.fields).flatMap(([name, field]) => [name, ...namesOf(field.schema)])],
        ] as const,
    ),
  ...commandDefs.map((def) => [def.pattern, [def.pattern, ...namesOf(def.data)]] as const),
  ...queryDefs.map((def) => [def.pattern, [def.pattern, ...namesOf(def.input), ...namesOf(def.output)]] as const),
];

describe('no field rates or judges a person', () => {
  it('looks at everything that is stored, sent or answered', () => {
    expect(inventory.length).toBeGreaterThan(200);
    expect(inventory.flatMap(([, names]) => names)).toEqual(expect.arrayContaining(['hearingDueOn', 'kindOfFacts']));
  });

  it.each(inventory)('%s', (_what, names) => {
    expect([...new Set(names.filter(judges))]).toEqual([]);
  });

  it.each([
    'score',
    'credibilityOfApplicant',
    'personRiskScore',
    'risk-score-of-person',
    'severity_of_person',
    'truthfulness',
    'isGuilty',
    'wellFounded',
  ])('would refuse %s', (name) => {
    expect(judges(name)).toBe(true);
  });

  it.each(['riskSources', 'judgement', 'operatingState', 'corporateName', 'motive', 'suspendedOn'])(
    'allows %s',
    (name) => {
      expect(judges(name)).toBe(false);
    },
  );
});
