import {
  Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
} from '@grpc/grpc-js';
import type { Fault } from '@holdfast/fault';
import { detailsTrailer, encodeFault, pushbackTrailer } from './fault-status.js';

/** Whether anyone may call a method: Kubernetes probes carry no token, and health says nothing worth one. */
export function isPublic(path: string): boolean {
  return path.startsWith('/grpc.health.v1.Health/');
}

/** A call that is refused before any of its messages is read. */
export function refuseCall(
  call: ServerInterceptingCallInterface,
  fault: Fault,
  path: string,
): ServerInterceptingCall {
  return new ServerInterceptingCall(call, {
    start: (next) => next({ onReceiveMetadata: () => call.sendStatus(toStatus(fault, path)) }),
  });
}

/** The status as grpc-js has it: a refusal comes before the middleware that writes the others. */
export function toStatus(fault: Fault, path: string) {
  const { code, message, details } = encodeFault(fault, path);
  const metadata = new Metadata();
  metadata.set(detailsTrailer, Buffer.from(details));
  if (fault.retryAfterMs !== undefined) {
    metadata.set(pushbackTrailer, String(Math.ceil(fault.retryAfterMs)));
  }
  return { code: code as number, details: message, metadata };
}
