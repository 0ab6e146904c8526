import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeFileAtomic } from '@holdfast/artifacts';
import { withPlanLines } from '@holdfast/plan';
import type {
  SubmitRunRequest,
  SubmitRunResponse,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import {
  claimRunFolder,
  describeModules,
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

/** Takes runs, one after the other: of a request that comes twice at once, the second must find the first one's run. */
export function createSubmitRun(registry: RunRegistry, options: ControllerOptions) {
  /** The last submission, done when it is answered; never rejects. */
  let submitting: Promise<unknown> = Promise.resolve();
  return (request: SubmitRunRequest): Promise<SubmitRunResponse> => {
    const submitted = submitting.then(() => submitRun(registry, options, request));
    submitting = submitted.catch(() => {});
    return submitted;
  };
}

/** A folder for a run that names none: the plan's name and a piece of the run's. */
function nameRunFolder(runsPath: string, planName: string, runId: string): string {
  const stem = basename(planName, extname(planName)).replaceAll(/[^\w.-]+/g, '-') || 'run';
  return join(runsPath, `${stem}-${runId.slice(0, 8)}`);
}

async function submitRun(
  registry: RunRegistry,
  { roots, runsPath }: ControllerOptions,
  request: SubmitRunRequest,
): Promise<SubmitRunResponse> {
  const { requestId, planName = '', planYaml, labels } = request;
  const { plan, basePath, runPath } = await parseSubmitRun(request, roots);
  const started = registry.list().map(({ folder, origin }) => ({ path: folder.path, origin }));
  const stored = await listOrigins(runsPath, runPath === undefined ? [] : [runPath]);
  const repeated = findRepeated(request, [...started, ...stored]);
  if (repeated !== undefined) return repeated;
  registry.requireIdle();
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
    modules: describeModules(modules),
    request: { id: requestId, sha256: hashRequest(request) },
  };
  try {
    await writeModules(folder, modules);
    await writeFileAtomic(folder.plan, planYaml);
    // The last one: a repeated request finds a run by its origin, which must be whole then.
    await writeOrigin(folder, origin);
    registry.start(createRun(origin, folder.path, countSteps(plan)), origin, { isNew: true });
  } catch (error) {
    // The disk is full, say, or another run was resumed meanwhile.
    await rm(folder.path, { recursive: true, force: true });
    throw error;
  }
  return { runId, runUri: pathToFileURL(folder.path).href };
}
