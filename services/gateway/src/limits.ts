import { ApolloArmor } from '@escape.tech/graphql-armor';
import { MaxIntrospectionDepthRule, type ValidationContext, type ValidationRule } from 'graphql';
import { problemError, type ProblemCode } from './problems.js';

/** What one query may ask. Chosen so that the largest screen of the product takes about a third of each. */
export const limits = {
  /** Levels of selection; fragments count as if they were written out. */
  depth: 12,
  aliases: 15,
  directives: 10,
  /** Lexical tokens of a document; a text in a variable is none. */
  tokens: 2_000,
  /** Armor's measure: 1 a scalar, 2 an object, ×1.2 a level, × `first`. */
  cost: 20_000,
} as const;

/** Armor reports every excess with one message; we report our own code, and never how far over the limit it was. */
const report = (code: ProblemCode) => ({
  exposeLimits: false,
  propagateOnRejection: false,
  onReject: [
    (context: ValidationContext | null): void => {
      context?.reportError(problemError(code));
    },
  ],
});

export type Protection = {
  readonly validationRules: readonly ValidationRule[];
  readonly parseOptions: { readonly maxTokens: number };
};

/**
 * All limits on a query, in this one file. Tokens are counted by graphql's own parser: armor's plugin parses a second
 * time and throws outside of Apollo's error path, which answers 500.
 */
export const protection = (): Protection => {
  const armor = new ApolloArmor({
    // Apollo's hideSchemaDetailsFromClientErrors and safe-errors.ts do this.
    blockFieldSuggestion: { enabled: false },
    maxTokens: { enabled: false },
    maxDepth: { n: limits.depth, ignoreIntrospection: true, flattenFragments: true, ...report('QUERY_TOO_DEEP') },
    maxAliases: { n: limits.aliases, allowList: ['__typename'], ...report('TOO_MANY_ALIASES') },
    maxDirectives: { n: limits.directives, ...report('TOO_MANY_DIRECTIVES') },
    costLimit: {
      maxCost: limits.cost,
      objectCost: 2,
      scalarCost: 1,
      depthCostFactor: 1.2,
      flattenFragments: true,
      ignoreIntrospection: true,
      ...report('QUERY_TOO_COSTLY'),
    },
  }).protect();
  return {
    // Introspection is left out of depth and cost, so it has its own rule against nested lists.
    validationRules: [...armor.validationRules, MaxIntrospectionDepthRule],
    parseOptions: { maxTokens: limits.tokens },
  };
};
