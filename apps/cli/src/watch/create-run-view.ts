import type { Output } from '../terminal/terminal.js';
import { createLiveView } from './live-view.js';
import { createPlainView } from './plain-view.js';
import type { RunView } from './run-view.js';

/** A live picture at a terminal, a line every few seconds elsewhere. */
export function createRunView(output: Output, now: () => number): RunView {
  return output.isTerminal ? createLiveView(output, now) : createPlainView(output, now);
}
