import { Fault } from '@holdfast/fault';
import type {
  BackpropagateRequest,
  EncodeResponse,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { StepResponse } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { SharedArray, type TensorReference } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { fromMatrix } from '@holdfast/run-kit';
import type { StepResult } from '@holdfast/run-store';
import { fromDuration } from '@holdfast/service-kit';
import { selectRows } from '@holdfast/tensor';
import { type RepeatPolicy, repeatStep } from '../replicas/repeat-step.js';
import type { OpenRun } from '../run/open-run.js';
import type { WatchPhase } from '../run/run-observer.js';
import { settleAll } from '../run/settle-all.js';
import { type GradientSum, type PlacedEstimate, sumGradients } from '../terms/sum-gradients.js';
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
    'diverged',
    `training diverged at step ${step}: ${bad.name} is ${bad.value}. The last checkpoint is kept; a smaller training.learningRate usually helps`,
  );
}

/** What a term makes of its rows of a step. */
function estimateTerm(
  { imagesTrain }: OpenRun,
  step: number,
  { batch, imageRows, textRows, referenceImageRows, referenceTextRows }: StepPart,
  embedded: EmbeddedStep,
): Promise<TermEstimate> {
  return batch.estimate(step, {
    images: selectRows(embedded.images, imageRows),
    texts: selectRows(embedded.texts, textRows),
    omitImageGradients: !imagesTrain,
    async reference() {
      const { images, texts } = await embedded.reference();
      return {
        images: selectRows(images, referenceImageRows),
        texts: selectRows(texts, referenceTextRows),
      };
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

/** A step's gradients in the optimizer's engine, and what was found on the way. */
interface StepGradients {
  /** That of the terms; that of the guards, where they have one and it is not kept. */
  readonly gradients: readonly TensorReference[];
  /** Gradients of guards that the optimizer keeps, each of one task. */
  readonly kept: number;
  readonly log: Partial<StepResult>;
  readonly responses: readonly EncodeResponse[];
}

/**
 * Embeds what the terms ask for, estimates them side by side, and goes back by the sum of their gradients; by that of the
 * guards' apart, or by that of each of their tasks, which the optimizer keeps, unless none of them pulls.
 */
async function computeGradients(
  run: OpenRun,
  step: number,
  batch: StepBatch,
  watchPhase: WatchPhase,
): Promise<StepGradients> {
  const embedded = await watchPhase('encode', () => embedStep(run, step, batch));
  const estimates = await watchPhase('estimate', () =>
    settleAll(batch.parts.map((part) => estimateTerm(run, step, part, embedded))),
  );
  batch.parts.forEach((part, i) => {
    requireFinite(part, estimates[i]!, step);
  });
  const placed = batch.parts.map((part, i) => ({ ...part, ...estimates[i]! }));
  const sum = (estimates: readonly PlacedEstimate[]) =>
    sumGradients(embedded, estimates, { omitImages: !run.imagesTrain });
  const guarding = placed.filter(({ term }) => term.isGuard);
  const holdsEach = guarding.some(({ term }) => term.holdsEach);
  const guards = listGuards(guarding, holdsEach).map(sum).filter(pulls);
  const goBack = ({ images, texts }: GradientSum, rest: Partial<BackpropagateRequest> = {}) =>
    run.encoders.backpropagate({
      runId: run.runId,
      step,
      parameters: parametersAfter(step),
      imageGradients: images && fromMatrix(images),
      textGradients: fromMatrix(texts),
      ...rest,
    });
  const found = await watchPhase('backpropagate', async () => {
    const terms = sum(placed.filter(({ term }) => !term.isGuard));
    const first = await goBack(terms, { keepBatch: guards.length > 0 });
    const back: TensorReference[] = [];
    for (const [index, guard] of guards.entries()) {
      const array = SharedArray.SHARED_ARRAY_TASK_GRADIENT;
      const gradient = await goBack(guard, { array, keepBatch: index < guards.length - 1 });
      if (holdsEach) await keepGradient(run, { step, index, gradient });
      else back.push(gradient);
    }
    return { gradients: [first, ...back], kept: holdsEach ? guards.length : 0 };
  });
  return { ...found, log: mergeLogs(batch, estimates), responses: embedded.responses };
}

type GuardEstimate = PlacedEstimate & Pick<TermEstimate, 'apart'>;

/** Of which estimates each guard of a step is the sum: of all, or of one task. */
function listGuards(
  guarding: readonly GuardEstimate[],
  holdsEach: boolean,
): readonly (readonly PlacedEstimate[])[] {
  if (!holdsEach) return [guarding];
  return guarding.flatMap(
    ({ apart, ...whole }) => apart?.map((task) => [{ ...whole, ...task }]) ?? [[whole]],
  );
}

/** Has the optimizer keep a task's gradient, which the next one's takes the place of. */
function keepGradient(
  { runId, lease, clients }: OpenRun,
  kept: { readonly step: number; readonly index: number; readonly gradient: TensorReference },
): Promise<unknown> {
  return clients.optimizer.keepGradient({ runId, leaseTerm: lease.term, ...kept });
}

/** Whether any element is not 0. */
function pulls({ images, texts }: GradientSum): boolean {
  return [images, texts].some((matrix) => matrix?.data.some((element) => element !== 0));
}

/** Moves the weights, and gives them to the encoders. */
async function applyGradients(
  { runId, lease, clients, encoders }: OpenRun,
  step: number,
  { gradients, kept: keptGradients }: Pick<StepGradients, 'gradients' | 'kept'>,
  watchPhase: WatchPhase,
): Promise<StepResponse> {
  const project = gradients.length > 1;
  const applied = await watchPhase('update', () =>
    clients.optimizer.step({
      ...{ runId, leaseTerm: lease.term, step, project, keptGradients },
      gradients: [...gradients],
    }),
  );
  await watchPhase('share', () => encoders.receive(applied.parameters));
  return applied;
}

/** Where a step may be projected: how much of the guards' gradients was added, 0 for none. */
function logProjection(
  { parts }: StepBatch,
  { terms = [] }: Partial<StepResult>,
  { projection, keptWeights }: StepResponse,
): Partial<StepResult> {
  if (!parts.some(({ term }) => term.isGuard)) return {};
  const value = projection ?? keptWeights.reduce((sum, weight) => sum + weight, 0);
  return { terms: [...terms, { name: 'the projection', value }] };
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
  const { log, responses, ...gradients } = await repeatStep(
    () => computeGradients(run, step, batch, watchPhase),
    { kinds: ['unavailable', 'not-retained'], ...policy },
  );
  const applied = await repeatStep(() => applyGradients(run, step, gradients, watchPhase), {
    kinds: ['unavailable'],
    ...policy,
  });
  const { learningRate, gradientNorm } = applied;
  const silent = { objective: 0, penalty: 0, learningRate, gradientNorm, tasks: [] };
  return {
    result: { step, ...silent, ...log, ...logProjection(batch, log, applied) },
    imageWaitSeconds: responses.reduce((sum, response) => sum + imageWaitSeconds(response), 0),
    activations: describePassing(responses[0]!),
  };
}
