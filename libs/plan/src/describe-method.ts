import type { PlanDraft } from './schema.js';

const describeCombination: Record<PlanDraft['constraints']['combine'], string> = {
  sum: '',
  projection: ', the objective projected where it goes against them',
  projectionByTask: ', the objective projected where it goes against any of them',
};

/** What a plan makes small, for a person. */
export function describeMethod({
  method,
  objective,
  constraints,
  distillation,
  training: { weightDecay, weightDecayTowards },
}: Pick<PlanDraft, 'method' | 'objective' | 'constraints' | 'distillation' | 'training'>): string {
  const { kind, protectedShare } = objective;
  const share = kind === 'weighted' ? ` with a share of ${protectedShare} for protected pairs` : '';
  const pairs = objective.module ?? `${kind} contrast${share}`;
  const held =
    method === 'flyp'
      ? 'no constraints'
      : `penalty ${constraints.penalty}, drive ${constraints.drive}${describeCombination[constraints.combine]}`;
  const kept = describeDistillation(distillation);
  const pulled =
    weightDecayTowards === 'zero' ? '' : `, weight decay ${weightDecay} towards the old weights`;
  return `${method}: ${pairs}, ${held}${kept}${pulled}`;
}

/** Nothing of a weight that is still `auto`. */
function describeDistillation(distillation: PlanDraft['distillation']): string {
  if (distillation === undefined || distillation.weight === 'auto') return '';
  const { examples, unlabelled, weight } = distillation;
  if (weight === 0) return '';
  const which = examples === 'right' ? 'right ' : '';
  const kind = unlabelled?.images === undefined ? 'synthetic' : 'unlabelled';
  const where = unlabelled === undefined ? '' : ` on ${kind} images`;
  return `, the old model's ${which}answers${where} distilled with weight ${weight}`;
}
