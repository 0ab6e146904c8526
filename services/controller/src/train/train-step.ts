import { Fault } from '@holdfast/fault';
import { fromMatrix } from '@holdfast/run-kit';
import type { StepResult } from '@holdfast/run-store';
import { selectRows } from '@holdfast/tensor';
import type { OpenRun } from '../run/open-run.js';
import { shareTensor } from '../share-tensor.js';
import { sumGradients } from '../terms/sum-gradients.js';
import type { TermEstimate } from '../terms/term.js';
import { type EmbeddedStep, embedStep, parametersAfter } from './embed-step.js';
import type { StepBatch, StepPart } from './step-batch.js';
import { describePassing } from './training-time.js';

/** A step that was taken. */
export interface TakenStep {
  readonly result: StepResult;
  /** The encoder waited for the pixels of the images. */
  readonly imageWaitSeconds: number;
  /** How the encoder kept what the way back needed. */
  readonly activations: string;
}

/** Refuses a term that is not a number, saying which one; the last checkpoint stays good. */
function requireFinite(
  { term }: StepPart,
  { value, parts = [] }: TermEstimate,
  step: number,
): void {
  const bad = [...parts, { name: term.name, value }].find((part) => !Number.isFinite(part.value));
  if (bad === undefined) return;
  throw new Fault(
    'aborted',
    `training diverged at step ${step}: ${bad.name} is ${bad.value}. The last checkpoint is kept; a smaller training.learningRate usually helps`,
  );
}

/** What a term makes of its rows of a step. */
function estimateTerm(
  { imagesTrain }: OpenRun,
  step: number,
  { batch, imageRows, textRows, referenceTextRows }: StepPart,
  embedded: EmbeddedStep,
): Promise<TermEstimate> {
  return batch.estimate(step, {
    images: selectRows(embedded.images, imageRows),
    texts: selectRows(embedded.texts, textRows),
    omitImageGradients: !imagesTrain,
    async reference() {
      const { images, texts } = await embedded.reference();
      return { images, texts: selectRows(texts, referenceTextRows) };
    },
  });
}

/** One training step: embed what the terms ask for, estimate them side by side, go back by the sum of their gradients, move the weights. */
export async function trainStep(run: OpenRun, step: number, batch: StepBatch): Promise<TakenStep> {
  const { runId } = run;
  const embedded = await embedStep(run, step, batch);
  const estimates = await Promise.all(
    batch.parts.map((part) => estimateTerm(run, step, part, embedded)),
  );
  batch.parts.forEach((part, i) => {
    requireFinite(part, estimates[i]!, step);
  });
  const sum = sumGradients(
    embedded,
    batch.parts.map((part, i) => ({ ...part, ...estimates[i]! })),
    { omitImages: !run.imagesTrain },
  );
  const { gradient } = await run.clients.encoder.backpropagate({
    runId,
    step,
    parameters: parametersAfter(step),
    imageGradients: sum.images && fromMatrix(sum.images),
    textGradients: fromMatrix(sum.texts),
  });
  if (gradient === undefined) throw new Fault('internal', 'the encoder answered no gradient');
  const { parameters, learningRate, gradientNorm } = await run.clients.optimizer.step({
    runId,
    step,
    gradient: await shareTensor(gradient, run.encoder, run.optimizer),
  });
  if (parameters === undefined) throw new Fault('internal', 'the optimizer answered no parameters');
  await shareTensor(parameters, run.optimizer, run.encoder);
  const silent = { objective: 0, penalty: 0, learningRate, gradientNorm, tasks: [] };
  return {
    result: Object.assign({ step, ...silent }, ...estimates.map(({ log }) => log)),
    imageWaitSeconds: embedded.responses.reduce(
      (all, response) => all + response.imageWaitSeconds,
      0,
    ),
    activations: describePassing(embedded.responses[0]!),
  };
}
