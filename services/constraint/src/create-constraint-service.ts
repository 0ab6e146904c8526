import type { ConstraintServiceImplementation } from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { createRunStore } from '@holdfast/run-kit';
import { createCloseRun } from './close-run.js';
import type { RunStore } from './constraint-run.js';
import { createEstimate } from './estimate.js';
import { createExportState } from './export-state.js';
import { createImportState } from './import-state.js';
import { createOpenRun } from './open-run.js';
import { createRecordReference } from './record-reference.js';
import { createUpdateMultipliers } from './update-multipliers.js';

/** What a constraint service is made with. */
export interface ConstraintServiceOptions {
  /** Runs that may be open at once. Default 64. */
  readonly runsMax?: number;
}

/** Makes the constraint estimation service: per-task state, reference records and gradients of runs. */
export function createConstraintService(
  options: ConstraintServiceOptions = {},
): ConstraintServiceImplementation {
  const store: RunStore = createRunStore('the constraint service', options.runsMax ?? 64);
  return {
    openRun: createOpenRun(store),
    closeRun: createCloseRun(store),
    recordReference: createRecordReference(store),
    estimate: createEstimate(store),
    updateMultipliers: createUpdateMultipliers(store),
    exportState: createExportState(store),
    importState: createImportState(store),
  };
}
