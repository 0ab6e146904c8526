import { toName } from '@holdfast/artifacts';
import { listPartitions, readSampleTable, type Sample, withoutCorrupted } from '@holdfast/dataset';
import { Fault, isFault } from '@holdfast/fault';
import { describeRunFolder } from '@holdfast/run-store';
import { listRoundsOf, type Round } from './list-rounds.js';

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
  const rounds = (await Promise.all(models.map(listRoundsOf))).flat();
  const runOf = new Map<string, string>();
  for (const round of rounds) {
    for (const { sha256 } of await readTrained(round)) runOf.set(sha256, round.path);
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

/** Images that a run was to train on; none where their table is not there any more. Of those without labels nobody knows which were only watched, where any were. */
async function readTrained({ path, file }: Round): Promise<readonly Sample[]> {
  const watches = file.plan.drift !== undefined;
  try {
    const { samples } = await readSampleTable(describeRunFolder(path).samples);
    return samples.filter(({ roles }) =>
      roles.length === 0 ? !watches : listPartitions(roles).includes('training'),
    );
  } catch (error) {
    if (isFault(error) && error.kind === 'not-found') return [];
    throw error;
  }
}
