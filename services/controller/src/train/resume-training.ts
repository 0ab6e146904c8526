import { describeError, Fault, isFault } from '@holdfast/fault';
import { listCheckpoints, type RunProgress } from '@holdfast/run-store';
import type { OpenRun } from '../run/open-run.js';
import { restoreCheckpoint } from './checkpoint.js';

/** A checkpoint that could not be used, and why. */
export interface DamagedCheckpoint {
  readonly step: number;
  readonly reason: string;
}

function isDamage(error: unknown): boolean {
  return isFault(error) && (error.kind === 'invalid' || error.kind === 'not-found');
}

/**
 * Puts a run back to its newest checkpoint that is what was written.
 *
 * @returns Undefined where the run has no checkpoint.
 * @throws Fault `precondition` if every checkpoint is damaged.
 */
export async function resumeTraining(
  run: OpenRun,
  onDamaged: (checkpoint: DamagedCheckpoint) => Promise<void>,
): Promise<RunProgress | undefined> {
  const steps = await listCheckpoints(run.folder);
  const reasons: string[] = [];
  for (const step of steps.reverse()) {
    try {
      return await restoreCheckpoint(run, step);
    } catch (error) {
      if (!isDamage(error)) throw error;
      const reason = describeError(error);
      reasons.push(`after ${step} steps: ${reason}`);
      await onDamaged({ step, reason });
    }
  }
  if (reasons.length === 0) return undefined;
  throw new Fault(
    'precondition',
    `every checkpoint of ${run.folder.path} is damaged; put one back from a backup, or start a new run:\n  ${reasons.join('\n  ')}`,
  );
}
