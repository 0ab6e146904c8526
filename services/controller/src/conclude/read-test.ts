import { samplesWithRole } from '@holdfast/dataset';
import {
  describeSpaces,
  pairPredictions,
  referenceParameters,
  showsTasks,
} from '@holdfast/evaluation';
import type { CompareResponse } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { SpaceRecord } from '@holdfast/run-store';
import type { Choice } from '../choose/choose-candidate.js';
import { selectorOf } from '../choose/contenders.js';
import { predictSamples, prepareVersion } from '../choose/predict-samples.js';
import type { OpenRun } from '../run/open-run.js';

/** What both models get right on test images. */
export interface TestReading {
  readonly comparison: CompareResponse;
  readonly spaces: readonly SpaceRecord[];
}

/**
 * Compares the chosen candidate with the reference on test data, with bounds at the level of its judgement; undefined where there
 * is none of a target and of a protected task: a gain, and a smallest change, of nothing would be 0.
 */
export async function readTest(
  run: OpenRun,
  { candidate, level }: Pick<Choice, 'candidate' | 'level'>,
  signal: AbortSignal,
): Promise<TestReading | undefined> {
  const samples = samplesWithRole(run.dataset, 'test');
  if (!showsTasks(run)) return undefined;
  const reference = await predictSamples(run, referenceParameters, samples, { signal });
  const parameters = await prepareVersion(run, selectorOf(run, candidate));
  const predictions = await predictSamples(run, parameters, samples, { signal });
  const pair = { samples, reference, candidate: predictions };
  const tasks = pairPredictions(run.tasks, pair);
  return {
    comparison: await run.clients.evaluator.compare({ tasks, level }),
    spaces: describeSpaces(run.tasks, pair),
  };
}
