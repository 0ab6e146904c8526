import {
  type CallOptions,
  ClientError,
  type ClientMiddleware,
  type ClientMiddlewareCall,
  Status,
} from 'nice-grpc';
import type { Registry } from 'prom-client';
import { createCallMetrics } from './call-metrics.js';

/**
 * Client middleware: counts calls as `grpc_client_*`, each time that one is sent. Expects statuses, not faults, from
 * what is inside.
 */
export function createClientMetrics(registry: Registry): ClientMiddleware {
  const begin = createCallMetrics(registry, 'client');
  return async function* countCalls<Request, Response>(
    call: ClientMiddlewareCall<Request, Response>,
    options: CallOptions,
  ) {
    const { requestStream, responseStream } = call;
    const count = begin({ path: call.method.path, requestStream, responseStream });
    // A caller that stops reading, or a signal.
    let code = Status.CANCELLED;
    try {
      if (!call.requestStream) count.sent();
      const request = call.requestStream ? tap(call.request, count.sent) : call.request;
      if (call.responseStream) {
        yield* tap(call.next(request, options), count.received);
        code = Status.OK;
        return;
      }
      const response = yield* call.next(request, options);
      count.received();
      code = Status.OK;
      return response;
    } catch (error) {
      if (error instanceof ClientError) code = error.code;
      throw error;
    } finally {
      count.end(code);
    }
  };
}

async function* tap<T>(items: AsyncIterable<T>, onItem: () => void): AsyncGenerator<T, void> {
  for await (const item of items) {
    onItem();
    yield item;
  }
}
