import { InvariantBroken } from '@toeverlaat/values';

/*
 * Small-number suppression (design §7). One table is a row of cells and their total, over one or more slots of time. What
 * is published of it, now and in earlier releases, is a set of sums over slots. A sum from 1 to threshold - 1 is small.
 * It is protected when it may, for all that is published, still have every small value that it might have if nothing but
 * the zeros were published, and at least two values in any case: nobody can then tell more than "small", whatever they
 * add or subtract.
 *
 * What a reader is taken to know: every published sum; that a hidden one is at least 1 (zeros are never hidden); that
 * counts are whole and not negative. A table of counts that gives a sum another value is found, not assumed: the search
 * is bounded, and what it does not find counts as unprotected. So it may hide too much and never too little.
 */

/** What a release shows of a table; null: hidden. */
export type Shown = { readonly cells: readonly (number | null)[]; readonly total: number | null };

/** A release of the table over some of the slots. */
export type Released = { readonly slots: readonly number[]; readonly shown: Shown };

/** True counts: one row per slot, one column per cell. */
export type Counts = readonly (readonly number[])[];

type Constraint = {
  readonly atoms: readonly number[];
  /** The published sum; undefined: hidden, so at least 1. */
  readonly sum: number | undefined;
};
type Quantity = { readonly atoms: readonly number[]; readonly value: number };

/** Most counts that one step of the search changes. Longer exchanges exist; missing them only hides more. */
const MAX_MOVES = 4;
/** 2^8 - 1 unions of slots are looked at. */
export const MAX_SLOTS = 8;

const sumOf = (counts: Counts, slots: readonly number[], cell: number): number =>
  slots.reduce((sum, slot) => sum + (counts[slot]?.[cell] ?? 0), 0);

/** The sums of a release over these slots, nothing hidden. */
export const openSums = (counts: Counts, slots: readonly number[]): { cells: number[]; total: number } => {
  const width = counts[0]?.length ?? 0;
  const cells = Array.from({ length: width }, (_, cell) => sumOf(counts, slots, cell));
  return { cells, total: cells.reduce((sum, value) => sum + value, 0) };
};

const constraintsOf = (width: number, { slots, shown }: Released): readonly Constraint[] => {
  const over = (cells: readonly number[]): readonly number[] =>
    slots.flatMap((slot) => cells.map((cell) => slot * width + cell));
  const every = Array.from({ length: width }, (_, cell) => cell);
  return [
    ...shown.cells.map((value, cell) => ({ atoms: over([cell]), sum: value ?? undefined })),
    { atoms: over(every), sum: shown.total ?? undefined },
  ];
};

/** Every nonempty union of the slots × every cell and the total: whatever a reader could come to by subtraction. */
const quantitiesOf = (counts: Counts): readonly Quantity[] => {
  const width = counts[0]?.length ?? 0;
  const found: Quantity[] = [];
  for (let union = 1; union < 2 ** counts.length; union += 1) {
    const slots = counts.map((_, slot) => slot).filter((slot) => (union & (1 << slot)) !== 0);
    const { cells, total } = openSums(counts, slots);
    cells.forEach((value, cell) => found.push({ atoms: slots.map((slot) => slot * width + cell), value }));
    found.push({
      atoms: slots.flatMap((slot) => cells.map((_, cell) => slot * width + cell)),
      value: total,
    });
  }
  return found;
};

type Puzzle = {
  readonly constraints: readonly Constraint[];
  /** Constraints of each atom. */
  readonly of: readonly (readonly number[])[];
  /** Atoms under a published zero. */
  readonly fixed: readonly boolean[];
};

const puzzleOf = (size: number, constraints: readonly Constraint[]): Puzzle => {
  const of: number[][] = Array.from({ length: size }, () => []);
  const fixed = Array.from({ length: size }, () => false);
  constraints.forEach(({ atoms, sum }, index) => {
    for (const atom of atoms) {
      of[atom]?.push(index);
      if (sum === 0) fixed[atom] = true;
    }
  });
  return { constraints, of, fixed };
};

/**
 * Other counts that agree with all that is published and move the quantity by exactly `by`. Depth first along broken
 * sums: a count that changes is made up for by another one in the same sum.
 */
