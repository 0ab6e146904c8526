import { pathToFileURL } from 'node:url';
import { isFault } from '@holdfast/fault';
import type { ControllerOptions } from './controller-options.js';
import { isInterrupted, listInterrupted } from './list-runs.js';
import { resumeRun } from './resume-run.js';
import type { RunRegistry } from './run-registry.js';

/** How interrupted runs are taken up. */
export interface ResumeInterruptedOptions extends Pick<ControllerOptions, 'roots' | 'runsPath'> {
  /** Told of a run that cannot be taken up; the others are. */
  readonly onRefused: (runPath: string, error: unknown) => void;
  /** Takes up no further run. */
  readonly signal: AbortSignal;
}

/**
 * Goes on with the runs of a folder of runs whose process ended before they did, one after the other in the order in
 * which they were submitted; resolves when the last one has begun. One that somebody takes up meanwhile is left to them.
 */
export async function resumeInterrupted(
  registry: RunRegistry,
  { roots, runsPath, onRefused, signal }: ResumeInterruptedOptions,
): Promise<void> {
  for (const runPath of await listInterrupted(runsPath)) {
    await resumeOne(registry, { roots, runPath, signal }).catch((error) =>
      onRefused(runPath, error),
    );
  }
}

async function resumeOne(
  registry: RunRegistry,
  {
    roots,
    runPath,
    signal,
  }: { readonly roots: readonly string[]; readonly runPath: string; readonly signal: AbortSignal },
): Promise<void> {
  for (;;) {
    await registry.idle();
    if (signal.aborted || !(await isInterrupted(runPath))) return;
    try {
      await resumeRun(registry, roots, { runUri: pathToFileURL(runPath).href });
      return;
    } catch (error) {
      // Another run was submitted in between.
      if (!isFault(error) || error.kind !== 'exhausted') throw error;
    }
  }
}
