import {
  type ConstraintSettings,
  driveNames,
  drives,
  type MultiplierSettings,
  penaltyNames,
} from '@holdfast/constraints';
import {
  type ConstraintSettings as ConstraintSettingsMessage,
  Drive as DriveMessage,
  type MultiplierSettings as MultiplierSettingsMessage,
  Penalty as PenaltyMessage,
} from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { listEnumNames } from '@holdfast/run-kit';
import type { ViolationCollector } from '@holdfast/service-kit';

/** Penalties and drives of the wire by the library's names. */
export const wirePenalties = listEnumNames(PenaltyMessage, 'PENALTY');
export const wireDrives = listEnumNames(DriveMessage, 'DRIVE');

/** The library's name of a value of the wire; undefined where it has none. */
function nameValue<Name extends string>(
  names: readonly Name[],
  wire: ReadonlyMap<string, number>,
  value: number,
): Name | undefined {
  return names.find((name) => wire.get(name) === value);
}

const isPositive = (value: number) => value > 0 && value < Infinity;
const isNotNegative = (value: number) => value >= 0 && value < Infinity;

/** Reads the settings of a run; what is wrong with them goes to `violations`. */
export function parseSettings(
  message: ConstraintSettingsMessage | undefined,
  violations: ViolationCollector,
): ConstraintSettings | undefined {
  if (message === undefined) {
    violations.add('settings', 'is required');
    return undefined;
  }
  const penalty = nameValue(penaltyNames, wirePenalties, message.penalty);
  const drive = nameValue(driveNames, wireDrives, message.drive);
  violations.require(penalty !== undefined, 'settings.penalty', 'must be one of the penalties');
  violations.require(drive !== undefined, 'settings.drive', 'must be one of the drives');
  checkNumbers(message, violations);
  if (drive !== undefined && drives[drive].isMeasured) {
    checkMultipliers(message.multipliers, violations);
  }
  if (penalty === undefined || drive === undefined) return undefined;
  return {
    penalty,
    drive,
    penaltyCoefficient: message.penaltyCoefficient,
    penaltyRampSteps: message.penaltyRampSteps,
    // Of a penalty that has none.
    smoothingWidth: message.smoothingWidth ?? 0,
    movingAverage: message.movingAverage,
    temperature: message.temperature,
    dualStep: message.dualStep,
    dualPeriodSteps: message.dualPeriodSteps ?? 1,
    multipliers: message.multipliers ?? unusedMultipliers,
  };
}

/** Of drives without multipliers. */
const unusedMultipliers: MultiplierSettings = {
  initial: 0,
  rate: 0,
  standardErrors: 0,
  minimum: 0,
  maximum: 0,
};

function checkNumbers(message: ConstraintSettingsMessage, violations: ViolationCollector): void {
  const { penalty, penaltyCoefficient, smoothingWidth, movingAverage } = message;
  const check = (holds: boolean, field: string, rule: string, value: number) =>
    violations.require(holds, `settings.${field}`, `must be ${rule}, is ${value}`);
  check(
    isNotNegative(penaltyCoefficient),
    'penalty_coefficient',
    'finite and at least 0',
    penaltyCoefficient,
  );
  if (smoothingWidth !== undefined) {
    check(isPositive(smoothingWidth), 'smoothing_width', 'finite and positive', smoothingWidth);
  } else if (penalty === PenaltyMessage.PENALTY_SMOOTHED_HINGE) {
    violations.add('settings.smoothing_width', 'is required by the smoothed hinge');
  }
  const isFraction = movingAverage > 0 && movingAverage <= 1;
  check(isFraction, 'moving_average', 'in (0, 1]', movingAverage);
  const { temperature, dualStep = 0, dualPeriodSteps = 1 } = message;
  check(isPositive(temperature), 'temperature', 'finite and positive', temperature);
  check(isNotNegative(dualStep), 'dual_step', 'finite and at least 0', dualStep);
  check(dualPeriodSteps >= 1, 'dual_period_steps', 'at least 1', dualPeriodSteps);
}

function checkMultipliers(
  multipliers: MultiplierSettingsMessage | undefined,
  violations: ViolationCollector,
): void {
  const field = 'settings.multipliers';
  if (multipliers === undefined) {
    violations.add(field, 'is required by the measured drive');
    return;
  }
  const { initial, rate, standardErrors, minimum, maximum } = multipliers;
  const check = (holds: boolean, name: string, rule: string, value: number) =>
    violations.require(holds, `${field}.${name}`, `must be ${rule}, is ${value}`);
  check(isPositive(rate), 'rate', 'finite and positive', rate);
  check(isNotNegative(standardErrors), 'standard_errors', 'finite and at least 0', standardErrors);
  check(isPositive(minimum), 'minimum', 'finite and positive', minimum);
  check(
    isPositive(maximum) && maximum >= minimum,
    'maximum',
    'finite and at least the minimum',
    maximum,
  );
  check(
    initial >= minimum && initial <= maximum,
    'initial',
    'between minimum and maximum',
    initial,
  );
}
