import { formatCorruption } from '@holdfast/corruption';
import { noLabel } from './read-unlabelled-images.js';
import type { Sample } from './sample.js';

/**
 * Synthetic images, made of originals: they show nothing that the originals show, stand for nothing, and have no label. Sets of originals take
 * turns, and so do the originals of a set.
 *
 * @param sets at least one has originals
 * @param firstIndex of the first in the sample table
 */
export function listSynthetic(
  sets: readonly (readonly Sample[])[],
  { count, firstIndex }: { readonly count: number; readonly firstIndex: number },
): Sample[] {
  const filled = sets.filter((originals) => originals.length > 0);
  return Array.from({ length: count }, (_, i): Sample => {
    const originals = filled[i % filled.length]!;
    const turn = Math.floor(i / filled.length);
    const { path, relativePath, sha256, group } = originals[turn % originals.length]!;
    const number = Math.floor(turn / originals.length);
    const corruption = { name: 'synthetic', number } as const;
    const name = `${relativePath} (${formatCorruption(corruption)})`;
    const file = { path, relativePath: name, sha256, group };
    return { index: firstIndex + i, ...file, label: noLabel, roles: [], corruption };
  });
}
