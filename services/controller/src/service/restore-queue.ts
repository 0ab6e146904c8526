import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { readOrigin } from '@holdfast/run-store';
import type { ControllerOptions } from './controller-options.js';
import { listStored } from './list-runs.js';
import { readSettledRun } from './read-stored-run.js';
import { enqueueStored } from './resume-run.js';
import type { RunRegistry } from './run-registry.js';

/** Which runs of earlier processes wait again. */
export interface RestoreQueueOptions {
  /** Also those whose process ended before they did. */
  readonly resumesInterrupted: boolean;
  /** Told of a run that cannot be taken up; the others are. */
  readonly onRefused: (runPath: string, error: unknown) => void;
}

/**
 * Lets the runs wait whose process may have ended without a word: on another machine, in another container. Takes as long as a
 * lease where one does not renew it.
 */
export async function restoreLeft(
  registry: RunRegistry,
  { runsPath, roots }: Pick<ControllerOptions, 'roots' | 'runsPath'>,
  onRefused: RestoreQueueOptions['onRefused'],
): Promise<void> {
  const states = [RunState.RUN_STATE_INTERRUPTED];
  for (const { path, run } of await listStored(runsPath, states, readSettledRun)) {
    try {
      await enqueueStored(registry, run, { origin: await readOrigin(path), roots, isNew: false });
    } catch (error) {
      onRefused(path, error);
    }
  }
  registry.begin();
}

/** Lets the runs of a folder of runs wait that waited in an earlier process; none begins yet. */
export async function restoreQueue(
  registry: RunRegistry,
  { runsPath, roots }: Pick<ControllerOptions, 'roots' | 'runsPath'>,
  { resumesInterrupted, onRefused }: RestoreQueueOptions,
): Promise<void> {
  const states = [
    RunState.RUN_STATE_QUEUED,
    ...(resumesInterrupted ? [RunState.RUN_STATE_INTERRUPTED] : []),
  ];
  for (const { path, run } of await listStored(runsPath, states)) {
    try {
      const isNew = run.startTime === undefined;
      await enqueueStored(registry, run, { origin: await readOrigin(path), roots, isNew });
    } catch (error) {
      onRefused(path, error);
    }
  }
  registry.announce();
}
