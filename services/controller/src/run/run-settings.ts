import type { Plan } from '@holdfast/plan';
import {
  type ConstraintSettings,
  Drive,
  Penalty,
} from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { TrainableScope, type TrainableSettings } from '@holdfast/proto/holdfast/model/v1/model';
import {
  type AdamwSettings,
  Objective,
  type ObjectiveSettings,
} from '@holdfast/proto/holdfast/optimizer/v1/optimizer';

const penalties = {
  squaredHinge: Penalty.PENALTY_SQUARED_HINGE,
  hinge: Penalty.PENALTY_HINGE,
  smoothedHinge: Penalty.PENALTY_SMOOTHED_HINGE,
  augmentedLagrangian: Penalty.PENALTY_AUGMENTED_LAGRANGIAN,
  fixed: Penalty.PENALTY_FIXED,
  none: Penalty.PENALTY_NONE,
} as const;

const drives = {
  loss: Drive.DRIVE_LOSS,
  calibratedLoss: Drive.DRIVE_CALIBRATED_LOSS,
  accuracy: Drive.DRIVE_ACCURACY,
  flips: Drive.DRIVE_FLIPS,
  measured: Drive.DRIVE_MEASURED,
} as const;

/** 2^-23: keeps a normalizer's reciprocal finite (algorithm.md, section 2). */
const normalizerEpsilon = 2 ** -23;

/** What the constraint service needs to know of a plan. */
export function toConstraintSettings({ constraints, training }: Plan): ConstraintSettings {
  return {
    penalty: penalties[constraints.penalty],
    drive: drives[constraints.drive],
    penaltyCoefficient: constraints.penaltyCoefficient,
    smoothingWidth: constraints.smoothingWidth,
    movingAverage: constraints.constraintMovingAverage,
    temperature: constraints.constraintTemperature,
    dualStep: constraints.dualStep ?? 0,
    dualPeriodSteps: constraints.dualPeriodSteps,
    penaltyRampSteps: constraints.penaltyRamp ? training.steps : 0,
    multipliers: constraints.multipliers,
  };
}

/** What the optimizer service needs to know of a plan's objective. */
export function toObjectiveSettings({ objective }: Plan): ObjectiveSettings {
  return {
    objective: objective.kind === 'joint' ? Objective.OBJECTIVE_JOINT : Objective.OBJECTIVE_TARGET,
    temperature: objective.contrastiveTemperature,
    movingAverage: objective.objectiveMovingAverage,
    excludeSameCaption: objective.excludeSameCaption,
    epsilon: normalizerEpsilon,
  };
}

/** What the optimizer service needs to know of a plan's training. */
export function toAdamwSettings({ training }: Plan): AdamwSettings {
  return {
    learningRate: training.learningRate,
    weightDecay: training.weightDecay,
    beta1: training.beta1,
    beta2: training.beta2,
    epsilon: training.adamEpsilon,
    warmupSteps: training.warmupSteps,
    totalSteps: training.steps,
    gradientNormMax: training.gradientNormMax,
    weightAverageDecay: training.weightAverage,
  };
}

const scopes = {
  full: TrainableScope.TRAINABLE_SCOPE_FULL,
  adapters: TrainableScope.TRAINABLE_SCOPE_ADAPTERS,
  projections: TrainableScope.TRAINABLE_SCOPE_PROJECTIONS,
  heads: TrainableScope.TRAINABLE_SCOPE_HEADS,
} as const;

/** What trains, for the encoder and the optimizer. */
export function toTrainableSettings({ training, seed }: Plan): TrainableSettings {
  const { scope, adapters } = training;
  return {
    scope: scopes[scope],
    adapterRank: adapters?.rank ?? 0,
    adapterScale: adapters?.scale ?? 0,
    adapterSeed: adapters === undefined ? 0 : seed,
  };
}

/** Whether a plan's constraints act on the gradient. */
export function hasConstraints({ constraints }: Plan): boolean {
  return constraints.drive === 'measured' || constraints.penalty !== 'none';
}

/** Images of a training step. */
export function countStepImages(plan: Plan, taskCount: number): number {
  const { targetBatch, examplesPerTask, tasksPerStep = taskCount } = plan.training;
  const showsTasks = hasConstraints(plan) || plan.objective.kind === 'joint';
  return targetBatch + (showsTasks ? tasksPerStep * examplesPerTask : 0);
}

/**
 * Work of a training step, in images that go forward through the tower: 1 forward and about 2 back for each, and 1
 * where the reference sees the same augmentation.
 */
export function countStepForwards(plan: Plan, taskCount: number): number {
  const images = countStepImages(plan, taskCount);
  const isPaired = hasConstraints(plan) && plan.constraints.augmentation === 'paired';
  return 3 * images + (isPaired ? images - plan.training.targetBatch : 0);
}

/** Whether the reference is measured before the first step: on plain images, or to fit temperatures. */
export function recordsReference(plan: Plan): boolean {
  const { augmentation, drive } = plan.constraints;
  return hasConstraints(plan) && (augmentation !== 'paired' || drive === 'calibratedLoss');
}
