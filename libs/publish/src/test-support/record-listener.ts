import type { RunEnd } from '../run/run-end.js';
import type { RunFacts } from '../run/run-facts.js';
import type { TimedStep } from '../run/timed-step.js';
import type { RunListener } from '../run-listener.js';

/** A listener that keeps what it is told, and knows its steps again. */
export interface RecordListener extends RunListener {
  facts?: RunFacts;
  readonly told: TimedStep[];
  readonly ends: RunEnd[];
  /** Calls of `steps` that fail before one is taken. */
  failures: number;
}

/** Makes one. */
export function createRecordListener(): RecordListener {
  const told: TimedStep[] = [];
  const ends: RunEnd[] = [];
  const listener: RecordListener = {
    name: 'a test',
    told,
    ends,
    failures: 0,
    async begin(run) {
      listener.facts = run;
      return told.length;
    },
    async steps(steps) {
      if (listener.failures > 0) {
        listener.failures -= 1;
        throw new Error('not now');
      }
      told.push(...steps);
    },
    async end(end) {
      ends.push(end);
    },
  };
  return listener;
}
