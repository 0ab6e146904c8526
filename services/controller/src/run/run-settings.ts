import type { Plan } from '@holdfast/plan';
import { TrainableScope, type TrainableSettings } from '@holdfast/proto/holdfast/model/v1/model';
import type { AdamwSettings } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';

/** What the optimizer service needs to know of a plan's training. */
export function toAdamwSettings({ training }: Plan): AdamwSettings {
  return {
    learningRate: training.learningRate,
    weightDecay: training.weightDecay,
    decayTowardsReference: training.weightDecayTowards === 'reference',
    beta1: training.beta1,
    beta2: training.beta2,
    epsilon: training.adamEpsilon,
    warmupSteps: training.warmupSteps,
    totalSteps: training.steps,
    // A plan's 0 is neither.
    gradientNormMax: training.gradientNormMax || undefined,
    weightAverageDecay: training.weightAverage || undefined,
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
    adapters: adapters && { rank: adapters.rank, scale: adapters.scale, seed },
  };
}
