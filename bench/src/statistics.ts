import { median } from './harness.js';

/** The error function of Abramowitz and Stegun 7.1.26, exact to 1.5e-7. */
const erf = (x: number): number => {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const y =
    1 -
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t * Math.exp(-x * x);
  return x < 0 ? -y : y;
};

/**
 * Mann–Whitney U test, two-sided, normal approximation with ties at their mean rank.
 * @returns the chance of a difference like this if there were none, and how often a value of `a` is above one of `b`
 */
export const mannWhitney = (
  a: readonly number[],
  b: readonly number[],
): { readonly p: number; readonly above: number } => {
  const all = [...a.map((value) => ({ value, first: true })), ...b.map((value) => ({ value, first: false }))].toSorted(
    (x, y) => x.value - y.value,
  );
  let rankSum = 0;
  let ties = 0;
  for (let at = 0; at < all.length;) {
    let end = at;
    while (end < all.length && all[end]?.value === all[at]?.value) end += 1;
    const equal = end - at;
    const rank = (at + 1 + end) / 2;
    for (let i = at; i < end; i += 1) if (all[i]?.first === true) rankSum += rank;
    ties += equal ** 3 - equal;
    at = end;
  }
  const [n, m, total] = [a.length, b.length, all.length];
  const u = rankSum - (n * (n + 1)) / 2;
  const deviation = Math.sqrt(((n * m) / 12) * (total + 1 - ties / (total * (total - 1))));
  const z = deviation === 0 ? 0 : (u - (n * m) / 2) / deviation;
  return { p: 1 - erf(Math.abs(z) / Math.SQRT2), above: u / (n * m) };
};

/** 95 % interval of the difference of medians `a - b`, by resampling with the given randomness. */
export const medianDifference = (
  a: readonly number[],
  b: readonly number[],
  random: () => number,
  resamples = 1_000,
): { readonly difference: number; readonly low: number; readonly high: number } => {
  const again = (values: readonly number[]): number =>
    median(Array.from(values, () => values[Math.floor(random() * values.length)] ?? Number.NaN));
  const differences = Array.from({ length: resamples }, () => again(a) - again(b)).toSorted((x, y) => x - y);
  return {
    difference: median(a) - median(b),
    low: differences[Math.floor(resamples * 0.025)] ?? Number.NaN,
    high: differences[Math.floor(resamples * 0.975)] ?? Number.NaN,
  };
};
