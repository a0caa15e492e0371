import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openSums, protectedRelease, reveals, suppressed, type Counts, type Released } from './suppression.js';

const T = 5;

/**
 * The oracle knows nothing of the search: it goes through every table of counts up to a limit, keeps those that agree
 * with everything published, and collects the values each small sum can have. The same for a reader who is told only
 * which sums are zero. It gives the sums of which the first reader knows more than the second, or everything.
 */
const narrowed = (counts: Counts, released: readonly Released[], limit: number, threshold = T): string[] => {
  const width = counts[0]?.length ?? 0;
  const slots = counts.length;
  const unions = Array.from({ length: 2 ** slots - 1 }, (_, index) =>
    counts.map((_row, slot) => slot).filter((slot) => ((index + 1) & (1 << slot)) !== 0),
  );
  const small = unions.flatMap((union) => {
    const { cells, total } = openSums(counts, union);
    return [...cells, total].flatMap((value, item) =>
      value >= 1 && value < threshold ? [{ union, item, value }] : [],
    );
  });
  const seen = small.map(() => ({ knowing: new Set<number>(), zerosOnly: new Set<number>() }));
  const table = Array.from({ length: slots * width }, () => 0);
  const rows = (): Counts => counts.map((_, slot) => table.slice(slot * width, (slot + 1) * width));
  const hidden = (value: number | null) => (value === 0 ? 0 : null);
  const zeros = released.map(({ slots: over, shown }) => ({
    slots: over,
    shown: { cells: shown.cells.map(hidden), total: hidden(shown.total) },
  }));
  const agrees = (candidate: Counts, published: readonly Released[]): boolean =>
    published.every(({ slots: over, shown }) => {
      const { cells, total } = openSums(candidate, over);
      const fits = (value: number | null, sum: number) => (value === null ? sum >= 1 : value === sum);
      return fits(shown.total, total) && shown.cells.every((value, cell) => fits(value, cells[cell] ?? 0));
    });
  for (;;) {
    const candidate = rows();
    if (agrees(candidate, zeros)) {
      const knowing = agrees(candidate, released);
      small.forEach(({ union, item }, index) => {
        const { cells, total } = openSums(candidate, union);
        const value = item === width ? total : (cells[item] ?? 0);
        seen[index]?.zerosOnly.add(value);
        if (knowing) seen[index]?.knowing.add(value);
      });
    }
    let at = 0;
    while (at < table.length && table[at] === limit) {
      table[at] = 0;
      at += 1;
    }
    if (at === table.length) break;
    table[at] = (table[at] ?? 0) + 1;
  }
  return small.flatMap((one, index) => {
    const { knowing, zerosOnly } = seen[index] ?? { knowing: new Set(), zerosOnly: new Set() };
    const kept = [...zerosOnly].filter((value) => value >= 1 && value < threshold).every((value) => knowing.has(value));
    return kept && knowing.size > 1
      ? []
      : [`${one.union.join('+')}/${one.item}: ${one.value} of ${[...knowing].join(',')}`];
  });
};

const show = (counts: readonly number[]) => {
  const { cells, total } = suppressed(T, counts);
  return [...cells, total].map((value) => value ?? 'x').join(' ');
};

describe('one period by itself', () => {
  it.each([
    [[10, 20, 30], '10 20 30 60'],
    [[0, 0, 0], '0 0 0 0'],
    // One small cell takes another with it: the total would give it away.
    [[3, 20, 30], 'x x 30 53'],
    [[3, 0, 30], 'x 0 x 33'],
    // Nothing else to hide behind but the total.
    [[3, 0, 0], 'x 0 0 x'],
    // Two small cells that their sum pins down take a third.
    [[1, 1, 20, 30], 'x x x 30 52'],
    // Five ones under a shown total could only be ones.
    [[1, 1, 1, 1, 1], 'x x x x x x'],
    [[4, 4], 'x x 8'],
    [[1, 2], 'x x x'],
  ])('%j is shown as %s', (counts, expected) => {
    expect(show(counts)).toBe(expected);
  });

  it('never lets a small sum be computed or narrowed: every table of three cells, by brute force', () => {
    for (let a = 0; a <= 7; a += 1)
      for (let b = a; b <= 7; b += 1)
        for (let c = b; c <= 7; c += 1) {
          const counts = [[c, a, b]];
          const released = [{ slots: [0], shown: suppressed(T, counts[0] ?? []) }];
          expect(narrowed(counts, released, 14)).toEqual([]);
        }
  });

  it('is needed: hiding small cells alone would give them away, and the oracle sees it', () => {
    const naive = (cells: readonly number[]) => ({
      cells: cells.map((value) => (value > 0 && value < T ? null : value)),
      total: cells.reduce((sum, value) => sum + value, 0),
    });
    for (const cells of [
      [3, 7],
      [1, 1, 7],
      [1, 2, 2],
    ])
      expect(narrowed([cells], [{ slots: [0], shown: naive(cells) }], 14)).not.toEqual([]);
  });

  it('hides nothing without need: no small cell, nothing hidden; zeros always shown', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(40), { minLength: 1, maxLength: 9 }),
        fc.integer({ min: 5, max: 9 }),
        (cells, threshold) => {
          const shown = suppressed(threshold, cells);
          const { total } = openSums([cells], [0]);
          const isSmall = (value: number) => value >= 1 && value < threshold;
          const needed = [...cells, total].some(isSmall);
          expect(needed || (shown.total === total && shown.cells.every((value, cell) => value === cells[cell]))).toBe(
            true,
          );
          for (const [cell, value] of cells.entries()) {
            const allowed = value === 0 ? [0] : isSmall(value) ? [null] : [null, value];
            expect(allowed).toContain(shown.cells[cell]);
          }
          // What is shown needs no more than it hides: it is found safe again.
          expect(reveals(threshold, [cells], [{ slots: [0], shown }])).toBe(false);
        },
      ),
    );
  });
});

