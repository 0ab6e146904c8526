import picocolors from 'picocolors';
import type { Environment, Output, Terminal } from '../terminal/terminal.js';

/** A terminal for tests: keeps what is written, and takes interrupts and time from the test. */
export interface FakeTerminal extends Terminal {
  readonly written: { output: string; progress: string };
  readonly exits: number[];
  interrupt(): void;
  advance(milliseconds: number): void;
}

/** Makes one; without colours, and no terminal unless told otherwise. */
export function createFakeTerminal(
  options: { isTerminal?: boolean; cwd?: string; environment?: Environment } = {},
): FakeTerminal {
  const written = { output: '', progress: '' };
  const exits: number[] = [];
  const listeners = new Set<() => void>();
  let time = 0;
  const createOutput = (stream: 'output' | 'progress'): Output => ({
    write: (text) => {
      written[stream] += text;
    },
    isTerminal: options.isTerminal ?? false,
    columns: () => 80,
    rows: () => 24,
    colors: picocolors.createColors(false),
  });
  return {
    output: createOutput('output'),
    progress: createOutput('progress'),
    environment: options.environment ?? {},
    cwd: options.cwd ?? process.cwd(),
    now: () => time,
    onInterrupt(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    exit: (code) => exits.push(code),
    written,
    exits,
    interrupt: () => {
      for (const listener of listeners) listener();
    },
    advance: (milliseconds) => {
      time += milliseconds;
    },
  };
}
