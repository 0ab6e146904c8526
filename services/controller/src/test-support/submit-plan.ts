import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type TestHost, uriOf } from './host.js';
import type { SmallPlan } from './small-run.js';

/** Has a controller run a small plan, in a folder of that name beside the plan's data. */
export async function submitPlan(
  { controller }: Pick<TestHost, 'controller'>,
  { folder, yaml }: SmallPlan,
  name = 'run',
): Promise<{ readonly runId: string; readonly runPath: string }> {
  const runPath = join(folder, name);
  const { runId } = await controller.submitRun({
    requestId: randomUUID(),
    planYaml: yaml,
    planName: 'plan.yaml',
    baseUri: uriOf(folder),
    runUri: uriOf(runPath),
  });
  return { runId, runPath };
}