/** Releases one after another, each refused or shown; those shown pile up. */
const inOrder = (counts: Counts, periods: readonly (readonly number[])[], hideMore: boolean) => {
  const released: Released[] = [];
  const answers = periods.map((slots) => {
    const answer = protectedRelease(T, counts, released, slots, hideMore);
    if (answer.kind === 'shown') released.push({ slots, shown: answer.shown });
    return answer.kind;
  });
  return { released, answers };
};

describe('beside earlier releases', () => {
  it('a year after three quarters is refused when the fourth would show a small cell', () => {
    const counts = [
      [10, 20],
      [11, 21],
      [12, 22],
      [3, 23],
    ];
    const { answers } = inOrder(counts, [[0], [1], [2], [0, 1, 2, 3]], false);
    expect(answers).toEqual(['shown', 'shown', 'shown', 'difference_reveals']);
    const more = inOrder(counts, [[0], [1], [2], [0, 1, 2, 3]], true);
    expect(more.answers).toEqual(['shown', 'shown', 'shown', 'shown']);
    // Either both cells or a cell and the total: the fourth quarter stays in the dark.
    expect(more.released.at(-1)?.shown.cells).toEqual([null, null]);
  });

  it('a year is shown when no difference is small', () => {
    const counts = [
      [10, 20],
      [11, 0],
      [0, 22],
      [7, 23],
    ];
    expect(inOrder(counts, [[0], [1], [2], [3], [0, 1], [0, 1, 2, 3]], false).answers).not.toContain(
      'difference_reveals',
    );
  });

  it('the same period again shows the same, disjoint periods do not bear on each other', () => {
    const counts = [
      [3, 9, 9],
      [9, 3, 9],
    ];
    const { released, answers } = inOrder(counts, [[0], [1], [0]], false);
    expect(answers).toEqual(['shown', 'shown', 'shown']);
    expect(released[2]?.shown).toEqual(released[0]?.shown);
  });

  const cell = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 6 }));
  const anyPeriods = (slots: number) =>
    fc.array(fc.uniqueArray(fc.nat(slots - 1), { minLength: 1, maxLength: slots }), { minLength: 1, maxLength: 4 });

  it.each([true, false])(
    'never lets a small sum be narrowed by adding or subtracting releases, by brute force (hide more: %s)',
    (hideMore) => {
      fc.assert(
        fc.property(
          fc.array(fc.tuple(cell, cell), { minLength: 2, maxLength: 2 }),
          anyPeriods(2),
          (counts, periods) => {
            const { released } = inOrder(counts, periods, hideMore);
            // Twice the largest sum: beyond it nothing new is possible for a sum up to 4.
            expect(narrowed(counts, released, 12)).toEqual([]);
          },
        ),
        { numRuns: 25 },
      );
    },
  );

  it('nor over three periods', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(cell), { minLength: 3, maxLength: 3 }), anyPeriods(3), (counts, periods) => {
        const { released } = inOrder(counts, periods, true);
        expect(narrowed(counts, released, 22)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('stays quick for a year of quarters over nine cells', () => {
    const counts = Array.from({ length: 4 }, (_, slot) =>
      Array.from({ length: 9 }, (__, at) => (slot * 7 + at * 5) % 13),
    );
    const before = performance.now();
    inOrder(counts, [[0], [1], [2], [3], [0, 1], [2, 3], [0, 1, 2, 3]], true);
    expect(performance.now() - before).toBeLessThan(10_000);
  });
});
