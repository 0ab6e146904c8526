import type { PlanProblem } from './describe-issue.js';
import { listTargets } from './list-targets.js';
import type { PlanDraft } from './schema.js';

/** What cannot be meant of label spaces, though each part is allowed. */
export function checkSpaces({ plan }: { readonly plan: PlanDraft }): PlanProblem[] {
  const { spaces = {}, constraints } = plan;
  const targets = listTargets(plan);
  const problems: PlanProblem[] = [];
  const spaceOf = new Map<string, string>();
  for (const [name, { classes, data }] of Object.entries(spaces)) {
    const refuse = (description: string) => problems.push({ path: ['spaces', name], description });
    if ((classes === undefined) === (data === undefined)) {
      refuse("needs either classes, labels of the plan's data, or data of its own");
    }
    for (const label of classes ?? []) {
      const other = spaceOf.get(label);
      if (targets.includes(label)) {
        refuse(
          `has the target ${label}: its label space is the plan's own, of all labels that no other has`,
        );
      } else if (other === name) refuse(`names ${label} twice`);
      else if (other !== undefined) refuse(`has ${label}, and so has ${other}: a label is in one`);
      spaceOf.set(label, name);
    }
  }
  if (Object.keys(spaces).length > 0 && constraints.modules !== undefined) {
    const description =
      'see one label space, and the plan has several: leave spaces or modules out';
    problems.push({ path: ['constraints', 'modules'], description });
  }
  return problems;
}
