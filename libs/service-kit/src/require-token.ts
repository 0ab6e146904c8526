import { createHash, timingSafeEqual } from 'node:crypto';
import { Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { Fault } from '@holdfast/fault';
import { detailsTrailer, encodeFault } from './fault-status.js';

/** Kubernetes probes carry no token, and health says nothing worth one. */
const publicService = '/grpc.health.v1.Health/';

const refusal = new Fault(
  'unauthenticated',
  'this server needs the metadata "authorization: Bearer <token>" with its token',
);

/** Refuses calls without the token before any of their messages is read. */
export function createTokenInterceptor(token: string): ServerInterceptor {
  const expected = digest(`Bearer ${token}`);
  const isAllowed = (metadata: Metadata) =>
    timingSafeEqual(digest(String(metadata.get('authorization')[0] ?? '')), expected);
  return (method, call) => {
    if (method.path.startsWith(publicService)) return new ServerInterceptingCall(call);
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, proceed) => {
            if (isAllowed(metadata)) proceed(metadata);
            else call.sendStatus(toStatus(refusal, method.path));
          },
        }),
    });
  };
}

/** The status as grpc-js has it: this refusal comes before the middleware that writes the others. */
function toStatus(fault: Fault, path: string) {
  const { code, message, details } = encodeFault(fault, path);
  const metadata = new Metadata();
  metadata.set(detailsTrailer, Buffer.from(details));
  return { code: code as number, details: message, metadata };
}

/** Digests are of one length, which a comparison in constant time needs. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
