import { unlabelledWeight } from './apply-distillation.js';
import { listProtectedEntries } from './protected-entries.js';
import type { PlanDraft } from './schema.js';

/** What `auto` values follow from. */
export interface PlanFacts {
  /** Parameters of the whole model, without heads. */
  readonly modelParameters: number;
  /** What the model multiplies similarities by: the exponential of its `logit_scale`. */
  readonly logitScale: number;
  /** Training images of the target classes, all together. */
  readonly targetImages: number;
  /** Protected tasks of another label space than the target's that have few training images, or none. */
  readonly scarceTasks: readonly string[];
}

/** A value, and why it is that one. */
export interface Derived {
  readonly value: number;
  readonly because: string;
}

/** Where the learning rate is known: measured on the example's model, published for CLIP ViT-B (FLYP). */
const small = { parameters: 0.67e6, learningRate: 3e-4 };
const large = { parameters: 150e6, learningRate: 1e-5 };
/** Of the power law through both: 0.63. */
const sizeExponent =
  Math.log(small.learningRate / large.learningRate) / Math.log(large.parameters / small.parameters);
const learningRateRange = { min: 1e-6, max: 1e-3 };
/** Against a run of every weight (docs/algorithm/defaults.md). */
const scopeFactors = { full: 1, adapters: 10, projections: 10, heads: 10 } as const;

/**
 *   lr = factor(scope) 3e-4 (0.67e6 / parameters of the model)^0.63, every weight's within [1e-6, 1e-3]
 *
 * Two significant digits.
 */
export function deriveLearningRate(
  { scope }: Pick<PlanDraft['training'], 'scope'>,
  { modelParameters }: Pick<PlanFacts, 'modelParameters'>,
): Derived {
  const power = small.learningRate * (small.parameters / modelParameters) ** sizeExponent;
  const full = Math.min(Math.max(power, learningRateRange.min), learningRateRange.max);
  const factor = scopeFactors[scope];
  const size = `a model of ${formatCount(modelParameters)} parameters`;
  return {
    value: roundTo(factor * full, 2),
    because: factor === 1 ? size : `${size}, and ${factor} times that for the scope ${scope}`,
  };
}

/** Temperatures outside were not tried, and none that CLIP models carry is below. */
const temperatureRange = { min: 0.01, max: 0.1 };

/**
 *   t = tau = 1 / logit scale, within [0.01, 0.1]
 *
 * Three significant digits.
 */
export function deriveTemperature({ logitScale }: Pick<PlanFacts, 'logitScale'>): Derived {
  const { min, max } = temperatureRange;
  const because = `the model multiplies similarities by ${Number(logitScale.toPrecision(3))}`;
  return { value: roundTo(Math.min(Math.max(1 / logitScale, min), max), 3), because };
}

/** beta = tau: a violated constraint then pushes as hard as a pair of the objective, whatever the temperature. */
export function derivePenaltyCoefficient(constraintTemperature: number): Derived {
  const because = 'as large as constraintTemperature, so that a violation weighs as a pair does';
  return { value: constraintTemperature, because };
}

/** A batch has its say at once; or twenty batches have it together. */
const movingAverages = { batch: 0.8, evidence: 0.05 };

/**
 * gamma2 = 0.8, or 0.05 where the objective holds what is protected, too: what one batch loses by chance is no evidence then
 * (docs/adr/0065).
 */
export function deriveConstraintMovingAverage(
  plan: Pick<PlanDraft, 'objective' | 'constraints' | 'data' | 'spaces' | 'protected'>,
): Derived {
  const { batch, evidence } = movingAverages;
  if (plan.objective.kind === 'target')
    return { value: batch, because: 'constraints alone hold what is protected' };
  if (listProtectedEntries(plan)?.some(({ constrain, ceiling }) => constrain && ceiling))
    return { value: batch, because: 'constraints alone hold a ceiling' };
  if (plan.constraints.penalty === 'augmentedLagrangian')
    return { value: batch, because: 'multipliers add up what batches show' };
  const because = 'the objective holds what is protected, too, and one batch shows chance';
  return { value: evidence, because };
}

/** How often every target image is seen, where the limits allow it; of several targets, which share a step equally, in the mean. */
const targetEpochs = 60;
const stepsRange = { min: 300, max: 2000 };

/**
 *   steps = 60 target images / (targetBatch / 2), within [300, 2000]
 *
 * Rounded to tens.
 */
export function deriveSteps(
  { targetBatch }: Pick<PlanDraft['training'], 'targetBatch'>,
  { targetImages }: Pick<PlanFacts, 'targetImages'>,
  targets = 1,
): Derived {
  const { min, max } = stepsRange;
  const perStep = Math.floor(targetBatch / 2);
  const steps = Math.round((targetEpochs * targetImages) / perStep / 10) * 10;
  const value = Math.min(Math.max(steps, min), max);
  const epochs = roundTo((value * perStep) / Math.max(targetImages, 1), 2);
  if (targets > 1) {
    const because = `sees each of ${targetImages} images of ${targets} targets about ${epochs} times in the mean`;
    return { value, because };
  }
  const images = targetImages === 1 ? '1 target image' : `${targetImages} target images`;
  return { value, because: `sees each of ${images} about ${epochs} times` };
}

const warmupShare = 0.05;
const warmupStepsMin = 10;

/** A twentieth of the run, at least 10 steps, at most the run. */
export function deriveWarmupSteps(steps: number): Derived {
  const share = Math.max(Math.round(warmupShare * steps), warmupStepsMin);
  return { value: Math.min(share, steps), because: 'a twentieth of the run' };
}

/** What no labelled image trains is lost, and distillation holds it; where images train, it would only cost. */
export function deriveDistillationWeight({
  scarceTasks: [first, ...others],
}: Pick<PlanFacts, 'scarceTasks'>): Derived {
  if (first === undefined) {
    const because =
      'no protected task of another label space than the target lacks training images';
    return { value: 0, because };
  }
  const named =
    others.length === 0 ? `"${first}" has` : `"${first}" and ${others.length} more have`;
  return { value: unlabelledWeight, because: `${named} few training images, or none` };
}

function roundTo(value: number, digits: number): number {
  return Number(value.toPrecision(digits));
}

/** "670 thousand", "150 million" */
function formatCount(count: number): string {
  if (count < 1e6) return `${Math.round(count / 1e3)} thousand`;
  return `${roundTo(count / 1e6, 3)} million`;
}
