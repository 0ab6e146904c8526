import { normalUpperQuantile } from '@holdfast/release-gate';
import type { TaskDesign } from './version.js';

/** What the width of the gate's bound follows from. */
export interface ExpectedEvidence extends TaskDesign {
  readonly level: number;
  /** v_k: variance that one group contributes. */
  readonly groupVariance: number;
}

/**
 * a_k: the drop that validation data may show and the gate still retain the task,
 *
 *   a_k = tolerance_k - sqrt( l_k^2 + z^2 v_k / V_k ),   l_k = 1 - level^(1 / V_k)
 *
 * The root stands for how far the gate will place its bound below what it sees: l_k where nothing flips, z standard errors
 * where much does (Gaffke's and Tango's bounds lie within about a point of it). Where not even an unchanged
 * model could be retained, l_k >= tolerance_k, no drop is allowed: a_k = 0.
 */
export function allowDrop({
  level,
  tolerance,
  validationGroups,
  groupVariance,
}: ExpectedEvidence): number {
  const limit = 1 - level ** (1 / validationGroups);
  if (limit >= tolerance) return 0;
  const errors = (normalUpperQuantile(level) ** 2 * groupVariance) / validationGroups;
  return tolerance - Math.sqrt(limit ** 2 + errors);
}
