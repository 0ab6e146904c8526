import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '@holdfast/fault';
import {
  describeRunFolder,
  type RunFolder,
  readRunJournal,
  readVerdict,
} from '@holdfast/run-store';
import { followSteps } from './run/follow-steps.js';
import { findEnd, type RunEnd } from './run/run-end.js';
import { readRunFacts } from './run/run-facts.js';
import type { TimedStep } from './run/timed-step.js';
import type { RunListener } from './run-listener.js';

/** How a run is published. */
export interface PublishOptions {
  /** Goes on until the run ends. Otherwise what there is now is told. */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
  /** Told of each failure after which it is tried again. */
  readonly onFailure?: (message: string) => void;
  /** Milliseconds between two looks at the folder. */
  readonly pollMs?: number;
  /** Milliseconds from the run's end to giving up. */
  readonly endMs?: number;
}

const defaults = { pollMs: 5000, endMs: 60_000 };

/**
 * Tells a listener of a run, from the run's folder alone: the run knows nothing of it, waits for nothing and cannot
 * fail by it. The folder is the queue, so nothing is lost: a listener that fails is told again from where it says it
 * is, and what it did not get in time it gets from a later call.
 *
 * @returns whether the run has ended, and the listener knows it.
 * @throws whatever the listener throws, where nothing is followed or the time after the run's end is over.
 */
export async function publishRun(
  runPath: string,
  listener: RunListener,
  options: PublishOptions = {},
): Promise<boolean> {
  const { follow = false, signal, onFailure, pollMs, endMs } = { ...defaults, ...options };
  const folder = describeRunFolder(runPath);
  let giveUpAt = Infinity;
  const onEnd = () => {
    giveUpAt = Math.min(giveUpAt, performance.now() + endMs);
  };
  for (;;) {
    try {
      return await tell(folder, listener, { follow, signal, pollMs, onEnd });
    } catch (error) {
      if (!follow || signal?.aborted) throw error;
      if (await hasEnded(folder)) onEnd();
      if (performance.now() > giveUpAt) throw error;
      onFailure?.(`${listener.name}: ${describeError(error)}`);
    }
    await sleep(pollMs, undefined, { signal });
  }
}

interface TellOptions {
  readonly follow: boolean;
  readonly signal: AbortSignal | undefined;
  readonly pollMs: number;
  /** The run has ended. */
  onEnd(): void;
}

/** Tells it everything from the beginning on. */
async function tell(
  folder: RunFolder,
  listener: RunListener,
  { follow, signal, pollMs, onEnd }: TellOptions,
): Promise<boolean> {
  let entries = await readRunJournal(folder);
  // What is `auto` in a plan, and the names of tasks, are known before the first step.
  while (follow && findEnd(entries) === undefined && !(await hasSteps(folder))) {
    await sleep(pollMs, undefined, { signal });
    entries = await readRunJournal(folder);
  }
  const facts = await readRunFacts(folder, entries);
  const reader = followSteps(folder, await listener.begin(facts, signal));
  const planned = Number(facts.parameters.get('training.steps'));
  for (;;) {
    // Read before the steps: a run that has ended has written all of them.
    entries = await readRunJournal(folder);
    const end = findEnd(entries);
    if (end !== undefined) onEnd();
    const steps = await reader.next();
    if (steps.length > 0) {
      const span = end?.at === undefined ? undefined : (end.at - facts.startedAt) / planned;
      await listener.steps(steps.map((step) => timeStep(step, facts.startedAt, span)));
      continue;
    }
    if (end !== undefined) {
      await listener.end(await readEnd(folder, end));
      return true;
    }
    if (!follow) return false;
    await sleep(pollMs, undefined, { signal });
  }
}

/** Of a run that has ended, steps are thought to be spread evenly over it; of one that goes on, they are from now. */
function timeStep(
  step: Omit<TimedStep, 'at'>,
  startedAt: number,
  msPerStep: number | undefined,
): TimedStep {
  const at = msPerStep === undefined ? Date.now() : startedAt + (step.step + 1) * msPerStep;
  return { ...step, at: Math.round(at) };
}

async function readEnd(folder: RunFolder, end: Omit<RunEnd, 'verdict'>): Promise<RunEnd> {
  return end.state === 'completed' ? { ...end, verdict: await readVerdict(folder.verdict) } : end;
}

async function hasEnded(folder: RunFolder): Promise<boolean> {
  return readRunJournal(folder).then(
    (entries) => findEnd(entries) !== undefined,
    () => false,
  );
}

async function hasSteps(folder: RunFolder): Promise<boolean> {
  return (await followSteps(folder, 0).next()).length > 0;
}
