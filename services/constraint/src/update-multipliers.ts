import { drives, moveMultipliers } from '@holdfast/constraints';
import { Fault } from '@holdfast/fault';
import type {
  UpdateMultipliersRequest,
  UpdateMultipliersResponse,
} from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { collectViolations } from '@holdfast/service-kit';
import type { ConstraintRun, RunStore } from './constraint-run.js';

/** Moves the multipliers of the `measured` drive; the last measurement again changes nothing. */
export function createUpdateMultipliers(store: RunStore) {
  return async (request: UpdateMultipliersRequest): Promise<UpdateMultipliersResponse> => {
    const run = await store.get(request.runId);
    checkMoment(request, run);
    checkChanges(request, run);
    if (request.step !== run.measuredStep) {
      const { tasks, settings, state } = run;
      const multipliers = moveMultipliers(
        state.multipliers,
        tasks,
        request.changes,
        settings.multipliers,
      );
      run.state = { ...state, multipliers };
      run.measuredStep = request.step;
    }
    return { multipliers: Array.from(run.state.multipliers) };
  };
}

function checkMoment({ runId, step }: UpdateMultipliersRequest, run: ConstraintRun): void {
  if (!drives[run.settings.drive].isMeasured) {
    throw new Fault(
      'precondition',
      `run '${runId}' has the drive '${run.settings.drive}'; only 'measured' moves multipliers by measurements`,
    );
  }
  if (step >= run.measuredStep) return;
  throw new Fault(
    'out-of-step',
    `the measurement after step ${step} of run '${runId}' was passed: the last one was after ${run.measuredStep}`,
  );
}

function checkChanges({ changes }: UpdateMultipliersRequest, { tasks }: ConstraintRun): void {
  const violations = collectViolations('UpdateMultipliers');
  const isPlausible = changes.length <= tasks.length;
  const description = `has ${changes.length} changes, the run has ${tasks.length} tasks`;
  violations.require(isPlausible, 'changes', description);
  violations.throwIfAny();
  const measured = new Set<number>();
  changes.forEach(({ task, accuracyChange, standardError }, i) => {
    const field = `changes[${i}]`;
    const known = task < tasks.length;
    violations.require(known, `${field}.task`, `is ${task}, the run has ${tasks.length} tasks`);
    const isNew = measured.size !== measured.add(task).size;
    violations.require(isNew, `${field}.task`, `has task ${task} a second time`);
    violations.require(
      accuracyChange >= -1 && accuracyChange <= 1,
      `${field}.accuracy_change`,
      `must be in [-1, 1], is ${accuracyChange}`,
    );
    violations.require(
      standardError >= 0 && standardError < Infinity,
      `${field}.standard_error`,
      `must be finite and at least 0, is ${standardError}`,
    );
  });
  violations.throwIfAny();
}
