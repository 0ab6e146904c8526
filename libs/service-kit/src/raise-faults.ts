import { type CallOptions, ClientError, type ClientMiddlewareCall, type Metadata } from 'nice-grpc';
import { decodeFault, detailsTrailer } from './fault-status.js';
import { isAbortError, toFault } from './to-fault.js';

/** Client middleware: a gRPC status becomes the Fault that the service threw, violations included. */
export async function* raiseFaults<Request, Response>(
  call: ClientMiddlewareCall<Request, Response>,
  options: CallOptions,
) {
  let trailer: Metadata | undefined;
  const onTrailer = (received: Metadata) => {
    trailer = received;
    options.onTrailer?.(received);
  };
  try {
    return yield* call.next(call.request, { ...options, onTrailer });
  } catch (error) {
    if (!(error instanceof ClientError) || isAbortError(error)) {
      throw toFault(error, call.method.path);
    }
    const details = trailer?.get(detailsTrailer);
    const status = { code: error.code, message: error.details };
    throw decodeFault(details instanceof Uint8Array ? { ...status, details } : status, error);
  }
}
