import { confinePath, resolveName } from '@holdfast/artifacts';
import { describeError, Fault, type FieldViolation } from '@holdfast/fault';
import { formatFieldPath, listModules, type PlanDraft } from '@holdfast/plan';

/**
 * Refuses a plan that names files outside the roots.
 *
 * @param basePath folder that relative paths of the plan start from
 * @throws Fault `invalid` naming every such field
 */
export async function confinePlan(
  plan: PlanDraft,
  basePath: string,
  roots: readonly string[],
): Promise<void> {
  const { model, data, gate, drift, distillation } = plan;
  const named = {
    model,
    'data.root': data.root,
    'data.manifest': data.manifest,
    'gate.ledger': gate.ledger,
    'gate.firstModel': gate.firstModel,
    'drift.texts': drift?.texts,
    'drift.images': drift?.images,
    'drift.groups': drift?.groups,
    'distillation.unlabelled.images': distillation?.unlabelled?.images,
    'distillation.unlabelled.groups': distillation?.unlabelled?.groups,
    'distillation.unlabelled.texts': distillation?.unlabelled?.texts,
    ...Object.fromEntries(
      Object.entries(plan.spaces ?? {}).flatMap(([name, { data: own }]) => [
        [formatFieldPath(['spaces', name, 'data', 'root']), own?.root],
        [formatFieldPath(['spaces', name, 'data', 'manifest']), own?.manifest],
      ]),
    ),
    ...Object.fromEntries(listModules(plan).map(({ field, path }) => [field, path])),
  };
  const violations: FieldViolation[] = [];
  for (const [field, path] of Object.entries(named)) {
    if (path === undefined) continue;
    await confinePath(resolveName(basePath, path), roots).catch((error: unknown) => {
      violations.push({ field, description: describeError(error) });
    });
  }
  if (violations.length > 0) {
    throw new Fault('invalid', 'the plan names files that may not be used here', { violations });
  }
}
