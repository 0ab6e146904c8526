import { Fault } from '@holdfast/fault';
import { applyNormalizers, objectives } from '@holdfast/objectives';
import type {
  EstimateObjectiveRequest,
  EstimateObjectiveResponse,
} from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { fromMatrix } from '@holdfast/run-kit';
import type { OptimizerRun, RunStore } from './optimizer-run.js';
import { parsePairs } from './parse-pairs.js';

/** Folds one batch of pairs into the normalizers, and answers the objective and its gradient. */
export function createEstimateObjective(store: RunStore) {
  return async (request: EstimateObjectiveRequest): Promise<EstimateObjectiveResponse> => {
    const run = await store.get(request.runId);
    return run.enqueue(() => estimateObjective(run, request));
  };
}

function estimateObjective(
  run: OptimizerRun,
  request: EstimateObjectiveRequest,
): EstimateObjectiveResponse {
  const { step, runId } = request;
  if (step === run.estimatedStep && run.lastEstimate !== undefined) return run.lastEstimate;
  if (step <= run.estimatedStep) {
    throw new Fault(
      'out-of-step',
      `run '${runId}' has folded in step ${run.estimatedStep}; step ${step} is over`,
    );
  }
  const { objective, contrast } = run.settings;
  const batch = parsePairs(request, run.settings);
  const estimate = objectives[objective].estimate(batch, run.normalizers, contrast);
  applyNormalizers(run.normalizers, estimate.normalizers);
  run.estimatedStep = step;
  run.lastEstimate = {
    value: estimate.value,
    imageGradients: fromMatrix(estimate.imageGradients),
    textGradients: fromMatrix(estimate.textGradients),
  };
  return run.lastEstimate;
}
