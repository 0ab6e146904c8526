import { readFile } from 'node:fs/promises';
import { confinePath } from '@holdfast/artifacts';
import { parsePlan } from '@holdfast/plan';
import {
  type ResumeRunRequest,
  type ResumeRunResponse,
  RunState,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { confineUri } from '@holdfast/run-kit';
import { describeRunFolder, type RunOrigin, readOrigin } from '@holdfast/run-store';
import { collectViolations } from '@holdfast/service-kit';
import { confinePlan } from './confine-plan.js';
import { hasEnded } from './describe-run.js';
import { readStoredRun, requireEnded } from './read-stored-run.js';
import type { RunRegistry } from './run-registry.js';

/** Goes on with the run of a folder; one that is going, or has ended with an outcome, is answered as it is. */
export async function resumeRun(
  registry: RunRegistry,
  roots: readonly string[],
  request: ResumeRunRequest,
): Promise<ResumeRunResponse> {
  const violations = collectViolations('ResumeRun');
  const runPath = await confineUri(request.runUri, 'run_uri', { roots, violations });
  violations.throwIfAny();
  const origin = await readOrigin(runPath);
  const { runId } = origin;
  const going = registry.get(runId);
  if (going?.folder.path === runPath && !hasEnded(going.run)) {
    return { runId, step: going.run.progress?.step ?? 0 };
  }
  const run = await readStoredRun(runPath);
  await requireEnded(run);
  if (run.state === RunState.RUN_STATE_COMPLETED) registry.showFinished(run, origin);
  else {
    await confineStored(runPath, origin, roots);
    registry.start(run, origin, { isNew: false });
  }
  return { runId, step: run.progress?.step ?? 0 };
}

/** Who wrote a run's folder may have had other roots. @throws Fault `invalid` naming what lies outside of these. */
async function confineStored(
  runPath: string,
  { basePath, planName }: RunOrigin,
  roots: readonly string[],
): Promise<void> {
  await confinePath(basePath, roots);
  const text = await readFile(describeRunFolder(runPath).plan, 'utf8');
  await confinePlan(parsePlan(text, planName), basePath, roots);
}
