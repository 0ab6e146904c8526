import { samplesWithRole } from '@holdfast/dataset';
import { pairPredictions, referenceParameters } from '@holdfast/evaluation';
import type { CompareResponse } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { Candidate } from '@holdfast/run-store';
import { selectorOf } from '../choose/contenders.js';
import { predictSamples, prepareVersion } from '../choose/predict-samples.js';
import type { OpenRun } from '../run/open-run.js';

/** Compares the chosen candidate with the reference on test data; undefined where there is none. */
export async function readTest(
  run: OpenRun,
  candidate: Candidate,
  signal: AbortSignal,
): Promise<CompareResponse | undefined> {
  const samples = samplesWithRole(run.dataset, 'test');
  if (samples.length === 0) return undefined;
  const reference = await predictSamples(run, referenceParameters, samples, { signal });
  const parameters = await prepareVersion(run, selectorOf(run, candidate));
  const predictions = await predictSamples(run, parameters, samples, { signal });
  return run.clients.evaluator.compare({
    tasks: pairPredictions(run.tasks, { samples, reference, candidate: predictions }),
  });
}
