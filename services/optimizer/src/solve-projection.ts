import type { GradientProducts } from '@holdfast/engine';
import { Fault } from '@holdfast/fault';
import quadprog from 'quadprog';

/** Added to the cosines' diagonal, so that gradients that depend on one another have one solution. */
const ridge = 1e-8;
/** Shorter ones are rounding, and what they would be multiplied by leaves float32. */
const normMin = 1e-30;

/**
 * v >= 0 of the vector g~ = g + sum_k v_k r_k nearest to g with <g~, r_k> >= 0 for every k: gradient episodic memory, GEM
 * (Lopez-Paz and Ranzato 2017, arXiv 1706.08840), through the dual program
 *
 *   min_v 1/2 v^T G v + p^T v,  v >= 0,   G_ij = <r_i, r_j>, p_i = <g, r_i>
 *
 * solved by the dual method of Goldfarb and Idnani, for r_k of length 1 and p at most 1. All 0 where no p_i < 0, exactly; an r_k
 * of length 1e-30 or less asks for nothing.
 *
 * @throws Fault `diverged` where an r_k is not finite, or the program has no solution.
 */
export function solveProjection({ withArray, amongKept }: GradientProducts): number[] {
  const norms = amongKept.map((row, k) => Math.sqrt(row[k]!));
  const bad = norms.findIndex((norm) => !Number.isFinite(norm));
  if (bad >= 0) {
    throw new Fault(
      'diverged',
      `kept gradient ${bad} has the norm ${norms[bad]}: the step is not taken; lower the learning rate or restore a checkpoint`,
    );
  }
  const weights = norms.map(() => 0);
  const used = norms.flatMap((norm, k) => (norm > normMin ? [k] : []));
  const slopes = used.map((k) => withArray[k]! / norms[k]!);
  // Also where g is no number, which its norm shows.
  if (!slopes.some((slope) => slope < 0)) return weights;
  const scale = Math.max(...slopes.map(Math.abs));
  const cosines = used.map((i) =>
    used.map((j) => amongKept[i]![j]! / (norms[i]! * norms[j]!) + (i === j ? ridge : 0)),
  );
  const identity = used.map((i) => used.map((j) => (i === j ? 1 : 0)));
  const { solution, message } = quadprog.solveQP(
    fromOne(cosines.map(fromOne)),
    fromOne(slopes.map((slope) => -slope / scale)),
    fromOne(identity.map(fromOne)),
    fromOne(used.map(() => 0)),
  );
  if (message !== '') {
    throw new Fault(
      'diverged',
      `the projection of ${used.length} gradients has no solution: ${message}`,
    );
  }
  used.forEach((k, place) => {
    weights[k] = (Math.max(solution[place + 1]!, 0) * scale) / norms[k]!;
  });
  return weights;
}

/** The same list with indices from 1. */
function fromOne<T>(list: readonly T[]): T[] {
  const shifted: T[] = [];
  list.forEach((item, index) => {
    shifted[index + 1] = item;
  });
  return shifted;
}
