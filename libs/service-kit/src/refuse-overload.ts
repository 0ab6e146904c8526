import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import type { Fault } from '@holdfast/fault';
import { refuseCall } from './refuse-call.js';

/** Says of a method why a call is refused whatever it says; undefined: it is not. */
export type FindRefusal = (method: string) => Fault | undefined;

/** Refuses calls for which their service has no room, before any of their messages is read. @param asked by service */
export function createOverloadInterceptor(
  asked: ReadonlyMap<string, FindRefusal | undefined>,
): ServerInterceptor {
  return ({ path }, call) => {
    const [, service = '', method = ''] = path.split('/');
    const fault = asked.get(service)?.(method);
    return fault === undefined ? new ServerInterceptingCall(call) : refuseCall(call, fault, path);
  };
}