const moved = (
  { constraints, of, fixed }: Puzzle,
  counts: readonly number[],
  quantity: readonly number[],
  by: 1 | -1,
): readonly number[] | undefined => {
  const inQuantity = new Set(quantity);
  const now = [...counts];
  const touched = new Map<number, 1 | -1>();
  const balance = constraints.map(() => 0);
  const sums = constraints.map(({ atoms }) => atoms.reduce((sum, atom) => sum + (counts[atom] ?? 0), 0));

  const change = (atom: number, sign: 1 | -1, undo: boolean): void => {
    const step = undo ? -sign : sign;
    now[atom] = (now[atom] ?? 0) + step;
    for (const index of of[atom] ?? []) balance[index] = (balance[index] ?? 0) + step;
  };
  const search = (left: number, shift: number): boolean => {
    const broken = constraints.findIndex(({ sum }, index) => sum !== undefined && balance[index] !== 0);
    if (broken < 0) {
      const hiddenHolds = constraints.every(
        ({ sum }, index) => sum !== undefined || (sums[index] ?? 0) + (balance[index] ?? 0) >= 1,
      );
      if (shift === by && hiddenHolds) return true;
      if (left === 0) return false;
      // Balanced, yet not what was asked: a hidden sum would fall to zero. Another free count may carry it.
      const hidden = constraints.findIndex(
        ({ sum }, index) => sum === undefined && (sums[index] ?? 0) + (balance[index] ?? 0) < 1,
      );
      return hidden >= 0 && tryAtoms(constraints[hidden]?.atoms ?? [], 1, left, shift);
    }
    if (left === 0) return false;
    return tryAtoms(constraints[broken]?.atoms ?? [], (balance[broken] ?? 0) > 0 ? -1 : 1, left, shift);
  };
  const tryAtoms = (atoms: readonly number[], sign: 1 | -1, left: number, shift: number): boolean => {
    for (const atom of atoms) {
      if (fixed[atom] === true || touched.has(atom)) continue;
      if (sign < 0 && (now[atom] ?? 0) === 0) continue;
      touched.set(atom, sign);
      change(atom, sign, false);
      if (search(left - 1, shift + (inQuantity.has(atom) ? sign : 0))) return true;
      change(atom, sign, true);
      touched.delete(atom);
    }
    return false;
  };
  for (let depth = 1; depth <= MAX_MOVES; depth += 1) if (tryAtoms(quantity, by, depth, 0)) return now;
  return undefined;
};

/** How low the quantity may be when nothing but the zeros is published. */
const lowest = (zerosOnly: Puzzle, counts: readonly number[], quantity: Quantity): number => {
  let at = counts;
  for (let value = quantity.value; value > 1; value -= 1) {
    const next = moved(zerosOnly, at, quantity.atoms, -1);
    if (next === undefined) return value;
    at = next;
  }
  return 1;
};

const reaches = (puzzle: Puzzle, counts: readonly number[], quantity: Quantity, target: number): boolean => {
  let at = counts;
  const by = target > quantity.value ? 1 : -1;
  for (let { value } = quantity; value !== target; value += by) {
    const next = moved(puzzle, at, quantity.atoms, by);
    if (next === undefined) return false;
    at = next;
  }
  return true;
};

const isProtected = (
  puzzle: Puzzle,
  zerosOnly: Puzzle,
  counts: readonly number[],
  quantity: Quantity,
  threshold: number,
): boolean => {
  const low = lowest(zerosOnly, counts, quantity);
  return (
    reaches(puzzle, counts, quantity, low) &&
    reaches(puzzle, counts, quantity, low === threshold - 1 ? threshold : threshold - 1)
  );
};

/** Whether any small sum can be narrowed down from what is released. */
export const reveals = (threshold: number, counts: Counts, released: readonly Released[]): boolean => {
  const width = counts[0]?.length ?? 0;
  const atoms = counts.flat();
  const constraints = released.flatMap((one) => constraintsOf(width, one));
  for (const { atoms: of, sum } of constraints) {
    const value = of.reduce((total, atom) => total + (atoms[atom] ?? 0), 0);
    if (sum === undefined ? value < 1 : sum !== value)
      throw new InvariantBroken('what was released is not what was counted');
  }
  const puzzle = puzzleOf(atoms.length, constraints);
  const zerosOnly = puzzleOf(
    atoms.length,
    constraints.map(({ atoms: of, sum }) => ({ atoms: of, sum: sum === 0 ? 0 : undefined })),
  );
  return quantitiesOf(counts).some(
    (quantity) =>
      quantity.value >= 1 && quantity.value < threshold && !isProtected(puzzle, zerosOnly, atoms, quantity, threshold),
  );
};

