import { listModules, type Plan } from '@holdfast/plan';
import { planConstraint } from './constraint/constraint-term.js';
import { planDistillation } from './distillation/distillation-term.js';
import { planUnlabelled } from './distillation/unlabelled-term.js';
import { planModuleConstraint } from './modules/module-constraint.js';
import { planModuleObjective } from './modules/module-objective.js';
import { planObjective } from './objective/objective-term.js';
import type { PlannedTerm } from './term.js';

/** The terms of a plan, in the order in which their gradients are added. A new method enters here. */
export function listTerms(plan: Plan): PlannedTerm[] {
  const modules = listModules(plan);
  const own = modules.find(({ kind }) => kind === 'objective');
  const constraints = modules.filter(({ kind }) => kind === 'constraint').map(planModuleConstraint);
  return [
    own === undefined ? planObjective(plan) : planModuleObjective(own),
    planConstraint(plan, constraints),
    planDistillation(plan),
    planUnlabelled(plan),
  ].filter((term) => term !== undefined);
}
