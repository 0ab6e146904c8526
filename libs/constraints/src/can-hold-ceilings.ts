import type { ConstraintSettings } from './constraint-settings.js';
import { type Drive, drives } from './drives.js';

/**
 * Whether a ceiling has a constraint under these settings. The penalty `fixed` weighs it whether or not it is violated:
 * under a drive of losses it would push the task's loss up without end.
 */
export function canHoldCeilings({
  penalty,
  drive,
}: Pick<ConstraintSettings, 'penalty' | 'drive'>): boolean {
  const { onlyRight, isMeasured }: Drive = drives[drive];
  return penalty !== 'fixed' || onlyRight === true || isMeasured === true;
}