const hideCell = (shown: Shown, cell: number): Shown => ({
  ...shown,
  cells: shown.cells.map((value, at) => (at === cell ? null : value)),
});
const hideTotal = (shown: Shown): Shown => ({ ...shown, total: null });

/** What may still be hidden, in the order in which it is given up: small cells first, the total last. Zeros stay. */
const stillShown = (shown: Shown): readonly Shown[] => [
  ...shown.cells
    .map((value, cell) => ({ value, cell }))
    .filter((one): one is { value: number; cell: number } => one.value !== null && one.value > 0)
    .toSorted((a, b) => a.value - b.value || a.cell - b.cell)
    .map(({ cell }) => hideCell(shown, cell)),
  ...(shown.total === null || shown.total === 0 ? [] : [hideTotal(shown)]),
];

/** What was hidden on the way and turns out not to be needed, the total and the largest first. */
const shownAgain = (start: Shown, hidden: Shown, reveal: (shown: Shown) => boolean): Shown => {
  let shown = hidden;
  if (shown.total === null && start.total !== null) {
    const option = { ...shown, total: start.total };
    if (!reveal(option)) shown = option;
  }
  const cells = start.cells
    .map((value, cell) => ({ value, cell }))
    .filter((one): one is { value: number; cell: number } => one.value !== null && hidden.cells[one.cell] === null)
    .toSorted((a, b) => b.value - a.value || b.cell - a.cell);
  for (const { value, cell } of cells) {
    const option = { ...shown, cells: shown.cells.map((other, at) => (at === cell ? value : other)) };
    if (!reveal(option)) shown = option;
  }
  return shown;
};

/** Hides until nothing is revealed: one more item if one is enough, else the next in order and again. */
const hideUntil = (start: Shown, reveal: (shown: Shown) => boolean): Shown | undefined => {
  let shown = start;
  while (reveal(shown)) {
    const options = stillShown(shown);
    const [next] = options;
    if (next === undefined) return undefined;
    shown = options.find((option) => !reveal(option)) ?? next;
  }
  return shownAgain(start, shown, reveal);
};

/** One period by itself: small sums hidden, and as many others as it takes that they stay so. */
export const suppressed = (threshold: number, cells: readonly number[]): Shown => {
  const sums = openSums([cells], [0]);
  const hide = (value: number): number | null => (value >= 1 && value < threshold ? null : value);
  const start: Shown = { cells: sums.cells.map(hide), total: hide(sums.total) };
  const shown = hideUntil(start, (option) => reveals(threshold, [cells], [{ slots: [0], shown: option }]));
  if (shown === undefined) throw new InvariantBroken('a table with everything hidden reveals something');
  return shown;
};

export type Protected =
  | { readonly kind: 'shown'; readonly shown: Shown }
  /** Subtracting earlier releases would narrow down a small sum. */
  | { readonly kind: 'difference_reveals' };

/**
 * A new release of a table beside earlier ones. Refused when a difference with them would reveal a small sum, unless
 * `hideMore`: then more of the new one is hidden, and it is refused only when even that does not help.
 */
export const protectedRelease = (
  threshold: number,
  counts: Counts,
  earlier: readonly Released[],
  slots: readonly number[],
  hideMore: boolean,
): Protected => {
  if (counts.length > MAX_SLOTS) throw new InvariantBroken(`at most ${MAX_SLOTS} slots`);
  const alone = suppressed(threshold, openSums(counts, slots).cells);
  const reveal = (shown: Shown): boolean => reveals(threshold, counts, [...earlier, { slots, shown }]);
  if (!hideMore) return reveal(alone) ? { kind: 'difference_reveals' } : { kind: 'shown', shown: alone };
  const shown = hideUntil(alone, reveal);
  return shown === undefined ? { kind: 'difference_reveals' } : { kind: 'shown', shown };
};
