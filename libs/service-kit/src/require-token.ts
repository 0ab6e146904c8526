import { createHash, timingSafeEqual } from 'node:crypto';
import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptor,
  status,
} from '@grpc/grpc-js';

/** Kubernetes probes carry no token, and health says nothing worth one. */
const publicService = '/grpc.health.v1.Health/';

const refusal = {
  code: status.UNAUTHENTICATED,
  details: 'this server needs the metadata "authorization: Bearer <token>" with its token',
};

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
            else call.sendStatus(refusal);
          },
        }),
    });
  };
}

/** Digests are of one length, which a comparison in constant time needs. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
