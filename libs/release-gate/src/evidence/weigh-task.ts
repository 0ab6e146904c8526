import { exchangeModels, type PairedComparison } from '@holdfast/metrics';
import type { ChangeEvidence } from './change-evidence.js';
import { weighChange } from './weigh-change.js';

/** Of which task a comparison is. */
export interface WeighedTask {
  readonly comparison: PairedComparison;
  /** Its accuracy must not grow; else it must not fall. */
  readonly ceiling?: boolean | undefined;
}

/**
 * Weighs a task's comparison: a ceiling's with both models exchanged, so that everything said of a drop is said of
 * growth, and the bound on which a release rests is the one that holds its level ({@link turnBounds} turns its bounds back).
 */
export function weighTask({ comparison, ceiling }: WeighedTask, seed: number): ChangeEvidence {
  return weighChange(ceiling ? exchangeModels(comparison) : comparison, seed);
}

/** Bounds of the change from those of evidence weighed by {@link weighTask}: L = -U', U = -L' for a ceiling. */
export function turnBounds(
  evidence: ChangeEvidence,
  level: number,
  { ceiling }: Pick<WeighedTask, 'ceiling'>,
): { readonly lowerBound: number; readonly upperBound: number } {
  const [lowerBound, upperBound] = [evidence.lowerBound(level), evidence.upperBound(level)];
  // 0 - x, so that no bound is -0.
  return ceiling
    ? { lowerBound: 0 - upperBound, upperBound: 0 - lowerBound }
    : { lowerBound, upperBound };
}
