import { InvariantBroken } from '@toeverlaat/values';
import type { Position } from './port.js';

/** Sixteen digits hold every safe integer, and text order is then the order of numbers. */
const DIGITS = 16;
const POSITION = /^\d{16}$/;

/** The token of the n-th event of a log that numbers its events 1, 2, 3, … */
export const positionOf = (number: number): Position => String(number).padStart(DIGITS, '0') as Position;

/**
 * How many events lie between a position and a later one: for figures. Undefined where a log does not number its events,
 * whose tokens only have an order; never negative.
 */
export const positionsBetween = (after: Position | undefined, until: Position | undefined): number | undefined => {
  if (until === undefined) return 0;
  if (!POSITION.test(until) || (after !== undefined && !POSITION.test(after))) return undefined;
  return Math.max(0, Number(until) - (after === undefined ? 0 : Number(after)));
};

/** @throws InvariantBroken for a token that no such log gave */
export const parsePosition = (position: Position): number => {
  if (!POSITION.test(position)) throw new InvariantBroken(`position "${position}" is not of this log`);
  return Number(position);
};
