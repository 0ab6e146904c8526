import { meanChange, type Stratum } from './group-strata.js';

/**
 * Standard error of Delta by groups: the CR2 sandwich of a mean.
 *
 *   SE^2 = 1/n^2 sum_g (d_g - Delta n_g)^2 / (1 - n_g / n)
 *
 * With groups of one size it is sqrt(G/(G-1) sum_g (d_g - Delta n_g)^2) / n. From one group it cannot
 * be estimated: 1, the largest that it could be.
 * Source: R. M. Bell and D. F. McCaffrey, Survey Methodology 28 (2002) 169-181.
 */
export function groupStandardError(strata: readonly Stratum[]): number {
  const groups = strata.reduce((sum, { count }) => sum + count, 0);
  if (groups <= 1) return 1;
  const examples = strata.reduce((sum, { count, size }) => sum + count * size, 0);
  const change = meanChange(strata);
  let sum = 0;
  for (const { count, change: net, size } of strata) {
    if (count === 0) continue;
    sum += (count * (net - change * size) ** 2) / (1 - size / examples);
  }
  return Math.sqrt(sum) / examples;
}
