import { distillation as schema } from './schema/terms.js';
import type { PlanDraft } from './schema.js';

/** As the bench of docs/evidence.md was held. */
export const unlabelledWeight = 10;

/**
 * Fills in what is distilled, and its weight. Where a plan of constraints says nothing, synthetic images are, with a weight that follows from
 * how few training images protected tasks have.
 */
export function applyDistillation(plan: PlanDraft): PlanDraft {
  const { distillation, method, training } = plan;
  if (distillation !== undefined) {
    const { weight = distillation.unlabelled === undefined ? 1 : unlabelledWeight } = distillation;
    return { ...plan, distillation: { ...distillation, weight } };
  }
  // Texts of no class have no head: such a term would move nothing.
  if (method !== 'retain' || training.scope === 'heads') return plan;
  return { ...plan, distillation: schema.parse({ weight: 'auto', unlabelled: {} }) };
}
