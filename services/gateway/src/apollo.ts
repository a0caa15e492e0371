import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import type { Logger } from '@toeverlaat/telemetry';
import { GraphQLError, Kind, visit, BREAK, type DocumentNode, type GraphQLSchema } from 'graphql';
import { protection } from './limits.js';
import { schemaForRole, type PermissionTable } from './prune.js';
import { GatewayProblem } from './problems.js';
import { localised, toSafeError } from './safe-errors.js';
import type { SchemaRole } from './schema-roles.js';
import type { RequestScope } from './scope.js';

const holdsText = (document: DocumentNode): boolean => {
  let found = false;
  visit(document, {
    [Kind.STRING]: () => {
      found = true;
      return BREAK;
    },
  });
  return found;
};

/** Documents remembered per installation: the screens of the product have a few hundred. */
const MAX_DOCUMENTS = 2_000;

/**
 * Parsed and validated documents, so that the same query is not validated twice. One with a text in it is not kept:
 * somebody's words would stay in memory long after the request.
 */
const createDocumentStore = () => {
  const documents = new Map<string, DocumentNode>();
  return {
    get: (key: string) => Promise.resolve(documents.get(key)),
    set: (key: string, document: DocumentNode) => {
      if (!holdsText(document)) {
        documents.set(key, document);
        const [oldest] = documents.keys();
        if (documents.size > MAX_DOCUMENTS && oldest !== undefined) documents.delete(oldest);
      }
      return Promise.resolve();
    },
    delete: (key: string) => Promise.resolve(documents.delete(key)),
  };
};

const rootOf = (error: unknown): unknown => (error instanceof GraphQLError ? (error.originalError ?? error) : error);

/** Puts errors into the caller's language, says `stale`, and reports what nobody expected to the log: by name and place, never by message. */
const answers = (logger: Logger): ApolloServerPlugin<RequestScope> => ({
  requestDidStart: () =>
    Promise.resolve({
      didEncounterErrors: ({ errors, contextValue }) => {
        for (const error of errors) {
          const root = rootOf(error);
          if (root instanceof GraphQLError || root instanceof GatewayProblem) continue;
          logger.error('unexpected error in a resolver', {
            requestId: contextValue.requestId,
            role: contextValue.role,
            error: root,
          });
        }
        return Promise.resolve();
      },
      willSendResponse: ({ response, contextValue }) => {
        const { body } = response;
        if (body.kind === 'single') {
          const { errors, extensions } = body.singleResult;
          body.singleResult = {
            ...body.singleResult,
            ...(errors === undefined
              ? {}
              : { errors: errors.map((error) => localised(error, contextValue.language, contextValue.requestId)) }),
            ...(contextValue.stale() ? { extensions: { ...extensions, stale: true } } : {}),
          };
        }
        return Promise.resolve();
      },
    }),
});

export type Servers = {
  /** The started server of a capacity; made when it is first asked for. */
  readonly of: (role: SchemaRole) => Promise<ApolloServer<RequestScope>>;
  readonly stop: () => Promise<void>;
};

/** One Apollo server per capacity, each over its own pruned schema: what it may not see, it does not have. */
export const createServers = (full: GraphQLSchema, permissions: PermissionTable, logger: Logger): Servers => {
  const started = new Map<SchemaRole, Promise<ApolloServer<RequestScope>>>();
  const documentStore = createDocumentStore();
  const start = async (role: SchemaRole): Promise<ApolloServer<RequestScope>> => {
    const { validationRules, parseOptions } = protection();
    const quiet = () => {
      logger.debug('apollo says something', { role });
    };
    const server = new ApolloServer<RequestScope>({
      schema: schemaForRole(full, permissions, role),
      introspection: true,
      csrfPrevention: true,
      allowBatchedHttpRequests: false,
      persistedQueries: false,
      stopOnTerminationSignals: false,
      includeStacktraceInErrorResponses: false,
      hideSchemaDetailsFromClientErrors: true,
      nodeEnv: 'production',
      documentStore,
      parseOptions,
      validationRules: [...validationRules],
      formatError: toSafeError,
      // No answer may be cached; working out how long it could be costs a call for every field of it.
      plugins: [ApolloServerPluginCacheControlDisabled(), answers(logger)],
      // Apollo's own lines quote messages, and messages quote input.
      logger: {
        debug: quiet,
        info: quiet,
        warn: quiet,
        error: () => {
          logger.error('the GraphQL server reports a fault', { role });
        },
      },
    });
    await server.start();
    return server;
  };
  return {
    of: (role) => {
      const known = started.get(role);
      if (known !== undefined) return known;
      const made = start(role);
      started.set(role, made);
      made.catch(() => started.delete(role));
      return made;
    },
    stop: async () => {
      for (const server of started.values()) await (await server).stop();
      started.clear();
    },
  };
};
