import {
  attachmentMediaTypes,
  caseDocumentQuery,
  MAX_ATTACHMENT_BYTES,
  type BlobGateway,
  type Language,
  type OpenedBlob,
  type RequestContext,
} from '@toeverlaat/contracts';
import type { Rejection } from '@toeverlaat/event-log';
import { assertNever, type Result } from '@toeverlaat/values';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { GatewayProblem } from '../problems.js';
import type { GatewayRuntime } from '../runtime.js';
import { refusalOf } from '../schema/results.js';
import { problemCodeOf } from './filter.js';
import { answerProblem } from './problem-answer.js';
import { headerOf, requestLanguage } from './request.js';
import { scopeOf } from './scope-of.js';

const ALLOWED = attachmentMediaTypes.join(', ');
const LIMIT = { limitMegabytes: MAX_ATTACHMENT_BYTES / 1_000_000 };
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** A service's refusal that HTTP has a problem of its own for. */
const problemOf = (rejection: Rejection): GatewayProblem | undefined => {
  if (rejection.kind !== 'InvalidInput') return undefined;
  switch (`${rejection.field} ${rejection.rule}`) {
    case 'content too_big':
      return new GatewayProblem('ATTACHMENT_TOO_LARGE', LIMIT);
    case 'content too_small':
      return new GatewayProblem('ATTACHMENT_EMPTY');
    case 'content too_many':
      return new GatewayProblem('TOO_MANY_ATTACHMENTS', rejection.params ?? {});
    case 'mediaType not_the_content':
      return new GatewayProblem('ATTACHMENT_TYPE', { allowed: ALLOWED });
    default:
      return undefined;
  }
};

const statusOfRejection = (rejection: Rejection): number => {
  switch (rejection.kind) {
    case 'NotFound':
      return 404;
    case 'NotAllowed':
      return 403;
    case 'InvalidInput':
      return 400;
    case 'RuleRefused':
    case 'StaleVersion':
    case 'CommandIdReused':
      return 409;
    case 'Erased':
      return 410;
    case 'Unavailable':
      return 503;
    default:
      return assertNever(rejection);
  }
};

/** A service's refusal in the form of every other problem; `code` is the name GraphQL gives it. */
const answerRejection = async (reply: FastifyReply, rejection: Rejection, language: Language): Promise<void> => {
  const { __typename: code, message, ...refusal } = refusalOf(rejection, { language });
  // GraphQL tells the two apart by type; here `code` names the kind of refusal.
  const { code: ruleCode, ...rest } = { code: undefined, ...refusal };
  const status = statusOfRejection(rejection);
  await reply
    .code(status)
    .headers(status === 503 ? { 'retry-after': '1' } : {})
    .send({
      errors: [
        {
          message,
          extensions: { code, requestId: reply.request.id, ...rest, ...(ruleCode === undefined ? {} : { ruleCode }) },
        },
      ],
    });
};

/** The body as it arrives. Whoever stops reading leaves the connection open: the answer still has to go out over it. */
const bodyOf = (request: FastifyRequest): Readable => {
  if (!(request.body instanceof Readable)) throw new GatewayProblem('ATTACHMENT_EMPTY');
  return request.body;
};

const isNothing = (answer: Result<unknown, Rejection>): boolean => !answer.ok && answer.error.kind === 'NotFound';

const upload = async (
  runtime: GatewayRuntime,
  blobs: BlobGateway,
  request: FastifyRequest<{ Params: { caseId: string } }>,
  reply: FastifyReply,
  language: Language,
): Promise<void> => {
  /**
   * What is still to come is read and thrown away, until the request's time is up: a connection that is cut while a client
   * sends would take the answer with it.
   */
  const refuse = async (answer: () => Promise<void>): Promise<void> => {
    await answer();
    if (request.body instanceof Readable) request.body.resume();
  };
  try {
    const [mediaType = ''] = (request.headers['content-type'] ?? '').toLowerCase().split(';');
    if (!attachmentMediaTypes.some((allowed) => allowed === mediaType.trim()))
      throw new GatewayProblem('ATTACHMENT_TYPE', { allowed: ALLOWED });
    if (Number(request.headers['content-length'] ?? 0) > MAX_ATTACHMENT_BYTES)
      throw new GatewayProblem('ATTACHMENT_TOO_LARGE', LIMIT);
    const commandId = headerOf(request, 'idempotency-key') ?? '';
    if (!UUID.test(commandId)) throw new GatewayProblem('IDEMPOTENCY_KEY_NEEDED');
    const scope = await scopeOf(runtime, request, language);
    const stored = await scope.steady(
      () =>
        blobs.put(scope.context(), {
          commandId: commandId.toLowerCase(),
          caseId: request.params.caseId,
          mediaType: mediaType.trim(),
          content: bodyOf(request).iterator({ destroyOnReturn: false }),
        }),
      isNothing,
    );
    if (stored.ok) {
      await reply.code(201).send(stored.value);
      return;
    }
    const { error } = stored;
    const problem = problemOf(error);
    if (problem !== undefined) throw problem;
    await refuse(() => answerRejection(reply, error, language));
  } catch (error) {
    await refuse(() => answerProblem(runtime, request, reply, language, error));
  }
};

