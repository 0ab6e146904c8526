import { type Fault, unpackFault } from '@holdfast/fault';
import {
  type CallMessage,
  type EngineMethod,
  prepareTransfer,
  type ThreadMessage,
} from './messages.js';

/** The main thread's end of a channel. */
export interface CallerPort {
  postMessage(message: CallMessage, transfer: readonly ArrayBuffer[]): void;
}

/** Calls over a channel that are waiting for their answers. */
export interface ThreadCalls {
  call(method: EngineMethod, request: unknown): Promise<unknown>;
  /** Takes an answer in. */
  receive(message: ThreadMessage): void;
  /** Fails every waiting and every later call. */
  fail(reason: Fault): void;
  /** Whether a call is waiting. */
  readonly busy: boolean;
  /** Why every call fails; undefined while none has to. */
  readonly failure: Fault | undefined;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Fault): void;
}

/** Numbers calls and matches the answers with them. */
export function createThreadCalls(port: CallerPort): ThreadCalls {
  const waiting = new Map<number, Waiting>();
  let calls = 0;
  let failure: Fault | undefined;
  return {
    get busy() {
      return waiting.size > 0;
    },
    get failure() {
      return failure;
    },
    call(method, request) {
      if (failure !== undefined) return Promise.reject(failure);
      calls += 1;
      const call = calls;
      return new Promise((resolve, reject) => {
        waiting.set(call, { resolve, reject });
        const { value, buffers } = prepareTransfer(request);
        port.postMessage({ call, method, request: value }, buffers);
      });
    },
    receive(message) {
      if (!('call' in message)) return;
      const caller = waiting.get(message.call);
      waiting.delete(message.call);
      if ('error' in message) caller?.reject(unpackFault(message.error));
      else caller?.resolve(message.value);
    },
    fail(reason) {
      failure = reason;
      for (const { reject } of waiting.values()) reject(reason);
      waiting.clear();
    },
  };
}
