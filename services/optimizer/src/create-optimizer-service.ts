import type { Engine } from '@holdfast/engine';
import type { OptimizerServiceImplementation } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { createRunStore } from '@holdfast/run-kit';
import { createCheckpoint } from './checkpoint.js';
import { createCloseRun } from './close-run.js';
import { createEstimateObjective } from './estimate-objective.js';
import { createExportModel } from './export-model.js';
import { createKeepGradient } from './keep-gradient.js';
import { createOpenRun } from './open-run.js';
import type { RunStore } from './optimizer-run.js';
import { createPrepareParameters } from './prepare-parameters.js';
import { createRestore } from './restore.js';
import { createStep } from './step.js';

/** What an optimizer service is made with. */
export interface OptimizerServiceOptions {
  /** Shared with an encoder service of the same process, if there is one. */
  readonly engine: Engine;
  /** Folders that models and checkpoints must lie in. */
  readonly roots: readonly string[];
  /** Runs that may be open at once. Default 16. */
  readonly runsMax?: number;
}

/** Makes the optimizer step service over an engine: the one writer of weights. */
export function createOptimizerService(
  options: OptimizerServiceOptions,
): OptimizerServiceImplementation {
  const { engine, roots, runsMax = 16 } = options;
  const store: RunStore = createRunStore('the optimizer', runsMax);
  const places = { engine, roots };
  return {
    getInfo: async () => ({ engineId: engine.id }),
    openRun: createOpenRun(store, places),
    closeRun: createCloseRun(store, engine),
    estimateObjective: createEstimateObjective(store),
    keepGradient: createKeepGradient(store, engine),
    step: createStep(store, engine),
    checkpoint: createCheckpoint(store, places),
    restore: createRestore(store, places),
    prepareParameters: createPrepareParameters(store, places),
    exportModel: createExportModel(store, places),
  };
}
