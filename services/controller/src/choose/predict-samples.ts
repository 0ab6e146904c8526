import type { Sample } from '@holdfast/dataset';
import { classifySamples, type EncodedModel, type Predictions } from '@holdfast/evaluation';
import type { ParameterSelector } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import type { ArrayVersion } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import type { OpenRun } from '../run/open-run.js';

/** Prepares a version of the parameters in the encoder's engine. */
export async function prepareVersion(
  run: OpenRun,
  selector: ParameterSelector,
): Promise<ArrayVersion> {
  const { parameters } = await run.clients.optimizer.prepareParameters({
    runId: run.runId,
    selector,
  });
  return run.encoders.receive(parameters);
}

/** A version of a run's parameters to classify with, with its heads unless told otherwise. */
export function toEncodedModel(
  run: OpenRun,
  parameters: ArrayVersion,
  withHeads = true,
): EncodedModel {
  const headOf = withHeads ? run.headOf : () => -1;
  return { encoder: run.encoders, runId: run.runId, parameters, headOf };
}

/** How samples are classified. */
export interface PredictOptions {
  readonly withHeads?: boolean;
  /** Stops the work between chunks. */
  readonly signal?: AbortSignal | undefined;
}

/** Classifies samples with a version of a run's parameters. */
export function predictSamples(
  run: OpenRun,
  parameters: ArrayVersion,
  samples: readonly Sample[],
  { withHeads = true, signal }: PredictOptions = {},
): Promise<Predictions> {
  const { classes, spaces } = run.tasks;
  const { prompts } = run;
  const temperature = run.plan.constraints.constraintTemperature;
  const model = toEncodedModel(run, parameters, withHeads);
  const classification = { classes, spaces, prompts, samples, temperature };
  return classifySamples(model, classification, signal === undefined ? {} : { signal });
}
