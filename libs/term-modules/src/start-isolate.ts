import type { BackEndName } from './back-ends/back-end.js';
import type { Isolate } from './isolate.js';
import { startProcess } from './start-process.js';
import { startThread } from './start-thread.js';

/**
 * Starts a program: in a thread where TensorFlow.js is JavaScript, in a process where it is native. The native addon has
 * one state for all threads of a process, which two of them break.
 *
 * @param program from the package's sources: `thread/term-thread.js`
 */
export function startIsolate<Data extends { readonly backEnd: BackEndName }>(
  program: string,
  data: Data,
): Isolate {
  const isNative = data.backEnd === 'tfjs-node-gpu' || data.backEnd === 'tfjs-node';
  return isNative ? startProcess(program, data) : startThread(program, data);
}
