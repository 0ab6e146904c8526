import type { MeasuredVersion } from './version.js';

/**
 * Moves each version's changes towards those of the same kind of weights at the measurements before and
 * after it, which the same few images that lie on a border tell apart by chance:
 *
 *   d <- (d_before + 2 d + d_after) / 4,   at an end (2 d + d_beside) / 3
 *
 * The result is in the order given. What has no neighbour stays.
 */
export function smoothVersions<T extends MeasuredVersion>(versions: readonly T[]): T[] {
  const tracks = new Map<string, T[]>();
  for (const version of versions) {
    const key = `${version.average}:${version.alpha}`;
    const track = tracks.get(key);
    if (track === undefined) tracks.set(key, [version]);
    else track.push(version);
  }
  const smoothed = new Map<T, T>();
  for (const track of tracks.values()) {
    track.sort((a, b) => a.step - b.step);
    for (const [i, version] of track.entries()) {
      const beside = [track[i - 1], track[i + 1]].filter((v): v is T => v !== undefined);
      smoothed.set(version, smoothVersion(version, beside));
    }
  }
  return versions.map((version) => smoothed.get(version)!);
}

function smoothVersion<T extends MeasuredVersion>(version: T, beside: readonly T[]): T {
  const blend = (own: number, others: readonly number[]) =>
    others.reduce((total, value) => total + value, 2 * own) / (2 + others.length);
  return {
    ...version,
    targetChange: blend(
      version.targetChange,
      beside.map(({ targetChange }) => targetChange),
    ),
    tasks: version.tasks.map(
      (task, k) =>
        task && {
          ...task,
          change: blend(
            task.change,
            beside.flatMap(({ tasks }) => tasks[k]?.change ?? []),
          ),
        },
    ),
  };
}
