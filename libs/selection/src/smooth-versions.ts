import type { MeasuredVersion } from './version.js';

/**
 * Moves each version's changes towards those of the same kind of weights at the measurements before and
 * after it, which the same few images that lie on a border tell apart by chance:
 *
 *   d <- (d_before + 2 d + d_after) / 4,   where one of them was not measured (2 d + d_beside) / 3
 *
 * The result is in the order given. What has no neighbour stays: of interpolations that only the leading
 * checkpoints have, those of the next leader are none.
 */
export function smoothVersions<T extends MeasuredVersion>(versions: readonly T[]): T[] {
  const steps = [...new Set(versions.map(({ step }) => step))].sort((a, b) => a - b);
  const keyOf = ({ average, alpha }: T, place: number) => `${average}:${alpha}:${place}`;
  const found = new Map(versions.map((v) => [keyOf(v, steps.indexOf(v.step)), v]));
  return versions.map((version) => {
    const place = steps.indexOf(version.step);
    const beside = [place - 1, place + 1].flatMap((p) => found.get(keyOf(version, p)) ?? []);
    return smoothVersion(version, beside);
  });
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