/** Nothing is shown in a page of ours and nothing is kept by the browser: a file is saved, or it is not. */
const asFile = (reply: FastifyReply, mediaType: string, fileName: string): FastifyReply =>
  reply
    .header('content-type', mediaType)
    .header('content-disposition', `attachment; filename="${fileName}"`)
    .header('content-security-policy', "default-src 'none'; frame-ancestors 'none'; sandbox");

const download = async (
  runtime: GatewayRuntime,
  get: (context: RequestContext) => Promise<Result<OpenedBlob, Rejection>>,
  request: FastifyRequest,
  reply: FastifyReply,
  language: Language,
): Promise<void> => {
  try {
    const scope = await scopeOf(runtime, request, language);
    const opened = await scope.steady(() => get(scope.context()), isNothing);
    if (!opened.ok) return await answerRejection(reply, opened.error, language);
    const { mediaType, fileName, content } = opened.value;
    // Ends what it reads from when the client goes away.
    const stream = Readable.from(content, { objectMode: false });
    stream.on('error', (error) => {
      runtime.options.logger.error('attachment cut short', { requestId: request.id, error });
    });
    await asFile(reply, mediaType, fileName).send(stream);
  } catch (error) {
    await answerProblem(runtime, request, reply, language, error);
  }
};

const document = async (
  runtime: GatewayRuntime,
  request: FastifyRequest<{ Params: { caseId: string; documentId: string } }>,
  reply: FastifyReply,
  language: Language,
): Promise<void> => {
  try {
    const scope = await scopeOf(runtime, request, language);
    // A scope without a caller has no context to ask with.
    scope.context();
    const answer = await scope.query(caseDocumentQuery, request.params);
    if (!answer.ok) return await answerRejection(reply, answer.rejection, language);
    await asFile(reply, 'application/pdf', answer.value.fileName).send(Buffer.from(answer.value.pdf, 'base64'));
  } catch (error) {
    await answerProblem(runtime, request, reply, language, error);
  }
};

/**
 * Files beside GraphQL: `POST /blobs/case/<case>` takes an attachment in as it streams, `GET /blobs/case/<case>/<blob>` gives
 * one out, `GET /blobs/referral/<referral>/<blob>` gives the receiver's own copy of one that was handed over,
 * `GET /documents/case/<case>/<document>` gives a document as PDF. Same headers, same refusals, same languages.
 */
export const blobRoutes =
  (runtime: GatewayRuntime) =>
  (server: FastifyInstance): void => {
    const { options } = runtime;
    const languageOf = (request: FastifyRequest): Language =>
      requestLanguage(request, options.settings.defaultLanguage);
    const { blobs, copies } = options;
    void server.register((scope, _options, done) => {
      scope.setErrorHandler((error, request, reply) =>
        answerProblem(runtime, request, reply, languageOf(request), new GatewayProblem(problemCodeOf(error))),
      );
      scope.get<{ Params: { caseId: string; documentId: string } }>(
        '/documents/case/:caseId/:documentId',
        { exposeHeadRoute: false },
        async (request, reply) => {
          await document(runtime, request, reply, languageOf(request));
          return reply;
        },
      );
      if (blobs !== undefined) {
        // Bytes are handed on as they come: no parser ever holds a whole file.
        scope.removeAllContentTypeParsers();
        scope.addContentTypeParser('*', (_request, payload, parsed) => {
          parsed(null, payload);
        });
        scope.post<{ Params: { caseId: string } }>(
          '/blobs/case/:caseId',
          { bodyLimit: MAX_ATTACHMENT_BYTES + 1 },
          async (request, reply) => {
            await upload(runtime, blobs, request, reply, languageOf(request));
            return reply;
          },
        );
        scope.get<{ Params: { caseId: string; blob: string } }>(
          '/blobs/case/:caseId/:blob',
          { exposeHeadRoute: false },
          async (request, reply) => {
            const get = (context: RequestContext) => blobs.get(context, request.params);
            await download(runtime, get, request, reply, languageOf(request));
            return reply;
          },
        );
      }
      if (copies !== undefined) {
        scope.get<{ Params: { referralId: string; blob: string } }>(
          '/blobs/referral/:referralId/:blob',
          { exposeHeadRoute: false },
          async (request, reply) => {
            const get = (context: RequestContext) => copies.get(context, request.params);
            await download(runtime, get, request, reply, languageOf(request));
            return reply;
          },
        );
      }
      done();
    });
  };
