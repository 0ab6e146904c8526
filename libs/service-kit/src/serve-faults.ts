import {
  type CallContext,
  ServerError,
  type ServerMiddleware,
  type ServerMiddlewareCall,
} from 'nice-grpc';
import type { Logger } from './create-logger.js';
import { detailsTrailer, encodeFault, pushbackTrailer } from './fault-status.js';
import { toFault } from './to-fault.js';

/**
 * The one place where a service's errors become a gRPC status. Broken invariants are logged with
 * their stack; a caller's own mistakes are not.
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
      if (fault.kind === 'internal') {
        logger.error({ event: 'call.failed', path: call.method.path, err: fault.cause ?? fault });
      }
      const { code, message, details } = encodeFault(fault, call.method.path);
      context.trailer.set(detailsTrailer, details);
      if (fault.retryAfterMs !== undefined) {
        context.trailer.set(pushbackTrailer, String(Math.ceil(fault.retryAfterMs)));
      }
      throw new ServerError(code, message);
    }
  };
}
