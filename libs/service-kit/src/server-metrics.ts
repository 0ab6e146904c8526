import {
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status,
} from '@grpc/grpc-js';
import type { TsProtoServiceDefinition } from 'nice-grpc';
import type { Registry } from 'prom-client';
import { findSentCode } from './blame-transport.js';
import { createCallMetrics } from './call-metrics.js';

/** Why a call has ended that nobody answered. */
function findReason(call: ServerInterceptingCallInterface): number {
  const isLate = Number(call.getDeadline()) <= Date.now();
  return isLate ? status.DEADLINE_EXCEEDED : status.CANCELLED;
}

/** Counts the calls of a server as `grpc_server_*`. Every method starts at 0. */
export function createServerMetrics(
  registry: Registry,
  definitions: readonly TsProtoServiceDefinition[],
): ServerInterceptor {
  const begin = createCallMetrics(registry, 'server', definitions);
  return (method, call) => {
    const count = begin(method);
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMessage: (message, proceed) => {
            count.received();
            proceed(message);
          },
          // grpc-js reports a passed deadline, what it refused itself and a client that left in the same way.
          onCancel: () => count.end(findSentCode(call) ?? findReason(call)),
        }),
      sendMessage: (message, next) => {
        count.sent();
        next(message);
      },
      sendStatus: (sent, next) => {
        count.end(sent.code ?? status.UNKNOWN);
        next(sent);
      },
    });
  };
}
