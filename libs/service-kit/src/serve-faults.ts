import {
  type CallContext,
  ServerError,
  type ServerMiddleware,
  type ServerMiddlewareCall,
} from 'nice-grpc';
import type { Logger } from './create-logger.js';
import { detailsTrailer, encodeFault, pushbackTrailer } from './fault-status.js';
import { logFault } from './log-fault.js';
import { toFault } from './to-fault.js';

/**
 * The one place where errors of a service's calls become a gRPC status. Broken invariants are logged.
 */
export function createFaultMiddleware(logger: Logger): ServerMiddleware {
  return async function* serveFaults<Request, Response>(
    call: ServerMiddlewareCall<Request, Response>,
    context: CallContext,
  ) {
    try {
      return yield* call.next(call.request, context);
    } catch (error) {
      const fault = toFault(error, call.method.path);
      logFault(logger, fault, call.method.path);
      const { code, message, details } = encodeFault(fault, call.method.path);
      context.trailer.set(detailsTrailer, details);
      if (fault.retryAfterMs !== undefined) {
        context.trailer.set(pushbackTrailer, String(Math.ceil(fault.retryAfterMs)));
      }
      throw new ServerError(code, message);
    }
  };
}
