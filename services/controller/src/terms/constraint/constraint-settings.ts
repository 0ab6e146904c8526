import type { Plan } from '@holdfast/plan';
import {
  type ConstraintSettings,
  Drive,
  Penalty,
} from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { listEnumNames } from '@holdfast/run-kit';

const wirePenalties = listEnumNames(Penalty, 'PENALTY');
const wireDrives = listEnumNames(Drive, 'DRIVE');

/** What the constraint service needs to know of a plan. */
export function toConstraintSettings({ constraints, training }: Plan): ConstraintSettings {
  return {
    penalty: wirePenalties.get(constraints.penalty)!,
    drive: wireDrives.get(constraints.drive)!,
    penaltyCoefficient: constraints.penaltyCoefficient,
    smoothingWidth: constraints.smoothingWidth,
    movingAverage: constraints.constraintMovingAverage,
    temperature: constraints.constraintTemperature,
    dualStep: constraints.dualStep,
    dualPeriodSteps: constraints.dualPeriodSteps,
    penaltyRampSteps: constraints.penaltyRamp ? training.steps : 0,
    multipliers: constraints.multipliers,
  };
}
