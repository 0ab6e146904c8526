import { stringify } from 'yaml';
import type { PlanDraft } from './schema.js';

/**
 * A plan as YAML with every default written out; reading it gives the same plan. Where the method
 * has no constraints, none are written; beside an objective of the user's own nothing of a built-in one.
 */
export function formatPlan(plan: PlanDraft): string {
  const { constraints, ...rest } = { ...plan, objective: formatObjective(plan) };
  return stringify(rest.method === 'flyp' ? rest : { ...rest, constraints }, { lineWidth: 100 });
}

function formatObjective({ objective }: PlanDraft) {
  if (objective.module === undefined) return objective;
  const { kind, objectiveMovingAverage, excludeSameCaption, ...own } = objective;
  return own;
}
