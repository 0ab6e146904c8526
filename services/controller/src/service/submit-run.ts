import { randomUUID } from 'node:crypto';
import { basename, extname, join, resolve } from 'node:path';
import { removeStored, toUri, writeFileAtomic } from '@holdfast/artifacts';
import { isFault } from '@holdfast/fault';
import { withPlanLines } from '@holdfast/plan';
import type {
  SubmitRunRequest,
  SubmitRunResponse,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import {
  claimRunFolder,
  describeModules,
  queueRun,
  type RunOrigin,
  writeModules,
  writeOrigin,
} from '@holdfast/run-store';
import { bundleModules } from '../terms/modules/bundle-modules.js';
import type { ControllerOptions } from './controller-options.js';
import { countSteps, createRun } from './describe-run.js';
import { findRepeated } from './find-repeated.js';
import { listOrigins } from './list-origins.js';
import { hashRequest, parseSubmitRun } from './parse-submit-run.js';
import type { RunRegistry } from './run-registry.js';

/** Bytes of a file's name, on most file systems. */
const nameBytesMax = 255;

/** A folder for a run that names none: the plan's name, as much of it as there is room for, and a piece of the run's. */
function nameRunFolder(runsPath: string, planName: string, runId: string): string {
  const stem = basename(planName, extname(planName)).replaceAll(/[^\w.-]+/g, '-') || 'run';
  const ending = `-${runId.slice(0, 8)}`;
  // What is left of the stem is ASCII: a byte a character.
  return join(runsPath, `${stem.slice(0, nameBytesMax - ending.length)}${ending}`);
}

/** Checks a plan and lets its run wait, all of it on disk. A request that came before is answered with its run. */
export async function submitRun(
  registry: RunRegistry,
  { roots, runsPath }: ControllerOptions,
  request: SubmitRunRequest,
): Promise<SubmitRunResponse> {
  const { requestId, planName = '', planYaml, labels, priority, caller } = request;
  const { plan, basePath, runPath } = await parseSubmitRun(request, roots);
  const started = registry.list().map(({ folder, origin }) => ({ path: folder.path, origin }));
  const stored = await listOrigins(runsPath, runPath === undefined ? [] : [runPath]);
  const repeated = findRepeated(request, [...started, ...stored]);
  if (repeated !== undefined) return repeated;
  registry.requireRoom(caller);
  const modules = await withPlanLines({ name: planName, text: planYaml }, () =>
    bundleModules(plan, basePath, roots),
  );
  const runId = randomUUID();
  const named = runPath ?? nameRunFolder(runsPath, planName, runId);
  const folder = await claimRunFolder(resolve(named), roots);
  const origin: RunOrigin = {
    runId,
    planName,
    basePath,
    createdAt: new Date().toISOString(),
    labels,
    priority,
    caller,
    modules: describeModules(modules),
    request: { id: requestId, sha256: hashRequest(request) },
  };
  try {
    // First: by its journal a folder is known for one that a submission left which was killed.
    const since = await queueRun(folder, {
      async write(fence) {
        await writeModules(folder, modules);
        await writeFileAtomic(folder.plan, planYaml);
        // The last one: a repeated request finds a run by its origin, which must be whole then.
        await writeOrigin(folder, origin, fence);
      },
    });
    const run = createRun(origin, folder.path, countSteps(plan));
    registry.enqueue(run, origin, { isNew: true, since });
  } catch (error) {
    // The disk is full, say, or the controller is ending. Where it took too long, the folder is another submission's by now.
    if (!isFault(error) || error.kind !== 'aborted') await removeStored(folder.path);
    throw error;
  }
  registry.begin();
  return { runId, runUri: toUri(folder.path) };
}
