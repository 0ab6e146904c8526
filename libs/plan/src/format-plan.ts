import { stringify } from 'yaml';
import type { PlanDraft } from './schema.js';

/**
 * A plan as YAML with every default written out; reading it gives the same plan. Where the method
 * has no constraints, none are written.
 */
export function formatPlan(plan: PlanDraft): string {
  const { constraints, ...rest } = plan;
  return stringify(rest.method === 'flyp' ? rest : { ...rest, constraints }, { lineWidth: 100 });
}
