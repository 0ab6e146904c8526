import { createHash, timingSafeEqual } from 'node:crypto';
import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { Fault } from '@holdfast/fault';
import { type Changing, readCurrent } from './changing.js';
import { isPublic, toStatus } from './refuse-call.js';

const refusal = new Fault(
  'unauthenticated',
  'this server needs the metadata "authorization: Bearer <token>" with its token',
);

/** The tokens in a text, one a line. A server takes each of them, a client sends the first. */
export function readTokens(text: string): string[] {
  return text.split(/\s*\n\s*/).flatMap((line) => line.trim() || []);
}

/**
 * Refuses calls without a token before any of their messages is read.
 *
 * @param token one or, a line each, several that are valid
 */
export function createTokenInterceptor(token: Changing<string>): ServerInterceptor {
  const isAllowed = (header: string) => {
    const given = digest(header);
    const expected = readTokens(readCurrent(token)).map((one) => digest(`Bearer ${one}`));
    // All are compared, so that the time says nothing of which one it was.
    return expected.filter((one) => timingSafeEqual(given, one)).length > 0;
  };
  return (method, call) => {
    if (isPublic(method.path)) return new ServerInterceptingCall(call);
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, proceed) => {
            if (isAllowed(String(metadata.get('authorization')[0] ?? ''))) proceed(metadata);
            else call.sendStatus(toStatus(refusal, method.path));
          },
        }),
    });
  };
}

/** Digests are of one length, which a comparison in constant time needs. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
