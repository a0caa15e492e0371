import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemBody, statusOf, type ProblemCode } from '../problems.js';
import type { GatewayRuntime } from '../runtime.js';
import { requestLanguage } from './request.js';

/** The problem that a fault of the web server or of Nest is. */
export const problemCodeOf = (error: unknown): ProblemCode => {
  switch ((error as { code?: unknown } | null)?.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return 'REQUEST_TOO_LARGE';
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return 'UNSUPPORTED_MEDIA_TYPE';
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return 'BAD_REQUEST';
    default:
      break;
  }
  const status =
    error instanceof HttpException ? error.getStatus() : (error as { statusCode?: unknown } | null)?.statusCode;
  switch (status) {
    case 400:
      return 'BAD_REQUEST';
    case 404:
      return 'PAGE_NOT_FOUND';
    case 405:
      return 'METHOD_NOT_ALLOWED';
    case 413:
      return 'REQUEST_TOO_LARGE';
    case 415:
      return 'UNSUPPORTED_MEDIA_TYPE';
    default:
      return 'INTERNAL';
  }
};

/** Whatever goes wrong outside a controller is answered in the form of every other error, without a word of its own. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly runtime: GatewayRuntime) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const code = problemCodeOf(error);
    if (code === 'INTERNAL') this.runtime.options.logger.error('unexpected error', { requestId: request.id, error });
    if (reply.sent) return;
    const language = requestLanguage(request, this.runtime.options.settings.defaultLanguage);
    void reply.code(statusOf(code)).send(problemBody(code, language, request.id));
  }
}
