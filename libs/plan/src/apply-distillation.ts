import { distillation as schema } from './schema/terms.js';
import type { PlanDraft } from './schema.js';

/** On prompts of other label spaces than the target's, as the bench of docs/evidence.md was held. */
export const unlabelledWeight = 10;

/** On the target's own prompts, which hold the target, too: 10 took most of its gain (docs/evidence.md). */
const ownPromptsWeight = 3;

/**
 * Fills in what is distilled, and its weight. Where a plan of constraints says nothing, synthetic images are, with a weight that follows from
 * how few training images protected tasks have.
 */
export function applyDistillation(plan: PlanDraft): PlanDraft {
  const { distillation, method, training } = plan;
  if (distillation !== undefined) {
    const { weight = chooseWeight(plan) } = distillation;
    return { ...plan, distillation: { ...distillation, weight } };
  }
  // Texts of no class have no head: such a term would move nothing.
  if (method !== 'retain' || training.scope === 'heads') return plan;
  return { ...plan, distillation: schema.parse({ weight: 'auto', unlabelled: {} }) };
}

function chooseWeight({ distillation, spaces = {} }: PlanDraft): number {
  if (distillation?.unlabelled === undefined) return 1;
  const isOnOwnPrompts =
    distillation.unlabelled.texts === undefined && Object.keys(spaces).length === 0;
  return isOnOwnPrompts ? ownPromptsWeight : unlabelledWeight;
}
