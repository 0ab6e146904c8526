import type { ViolationCollector } from '@holdfast/service-kit';

const runIdLengthMax = 256;

/** Records a violation unless a run's name has 1 to 256 characters. */
export function requireRunId(runId: string, violations: ViolationCollector): void {
  violations.require(
    runId !== '' && runId.length <= runIdLengthMax,
    'run_id',
    `is required, at most ${runIdLengthMax} characters`,
  );
}
