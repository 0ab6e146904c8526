import type { Plan } from '@holdfast/plan';
import { planConstraint } from './constraint/constraint-term.js';
import { planObjective } from './objective/objective-term.js';
import type { PlannedTerm } from './term.js';

/** The terms of a plan, in the order in which their gradients are added. A new method enters here. */
export function listTerms(plan: Plan): PlannedTerm[] {
  return [planObjective(plan), planConstraint(plan)].filter((term) => term !== undefined);
}
