import type { PlanDraft } from '@holdfast/plan';

/**
 * The level of one judgement: level / H, so that the H = `gate.judgementsMax` judgements that the same
 * images may make release a bad model with probability `gate.level` at most, all together (Bonferroni).
 */
export function shareLevel({ level, judgementsMax }: PlanDraft['gate']): number {
  return level / judgementsMax;
}
