import { sha256 } from '@holdfast/artifacts';
import { createRandom } from '@holdfast/random';
import { compareText, listSome } from './compare-text.js';
import type { DividedEntries } from './divide-entries.js';
import type { Entry } from './entry.js';
import type { LabelPlan } from './label-plan.js';
import type { TrainingLimits } from './load-settings.js';
import type { Role } from './sample.js';

/** What an image that is left out is not any more. */
const limitedRoles: readonly Role[] = ['protected', 'negative'];

/**
 * Takes the roles that train from all but so many images of each limited label. Which images stay is drawn by the seed, the
 * label and the paths of its images: neither the order of files nor another label changes it, and the images of a smaller limit
 * are among those of a larger one. Groups are taken one after another, whole but the last, for a user who has few
 * images has them of few scenes.
 */
export function limitTraining(
  entries: readonly Entry[],
  labels: Pick<LabelPlan, 'protected'>,
  { seed, limitOf }: TrainingLimits,
): DividedEntries {
  const isHeld = (label: string) => labels.protected.has(label) || limitOf(label) === 0;
  const trains = ({ label, roles }: Entry) =>
    roles.includes('negative') || (roles.includes('protected') && isHeld(label));
  const left = new Set<Entry>();
  const cut: string[] = [];
  const short: string[] = [];
  const counts = { all: 0, used: 0 };
  for (const [label, images] of groupBy(entries.filter(trains), (entry) => entry.label)) {
    const limit = limitOf(label);
    if (limit === undefined) continue;
    for (const image of order(images, label, seed).slice(limit)) left.add(image);
    // Of what does not train at all, the tasks say it.
    if (limit === 0) continue;
    counts.all += images.length;
    counts.used += Math.min(limit, images.length);
    (images.length < limit ? short : cut).push(`${label} (${Math.min(limit, images.length)})`);
  }
  return {
    entries: entries.map((entry) =>
      left.has(entry)
        ? { ...entry, roles: entry.roles.filter((role) => !limitedRoles.includes(role)) }
        : entry,
    ),
    notes: [
      ...(cut.length + short.length > 0
        ? [
            `trainingImages: of ${counts.all} training images ${counts.used} are used, drawn by seed ${seed}: ${listSome([...cut, ...short])}`,
          ]
        : []),
      ...(short.length > 0
        ? [`trainingImages asks for more images than there are of ${listSome(short)}`]
        : []),
    ],
  };
}

/** Images at random, those of a group together, where the first of them is. */
function order(images: readonly Entry[], label: string, seed: number): Entry[] {
  const shuffled = [...images].sort((a, b) => compareText(a.relativePath, b.relativePath));
  createRandom(seed, hash('trainingImages'), hash(label)).shuffle(shuffled);
  return [...groupBy(shuffled, ({ group }) => group).values()].flat();
}

function hash(text: string): number {
  return Number.parseInt(sha256(text).slice(0, 8), 16);
}

function groupBy(entries: readonly Entry[], keyOf: (entry: Entry) => string): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const known = groups.get(keyOf(entry));
    if (known === undefined) groups.set(keyOf(entry), [entry]);
    else known.push(entry);
  }
  return groups;
}
