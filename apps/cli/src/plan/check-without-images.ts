import { resolveName } from '@holdfast/artifacts';
import { type ClipDirectory, openClipDirectory } from '@holdfast/clip';
import { checkStepSize, tryModules } from '@holdfast/controller';
import type { Dataset } from '@holdfast/dataset';
import {
  checkPlanParts,
  type DriftData,
  loadNamedData,
  type MeasureOptions,
  type PlanData,
  type PlanFile,
  readDistilled,
  readDrift,
  resolveDraft,
  resolvePlanData,
} from '@holdfast/evaluation';
import { Fault, isFault, joinFaults } from '@holdfast/fault';
import { listModules, type Plan, planLocation, withPlanLines } from '@holdfast/plan';

/** What a plan names and others may name, too, as it is read. */
export interface NamedParts {
  readonly model: Promise<ClipDirectory>;
  readonly dataset: Promise<Dataset>;
  /** See {@link openWatched}. */
  readonly watched: Promise<DriftData | undefined>;
}

/** Begins to read what a plan names. */
export function readNamedParts(file: PlanFile, options: MeasureOptions): NamedParts {
  const dataset = loadNamedData(file, options, 'train');
  return { model: openModel(file), dataset, watched: openWatched(file, dataset, options) };
}

/**
 * Checks what can be known of a plan without decoding its images: model and data both, so that what is wrong with either is
 * said at once; then both together.
 *
 * @param named what the plan names, where it is read already
 * @throws Fault as a run would be refused.
 */
export async function checkWithoutImages(
  file: PlanFile,
  options: MeasureOptions,
  named = readNamedParts(file, options),
) {
  const [model, data, watched] = await Promise.allSettled([
    named.model,
    named.dataset.then((dataset) => withPlanLines(file, () => resolvePlanData(file.plan, dataset))),
    named.watched,
  ]);
  const failures = [model, data, watched].filter((part) => part.status === 'rejected');
  // What is watched waits for the data, whose fault is one.
  const reasons = new Set(failures.map(({ reason }) => reason));
  if (reasons.size > 0) throw joinFaults([...reasons]);
  const parts = {
    model: (model as PromiseFulfilledResult<ClipDirectory>).value,
    data: (data as PromiseFulfilledResult<PlanData>).value,
    drift: (watched as PromiseFulfilledResult<DriftData | undefined>).value,
  };
  const notes = await withPlanLines(file, () =>
    checkPlanParts(file.plan, { ...parts.data, model: parts.model, basePath: file.basePath }),
  );
  const resolved = await withPlanLines(file, () =>
    resolveDraft(file.plan, parts.model, parts.data),
  );
  const distilled = await readDistilled(resolved.plan, file.basePath, {
    ...parts.data,
    drift: parts.drift,
    firstIndex: 0,
    signal: options.signal,
  });
  const { plan } = resolved;
  const { dataset, tasks } = parts.data;
  const own = await tryOwnTerms(file, plan, parts);
  // How many encoders will share a step is not known here.
  await withPlanLines(file, () =>
    checkStepSize({ plan, dataset, tasks, model: parts.model }, false),
  );
  return { ...parts, ...resolved, distilled, notes, own };
}

/** Reads what the plan watches beside its tasks: unlabelled images, and the first released model. */
async function openWatched(
  { plan, basePath }: PlanFile,
  dataset: Promise<Dataset>,
  { signal }: MeasureOptions,
) {
  const { firstModel } = plan.gate;
  if (firstModel !== undefined) await openClipDirectory(resolveName(basePath, firstModel));
  if (plan.drift === undefined) return undefined;
  return readDrift(plan, basePath, { dataset: await dataset, firstIndex: 0, signal });
}

/** Tries the plan's objectives and constraints of the user's own. */
async function tryOwnTerms(
  file: PlanFile,
  plan: Plan,
  { model, data }: { readonly model: ClipDirectory; readonly data: PlanData },
): Promise<string[]> {
  if (listModules(plan).length === 0) return [];
  const { hostTerms } = await import('@holdfast/host');
  const { terms, close } = hostTerms();
  try {
    return await withPlanLines(file, () =>
      tryModules(terms, {
        plan,
        basePath: file.basePath,
        tasks: data.tasks,
        captionCount: data.prompts.captionCount,
        width: model.config.projectionSize,
      }),
    );
  } finally {
    await close();
  }
}

function openModel({ plan, basePath, text, name }: PlanFile) {
  return openClipDirectory(resolveName(basePath, plan.model)).catch((error) => {
    if (!isFault(error)) throw error;
    const line = planLocation(text, 'model');
    throw new Fault(error.kind, `${name}, line ${line}: model: ${error.message}`, {
      violations: error.violations,
      cause: error,
    });
  });
}
