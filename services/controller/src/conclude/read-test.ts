import type { CompareResponse } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { selectorOf } from '../choose/judge-candidate.js';
import { pairPredictions } from '../choose/pair-predictions.js';
import { predictSamples, prepareVersion, referenceParameters } from '../choose/predict-role.js';
import type { OpenRun } from '../run/open-run.js';
import { selectSamples } from '../run/tasks.js';
import type { Candidate } from '../train/run-progress.js';

/** Compares the chosen candidate with the reference on test data; undefined where there is none. */
export async function readTest(
  run: OpenRun,
  candidate: Candidate,
): Promise<CompareResponse | undefined> {
  const samples = selectSamples(run.dataset, 'test');
  if (samples.length === 0) return undefined;
  const reference = await predictSamples(run, referenceParameters(run), samples);
  const parameters = await prepareVersion(run, selectorOf(run, candidate));
  const predictions = await predictSamples(run, parameters, samples);
  return run.clients.evaluator.compare({
    tasks: pairPredictions(run, samples, reference, predictions),
  });
}
