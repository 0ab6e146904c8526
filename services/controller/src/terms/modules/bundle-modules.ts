import { resolve } from 'node:path';
import { describeError, Fault, type FieldViolation, isFault } from '@holdfast/fault';
import { listModules, type PlanDraft } from '@holdfast/plan';
import type { KeptModule, RunModules } from '@holdfast/run-store';
import { bundleModule } from '@holdfast/term-modules/bundle';

/**
 * Reads the objectives and constraints of the user's own that a plan names, with what they import.
 *
 * @param basePath folder that relative paths of the plan start from
 * @param roots folders that they and their imports lie in
 * @throws Fault `invalid` naming the fields of all that cannot be read.
 */
export async function bundleModules(
  plan: Pick<PlanDraft, 'objective' | 'constraints'>,
  basePath: string,
  roots: readonly string[],
): Promise<RunModules> {
  const modules = new Map<string, KeptModule>();
  const violations: FieldViolation[] = [];
  for (const { field, path } of listModules(plan)) {
    if (modules.has(path)) continue;
    try {
      modules.set(path, await bundleModule(resolve(basePath, path), { roots }));
    } catch (error) {
      if (!isFault(error)) throw error;
      violations.push({ field, description: describeError(error) });
    }
  }
  if (violations.length === 0) return modules;
  throw new Fault('invalid', 'the plan names modules that cannot be used', { violations });
}
