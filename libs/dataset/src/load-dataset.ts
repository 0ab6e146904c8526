import { checkLeakage } from './check-leakage.js';
import { checkRoles } from './check-roles.js';
import { describeCopies } from './describe-data.js';
import { hashSamples } from './hash-samples.js';
import { joinDuplicates } from './join-duplicates.js';
import { limitTraining } from './limit-training.js';
import type { LoadSettings } from './load-settings.js';
import { isUsed, readEntries } from './read-entries.js';
import type { Dataset, Sample } from './sample.js';

/**
 * Loads the images of a run: finds and hashes the files, gives every image its roles, and refuses data
 * that would let a result look better than it is.
 *
 * Roles that the manifest names are kept as they are; images without a role, or with `base` alone, are
 * left out. Where no row has a role, a column `split` is understood as roles. Where there is neither,
 * groups are split, class by class: target and protected images train, the rest steer and judge; `test`
 * is never made up. In each case the negatives are marked. Of limited labels so many images train, and the others are left out.
 * Groups that share an exact copy of an image are one: a copy is no further evidence.
 *
 * @throws Fault that names every row, class or file that is wrong.
 */
export async function loadDataset(settings: LoadSettings): Promise<Dataset> {
  const { purpose = 'train' } = settings;
  const { entries: found, labels, classes, notes } = await readEntries(settings);
  const { entries, notes: limits } = settings.training
    ? limitTraining(found, labels, settings.training)
    : { entries: found, notes: [] };
  checkRoles(entries, labels, purpose);
  const given = entries.filter(isUsed);
  checkLeakage(given, labels.targets);
  const used = joinDuplicates(given);
  const samples = used.map(
    ({ place: _, split: __, source: ___, ...sample }, index): Sample => ({ index, ...sample }),
  );
  return {
    samples,
    classes,
    sha256: hashSamples(samples),
    notes: [...notes, ...(purpose === 'train' ? limits : []), ...describeCopies(used)],
  };
}
