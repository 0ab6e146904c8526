import type { ServerInterceptor } from '@grpc/grpc-js';
import { isPublic } from './refuse-call.js';

/** Enough for the name of a service. */
export const publicMessageMaxBytes = 1024;

/**
 * Has what anyone may send be small: a larger message is refused when its length is read, before it is held. grpc-js has one limit for
 * all methods of a server and looks for it in each call, out of sight of interceptors, so that the call itself is changed.
 *
 * @param first the first interceptor, which is given the call of grpc-js
 */
export function limitPublicMessages(first: ServerInterceptor): ServerInterceptor {
  return (method, call) => {
    if (isPublic(method.path)) {
      const { decoder } = call as { decoder?: object };
      Object.assign(decoder ?? {}, { maxReadMessageLength: publicMessageMaxBytes });
      Object.assign(call, { maxReceiveMessageSize: publicMessageMaxBytes });
    }
    return first(method, call);
  };
}
