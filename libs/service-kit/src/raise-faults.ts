import { type CallOptions, ClientError, type ClientMiddlewareCall, type Metadata } from 'nice-grpc';
import { decodeFault, detailsTrailer } from './fault-status.js';
import { isAbortError, toFault } from './to-fault.js';
import { TransportFault } from './transport-fault.js';

/**
 * Client middleware: a gRPC status becomes the Fault that the service threw, violations included, or a
 * {@link TransportFault} where none did.
 *
 * @param address where the service is, for messages
 */
export function createFaultRaiser(address: string) {
  return async function* raiseFaults<Request, Response>(
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
      const { path } = call.method;
      if (!(error instanceof ClientError) || isAbortError(error)) throw toFault(error, path);
      const { code, details: message } = error;
      const details = trailer?.get(detailsTrailer);
      if (details instanceof Uint8Array) throw decodeFault({ code, message, details }, error);
      throw new TransportFault(code, `${path} at ${address} failed: ${message}`, error);
    }
  };
}
