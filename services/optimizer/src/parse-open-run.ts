import { type ObjectiveName, type ObjectiveSettings, objectiveNames } from '@holdfast/objectives';
import {
  type AdamwSettings,
  Objective,
  type ObjectiveSettings as ObjectiveSettingsMessage,
  type OpenRunRequest,
} from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import {
  listEnumNames,
  type ParsedTrainable,
  parseTrainable,
  requireRunId,
} from '@holdfast/run-kit';
import { collectViolations, confineField, type ViolationCollector } from '@holdfast/service-kit';

/** A run's settings, checked. */
export interface OpenRunSettings {
  readonly runId: string;
  /** Real path. */
  readonly modelPath: string;
  readonly heads?: { readonly count: number; readonly rank: number; readonly seed: number };
  readonly trainable: ParsedTrainable;
  readonly objective: ObjectiveName;
  readonly contrast: ObjectiveSettings;
  readonly adamw: AdamwSettings;
}

const headsMax = 65_536;
const rankMax = 1024;

/** @throws Fault `invalid` that names every field that is wrong. */
export async function parseOpenRun(
  request: OpenRunRequest,
  roots: readonly string[],
): Promise<OpenRunSettings> {
  const violations = collectViolations('OpenRun');
  const { runId } = request;
  const { count = 0, rank = 0, seed = 0 } = request.heads ?? {};
  requireRunId(runId, violations);
  violations.require(count <= headsMax, 'heads.count', `is more than ${headsMax}`);
  if (count > 0) {
    violations.require(rank >= 1 && rank <= rankMax, 'heads.rank', `is not in 1..${rankMax}`);
  }
  const trainable = parseTrainable(request.trainable, { headCount: count, violations });
  checkObjective(request.objective, violations);
  checkAdamw(request.adamw, violations);
  const modelPath = await confineField(request.modelPath, 'model_path', { roots, violations });
  violations.throwIfAny();
  const { objective, temperature, movingAverage, epsilon, excludeSameCaption } = request.objective!;
  return {
    runId,
    modelPath,
    ...(count > 0 && { heads: { count, rank, seed } }),
    trainable,
    objective: nameObjective(objective)!,
    contrast: { temperature, movingAverage, epsilon, excludeSameCaption },
    adamw: request.adamw!,
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
  const { objective, temperature, movingAverage, epsilon } = message;
  const isKnown = nameObjective(objective) !== undefined;
  violations.require(isKnown, 'objective.objective', 'must be one of the objectives');
  const check = createNumberCheck('objective', violations);
  check('temperature', temperature, 'positive', temperature > 0);
  check('moving_average', movingAverage, 'in (0, 1]', movingAverage > 0 && movingAverage <= 1);
  check('epsilon', epsilon, 'at least 0', epsilon >= 0);
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
  check('gradient_norm_max', message.gradientNormMax, 'at least 0', message.gradientNormMax >= 0);
  const { weightAverageDecay } = message;
  check('weight_average_decay', weightAverageDecay, 'in [0, 1)', isFraction(weightAverageDecay));
}

function createNumberCheck(message: string, violations: ViolationCollector) {
  return (field: string, value: number, rule: string, holds: boolean) =>
    violations.require(
      holds && Number.isFinite(value),
      `${message}.${field}`,
      `must be finite and ${rule}, is ${value}`,
    );
}
