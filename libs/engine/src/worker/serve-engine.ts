import { packFault } from '@holdfast/fault';
import type { Engine } from '../engine.js';
import { type CallMessage, prepareTransfer, type ThreadMessage } from './messages.js';

/** The thread's end of a channel. */
export interface ThreadPort {
  on(event: 'message', listener: (message: CallMessage) => void): unknown;
  postMessage(message: ThreadMessage, transfer?: readonly ArrayBuffer[]): void;
}

/** Answers every call on a port with what an engine answers. Arrays are moved, not copied. */
export function serveEngine(engine: Engine, port: ThreadPort): void {
  port.on('message', async ({ call, method, request }) => {
    try {
      const answer = await engine[method](request as never);
      const { value, buffers } = prepareTransfer(answer);
      port.postMessage({ call, value }, buffers);
    } catch (error) {
      port.postMessage({ call, error: packFault(error) });
    }
  });
  port.postMessage({ ready: engine.description });
}
