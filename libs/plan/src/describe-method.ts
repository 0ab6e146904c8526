import type { PlanDraft } from './schema.js';

/** What a plan makes small, for a person. */
export function describeMethod({
  method,
  objective,
  constraints,
  distillation,
}: Pick<PlanDraft, 'method' | 'objective' | 'constraints' | 'distillation'>): string {
  const pairs = objective.module ?? `${objective.kind} contrast`;
  const held =
    method === 'flyp'
      ? 'no constraints'
      : `penalty ${constraints.penalty}, drive ${constraints.drive}`;
  const which = distillation?.examples === 'right' ? 'right ' : '';
  const kept =
    distillation === undefined
      ? ''
      : `, the old model's ${which}answers distilled with weight ${distillation.weight}`;
  return `${method}: ${pairs}, ${held}${kept}`;
}
