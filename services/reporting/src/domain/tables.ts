import type { Fact } from './booking.js';
import { codesOf, countedFunctions, formalKinds, type CountedFunction, type FactKind } from './vocabulary.js';

/** What a cell or a line counts: facts of these kinds and codes, by this function where it matters. */
export type Counts = {
  readonly what: FactKind;
  readonly code: string;
  readonly by?: CountedFunction;
};
export type Cell = { readonly id: string; readonly counts: readonly Counts[] };
export type Table = { readonly id: string; readonly cells: readonly Cell[] };

/** Edition of the tables that are released. A changed table is a new edition; differences are only taken within one. */
export const layoutVersion = '2026.1';

const each = (what: FactKind): readonly Cell[] => codesOf[what].map((code) => ({ id: code, counts: [{ what, code }] }));

/**
 * The tables of a release. No site in any of them: with one counsellor at a site a cell would name a person. Every fact
 * counts in at most one cell of one table, so no table says anything of another.
 */
export const tables: readonly Table[] = [
  {
    id: 'informal',
    cells: countedFunctions.flatMap((by) =>
      codesOf.informal_type.map((code) => ({
        id: `${by}.${code}`,
        counts:
          code === 'advice'
            ? [
                { what: 'informal_type', code, by },
                { what: 'advice', code, by },
              ]
            : [{ what: 'informal_type', code, by }],
      })),
    ),
  },
  { id: 'kinds', cells: each('case_opened') },
  { id: 'outcomes', cells: each('outcome') },
  { id: 'formal', cells: formalKinds.map((code) => ({ id: code, counts: [{ what: 'formal_request', code }] })) },
  { id: 'measures', cells: each('formal_measures') },
  { id: 'register', cells: each('register_fact') },
];

export const isCounted = (counts: readonly Counts[], fact: Pick<Fact, 'what' | 'code' | 'by'>): boolean =>
  counts.some(({ what, code, by }) => what === fact.what && code === fact.code && (by === undefined || by === fact.by));
