import type { Message } from './fill.js';

/**
 * Why a rule of law or procedure refuses, by the code a decider gives. Each service has a file `rules-<service>.ts`; a
 * test finds a code of `libs/contracts` that no file explains.
 */
export const ruleMessages: Readonly<Record<string, Message>> = {};
