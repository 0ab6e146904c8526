import { dirname } from 'node:path';
import { resolveName, toName } from '@holdfast/artifacts';
import { listPartitions, readSampleTable, type Sample, withoutCorrupted } from '@holdfast/dataset';
import { Fault, isFault } from '@holdfast/fault';
import { describeRunFolder } from '@holdfast/run-store';
import { openPlanFile, type PlanFile } from '../data/plan-file.js';
import { isOfRun, roundsMax } from './list-rounds.js';

/**
 * Refuses validation and test images, and those of a pool, that trained a model: it knows them by heart, whatever it has lost
 * elsewhere. What trained it, its run and the rounds before say; nothing does for a model that lies in no run's folder.
 *
 * @param models absolute paths
 * @throws Fault `precondition` that says how many images there are, and what to do.
 */
export async function refuseTrained(
  models: readonly string[],
  samples: readonly Sample[],
): Promise<void> {
  const runs = (await Promise.all(models.map(listRuns))).flat();
  const runOf = new Map<string, string>();
  for (const run of runs) {
    for (const { sha256 } of await readTrained(run)) runOf.set(sha256, run.path);
  }
  const [first, ...others] = withoutCorrupted(samples).filter(
    (sample) => judges(sample) && runOf.has(sample.sha256),
  );
  if (first === undefined) return;
  throw new Fault(
    'precondition',
    `${others.length + 1} of the images that judge trained the model, ${first.relativePath} the first, in ${toName(runOf.get(first.sha256)!)}. Let them train, or leave them out. A division by chance is dealt anew whenever images come or go: the command "data split" writes one into the manifest (docs/data.md)`,
  );
}

/** Those of a pool have no role. */
function judges({ roles }: Sample): boolean {
  const parts = listPartitions(roles);
  return roles.length === 0 || parts.includes('validation') || parts.includes('test');
}

/** A run that made a model, or one that it began with. */
interface MadeBy {
  /** Folder of the run. */
  readonly path: string;
  readonly file: PlanFile;
}

/** Runs that made a model, the last one first, whatever became of them. */
async function listRuns(candidate: string): Promise<readonly MadeBy[]> {
  const runs: MadeBy[] = [];
  let model = candidate;
  while (runs.length < roundsMax && (await isOfRun(model))) {
    const path = dirname(model);
    const file = await unlessMissing(
      openPlanFile(describeRunFolder(path).plan, { cwd: path, command: 'holdfast' }),
    );
    if (file === undefined) break;
    runs.push({ path, file });
    model = resolveName(file.basePath, file.plan.model);
  }
  return runs;
}

/**
 * Images that a run was to train on; none where their table is not there any more. Of those without labels nobody knows which were
 * only watched, where any were.
 */
async function readTrained({ path, file }: MadeBy): Promise<readonly Sample[]> {
  const watches = file.plan.drift !== undefined;
  const { samples = [] } =
    (await unlessMissing(readSampleTable(describeRunFolder(path).samples))) ?? {};
  return samples.filter(({ roles }) =>
    roles.length === 0 ? !watches : listPartitions(roles).includes('training'),
  );
}

/** @throws whatever a read throws but that there is nothing. */
async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isFault(error) && error.kind === 'not-found') return undefined;
    throw error;
  }
}
