import { Fault } from '@holdfast/fault';
import type { EncodeResponse } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { TensorReference } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { fromMatrix } from '@holdfast/run-kit';
import type { StepResult } from '@holdfast/run-store';
import { fromDuration } from '@holdfast/service-kit';
import { selectRows } from '@holdfast/tensor';
import { type RepeatPolicy, repeatStep } from '../replicas/repeat-step.js';
import type { OpenRun } from '../run/open-run.js';
import type { WatchPhase } from '../run/run-observer.js';
import { settleAll } from '../run/settle-all.js';
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

/** What a step's terms say of themselves; one that has no words of its own is listed with its value. */
function mergeLogs({ parts }: StepBatch, estimates: readonly TermEstimate[]): Partial<StepResult> {
  const unsaid = estimates.flatMap(({ value, log }, i) =>
    log === undefined ? [{ name: parts[i]!.term.name, value }] : [],
  );
  const said: Partial<StepResult> = Object.assign({}, ...estimates.map(({ log }) => log));
  return unsaid.length === 0 ? said : { ...said, terms: [...(said.terms ?? []), ...unsaid] };
}

/** A step's gradient in the optimizer's engine, and what was found on the way. */
interface StepGradient {
  readonly gradient: TensorReference;
  readonly log: Partial<StepResult>;
  readonly responses: readonly EncodeResponse[];
}

/** Embeds what the terms ask for, estimates them side by side, and goes back by the sum of their gradients. */
async function computeGradient(
  run: OpenRun,
  step: number,
  batch: StepBatch,
  watchPhase: WatchPhase,
): Promise<StepGradient> {
  const embedded = await watchPhase('encode', () => embedStep(run, step, batch));
  const estimates = await watchPhase('estimate', () =>
    settleAll(batch.parts.map((part) => estimateTerm(run, step, part, embedded))),
  );
  batch.parts.forEach((part, i) => {
    requireFinite(part, estimates[i]!, step);
  });
  const sum = sumGradients(
    embedded,
    batch.parts.map((part, i) => ({ ...part, ...estimates[i]! })),
    { omitImages: !run.imagesTrain },
  );
  const gradient = await watchPhase('backpropagate', () =>
    run.encoders.backpropagate({
      runId: run.runId,
      step,
      parameters: parametersAfter(step),
      imageGradients: sum.images && fromMatrix(sum.images),
      textGradients: fromMatrix(sum.texts),
    }),
  );
  return { gradient, log: mergeLogs(batch, estimates), responses: embedded.responses };
}

/** Moves the weights, and gives them to the encoders. */
async function applyGradient(
  { runId, lease, clients, encoders }: OpenRun,
  step: number,
  gradient: TensorReference,
  watchPhase: WatchPhase,
): Promise<Pick<StepResult, 'learningRate' | 'gradientNorm'>> {
  const applied = await watchPhase('update', () =>
    clients.optimizer.step({ runId, leaseTerm: lease.term, step, gradients: [gradient] }),
  );
  await watchPhase('share', () => encoders.receive(applied.parameters));
  return applied;
}

/** How long an encoder waited for the pixels of a batch. */
function imageWaitSeconds({ imageWait }: EncodeResponse): number {
  return imageWait === undefined ? 0 : fromDuration(imageWait) / 1000;
}

/**
 * One training step: a gradient, and the weights moved along it.
 *
 * Until the weights move, a failure repeats everything from Encode on, also where an encoder lost the batch that it kept.
 * Once they may have moved, Encode would be refused, and the move alone is repeated.
 */
export async function trainStep(
  run: OpenRun,
  step: number,
  batch: StepBatch,
  { watchPhase, ...policy }: RepeatPolicy & { readonly watchPhase: WatchPhase },
): Promise<TakenStep> {
  const { gradient, log, responses } = await repeatStep(
    () => computeGradient(run, step, batch, watchPhase),
    { kinds: ['unavailable', 'not-retained'], ...policy },
  );
  const { learningRate, gradientNorm } = await repeatStep(
    () => applyGradient(run, step, gradient, watchPhase),
    { kinds: ['unavailable'], ...policy },
  );
  const silent = { objective: 0, penalty: 0, learningRate, gradientNorm, tasks: [] };
  return {
    result: { step, ...silent, ...log },
    imageWaitSeconds: responses.reduce((sum, response) => sum + imageWaitSeconds(response), 0),
    activations: describePassing(responses[0]!),
  };
}
