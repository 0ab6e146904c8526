import { resolveName } from '@holdfast/artifacts';
import type { ClipDirectory } from '@holdfast/clip';
import { samplesWithRole } from '@holdfast/dataset';
import { Fault, joinFaults } from '@holdfast/fault';
import type { PlanDraft } from '@holdfast/plan';
import type { PlanData } from '../data/read-plan-data.js';
import { refuseTrained } from '../rounds/refuse-trained.js';
import { checkHeads } from './check-heads.js';
import { checkLimits } from './check-limits.js';
import { checkModules } from './check-modules.js';
import { checkPrecision } from './check-precision.js';
import { checkPrompts } from './check-prompts.js';
import { noteGroupSizes } from './note-group-sizes.js';
import { noteScarceTasks } from './note-scarce-tasks.js';
import { noteTestPart } from './note-test-part.js';
import { requireImages } from './require-images.js';

/** What a plan names, opened. */
export interface PlanParts extends Pick<PlanData, 'dataset' | 'tasks'> {
  readonly model: ClipDirectory;
  /** Folder that relative paths of the plan start from. */
  readonly basePath: string;
}

/**
 * Checks what a plan's model, data and prompts are to one another: everything that a run would refuse of
 * them, before anything is computed.
 *
 * @returns what a person should know of the model and the prompts.
 * @throws Fault `invalid` naming every problem at once; `precondition` where images judge that trained the model.
 */
export async function checkPlanParts(
  plan: PlanDraft,
  { model, dataset, tasks, basePath }: PlanParts,
): Promise<string[]> {
  const faults: unknown[] = [];
  const attempt = <T>(check: () => T): T | undefined => {
    try {
      return check();
    } catch (error) {
      faults.push(error);
      return undefined;
    }
  };
  attempt(() => checkLimits(dataset, tasks));
  attempt(() => checkModules(plan, tasks));
  attempt(() => requireRoles(plan, { dataset, tasks }));
  attempt(() => checkHeads(plan, model, dataset.classes));
  const precision = attempt(() => checkPrecision(plan, model));
  const cuts = attempt(() => checkPrompts(plan, dataset.classes, model.tokenizer));
  if (faults.length > 0) throw joinFaults(faults);
  const { firstModel } = plan.gate;
  const judged = [model.path, ...(firstModel ? [resolveName(basePath, firstModel)] : [])];
  await refuseTrained(judged, dataset.samples);
  return [
    ...model.notes,
    ...precision!,
    ...cuts!,
    ...noteJudgedOnly(tasks),
    ...noteScarceTasks(plan, { dataset, tasks }),
    ...noteGroupSizes({ dataset, tasks }),
    ...noteTestPart({ dataset, tasks }),
  ];
}

/** Says what the gate judges though training is not held to it. */
function noteJudgedOnly({ protectedTasks }: PlanData['tasks']): string[] {
  const judged = protectedTasks.filter(({ constrained }) => !constrained).map(({ name }) => name);
  if (judged.length === 0) return [];
  const named = judged.slice(0, 5).join(', ');
  const rest = judged.length > 5 ? ` and ${judged.length - 5} more` : '';
  return [
    `training is not held to ${named}${rest} (constrain: false, or trainingImages: 0): the gate judges them all the same`,
  ];
}

/**
 * Refuses data in which the target or a protected task lacks images of a role that the run needs, and a
 * drive that measures steering data where there are none.
 *
 * @param dataset with roles only where images can be used
 * @throws Fault `invalid` naming the fields of the plan.
 */
export function requireRoles(
  { constraints }: Pick<PlanDraft, 'constraints'>,
  { dataset, tasks }: Pick<PlanData, 'dataset' | 'tasks'>,
): void {
  const isSteered = samplesWithRole(dataset, 'steering').length > 0;
  if (constraints.drive === 'measured' && !isSteered) {
    const description =
      'is "measured", but no sample has the role "steering"; add the role to the manifest or choose another drive';
    throw new Fault('invalid', 'the plan does not fit the data', {
      violations: [{ field: 'constraints.drive', description }],
    });
  }
  requireImages(tasks, dataset.samples, [
    ...(['target', 'protected', 'validation'] as const),
    ...(isSteered ? (['steering'] as const) : []),
  ]);
}
