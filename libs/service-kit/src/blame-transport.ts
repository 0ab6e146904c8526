import {
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status,
} from '@grpc/grpc-js';
import { Fault } from '@holdfast/fault';
import { toStatus } from './refuse-call.js';

/** What grpc-js says with INTERNAL of bytes that a client sent, and what it means. */
const mistakes: readonly (readonly [said: string, meaning: string])[] = [
  ['Error deserializing request', 'the message cannot be decoded as the request of this method'],
  ['Failed to decompress message', 'the message cannot be decompressed as grpc-encoding says'],
  [
    'Invalid grpc-timeout value',
    'grpc-timeout is no number of up to 8 digits and a unit: H M S m u n',
  ],
];

const sentCodes = new WeakMap<ServerInterceptingCallInterface, number>();

/** The code that a call ended with, whoever sent it, for the interceptor after {@link createTransportBlamer}. */
export function findSentCode(call: ServerInterceptingCallInterface): number | undefined {
  return sentCodes.get(call);
}

/**
 * Says INVALID_ARGUMENT of what a client sent and grpc-js could not read, with details as every other refusal. grpc-js says INTERNAL,
 * by which clients and alerts understand that the service is broken. It sends these past all interceptors, so that the
 * call itself is changed: this interceptor must be the first.
 */
export function createTransportBlamer(): ServerInterceptor {
  return ({ path }, call) => {
    const sendStatus = call.sendStatus.bind(call);
    const sendMessage = call.sendMessage.bind(call);
    let hasEnded = false;
    // An answer that was under way when a later message of the stream could not be read: written after the end, it would keep the
    // status from being sent.
    call.sendMessage = (message, callback) => {
      if (!hasEnded) sendMessage(message, callback);
    };
    call.sendStatus = (sent) => {
      hasEnded = true;
      const isOurs = sent.code !== status.INTERNAL || sent.metadata != null;
      const mistake = isOurs
        ? undefined
        : mistakes.find(([said]) => sent.details?.startsWith(said));
      const said = mistake === undefined ? sent : toStatus(new Fault('invalid', mistake[1]), path);
      if (!sentCodes.has(outer)) sentCodes.set(outer, said.code ?? status.UNKNOWN);
      sendStatus(said);
    };
    const outer = new ServerInterceptingCall(call);
    return outer;
  };
}
