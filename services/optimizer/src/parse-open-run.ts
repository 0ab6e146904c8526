import { type ObjectiveName, type ObjectiveSettings, objectiveNames } from '@holdfast/objectives';
import {
  type AdamwSettings,
  Objective,
  type ObjectiveSettings as ObjectiveSettingsMessage,
  type OpenRunRequest,
} from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import {
  confineUri,
  listEnumNames,
  type ParsedHeads,
  type ParsedTrainable,
  parseHeads,
  parseTrainable,
  requireRunId,
} from '@holdfast/run-kit';
import { collectViolations, taskLimits, type ViolationCollector } from '@holdfast/service-kit';

/** A run's settings, checked. */
export interface OpenRunSettings {
  readonly runId: string;
  /** Real path. */
  readonly modelPath: string;
  readonly heads?: ParsedHeads;
  readonly trainable: ParsedTrainable;
  readonly objective: ObjectiveName;
  readonly contrast: ObjectiveSettings;
  readonly adamw: AdamwSettings;
  /** Gradients that are kept beside one another for a step; 0: none. */
  readonly keptGradientsMax: number;
}

/** @throws Fault `invalid` that names every field that is wrong. */
export async function parseOpenRun(
  request: OpenRunRequest,
  roots: readonly string[],
): Promise<OpenRunSettings> {
  const violations = collectViolations('OpenRun');
  const { runId } = request;
  requireRunId(runId, violations);
  const heads = parseHeads(request.heads, violations);
  const hasHeads = heads !== undefined;
  const trainable = parseTrainable(request.trainable, { hasHeads, violations });
  checkObjective(request.objective, violations);
  checkAdamw(request.adamw, violations);
  const { keptGradientsMax } = request;
  violations.require(
    keptGradientsMax <= taskLimits.tasksApartMax,
    'kept_gradients_max',
    `must be at most ${taskLimits.tasksApartMax}, is ${keptGradientsMax}`,
  );
  const modelPath = await confineUri(request.modelUri, 'model_uri', { roots, violations });
  violations.throwIfAny();
  const { objective, ...contrast } = request.objective!;
  return {
    runId,
    modelPath,
    ...(heads && { heads }),
    trainable,
    objective: nameObjective(objective)!,
    contrast,
    adamw: request.adamw!,
    keptGradientsMax,
  };
}

/** Objectives of the wire by the library's names. */
export const wireObjectives = listEnumNames(Objective, 'OBJECTIVE');

function nameObjective(value: Objective): ObjectiveName | undefined {
  return objectiveNames.find((name) => wireObjectives.get(name) === value);
}

function checkObjective(
  message: ObjectiveSettingsMessage | undefined,
  violations: ViolationCollector,
): void {
  if (message === undefined) {
    violations.add('objective', 'is required');
    return;
  }
  const { objective, temperature, movingAverage, epsilon, protectedShare: share } = message;
  const name = nameObjective(objective);
  const isKnown = name !== undefined;
  violations.require(isKnown, 'objective.objective', 'must be one of the objectives');
  const check = createNumberCheck('objective', violations);
  check('temperature', temperature, 'positive', temperature > 0);
  check('moving_average', movingAverage, 'in (0, 1]', movingAverage > 0 && movingAverage <= 1);
  check('epsilon', epsilon, 'at least 0', epsilon >= 0);
  if (name === 'weighted') check('protected_share', share, 'in (0, 1)', share > 0 && share < 1);
}

function checkAdamw(message: AdamwSettings | undefined, violations: ViolationCollector): void {
  if (message === undefined) {
    violations.add('adamw', 'is required');
    return;
  }
  const check = createNumberCheck('adamw', violations);
  const isFraction = (value: number) => value >= 0 && value < 1;
  check('learning_rate', message.learningRate, 'at least 0', message.learningRate >= 0);
  check('weight_decay', message.weightDecay, 'at least 0', message.weightDecay >= 0);
  check('beta1', message.beta1, 'in [0, 1)', isFraction(message.beta1));
  check('beta2', message.beta2, 'in [0, 1)', isFraction(message.beta2));
  check('epsilon', message.epsilon, 'positive', message.epsilon > 0);
  check('total_steps', message.totalSteps, 'at least 1', message.totalSteps >= 1);
  const { gradientNormMax = 1, weightAverageDecay: decay = 0.5 } = message;
  check('gradient_norm_max', gradientNormMax, 'positive', gradientNormMax > 0);
  check('weight_average_decay', decay, 'in (0, 1)', decay > 0 && decay < 1);
}

function createNumberCheck(message: string, violations: ViolationCollector) {
  return (field: string, value: number, rule: string, holds: boolean) =>
    violations.require(
      holds && Number.isFinite(value),
      `${message}.${field}`,
      `must be finite and ${rule}, is ${value}`,
    );
}
