import { parse } from 'node:path';
import type { TermServiceClient } from '@holdfast/proto/holdfast/term/v1/term';
import { bundleModules } from './bundle-modules.js';
import { type OpenModulesOptions, openModules } from './open-modules.js';

const runId = 'check';

/**
 * Reads and tries a plan's objectives and constraints of the user's own, as a run would.
 *
 * @param basePath folder that relative paths of the plan start from; who calls this may read anywhere
 * @returns a note on each: where it is computed, and what it costs.
 * @throws Fault naming the plan's field of a module that cannot be used.
 */
export async function tryModules(
  terms: TermServiceClient,
  options: Omit<OpenModulesOptions, 'runId' | 'modules'> & { readonly basePath: string },
): Promise<string[]> {
  const { plan, basePath } = options;
  const modules = await bundleModules(plan, basePath, [parse(basePath).root]);
  try {
    return await openModules(terms, { ...options, runId, modules });
  } finally {
    await terms.closeRun({ runId });
  }
}
