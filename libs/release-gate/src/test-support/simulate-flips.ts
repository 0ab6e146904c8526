import type { Random } from '@holdfast/random';
import type { Stratum } from '../bounds/group-strata.js';

/** How the flips of a simulated task come about; rates are per example. */
export interface FlipModel {
  /** Rate of flips to wrong that come and go together in a group, correlated by `correlation`. */
  readonly clusteredLoss?: number;
  /** Rate of flips to right, likewise. */
  readonly clusteredGain?: number;
  /** Correlation within a group of the clustered flips; 1: all of a group or none. */
  readonly correlation?: number;
  /** Rate of flips to wrong of single examples. */
  readonly loss?: number;
  /** Rate of flips to right of single examples. */
  readonly gain?: number;
}

/**
 * Draws the net change of every group: clustered flips are beta-binomial with the given correlation,
 * single ones binomial. What the two kinds say together is cut to the group's size.
 */
export function simulateGroups(
  sizes: readonly number[],
  model: FlipModel,
  random: Random,
): Stratum[] {
  const { clusteredLoss = 0, clusteredGain = 0, correlation = 1, loss = 0, gain = 0 } = model;
  const strata = new Map<string, Stratum & { count: number }>();
  for (const size of sizes) {
    const lost = drawBinomial(size, drawClusterRate(clusteredLoss, correlation, random), random);
    const won = drawBinomial(size, drawClusterRate(clusteredGain, correlation, random), random);
    // Examples that a cluster has already flipped do not flip again on their own.
    const left = Math.max(0, size - lost - won);
    const single = drawBinomial(left, gain, random) - drawBinomial(left, loss, random);
    const change = Math.max(-size, Math.min(size, won - lost + single));
    const key = `${size}:${change}`;
    const stratum = strata.get(key);
    if (stratum === undefined) strata.set(key, { size, change, count: 1 });
    else stratum.count += 1;
  }
  return [...strata.values()].sort((a, b) => a.size - b.size || a.change - b.change);
}

/** A group's own rate: Beta with the given mean and correlation 1 / (a + b + 1). */
function drawClusterRate(mean: number, correlation: number, random: Random): number {
  if (mean === 0 || mean === 1) return mean;
  if (correlation === 1) return random.uniform() < mean ? 1 : 0;
  const total = 1 / correlation - 1;
  // In logarithms: at high correlation both gamma variables can underflow.
  const a = drawLogGamma(mean * total, random);
  const b = drawLogGamma((1 - mean) * total, random);
  return 1 / (1 + Math.exp(b - a));
}

/** log of a Gamma(shape, 1) variable: Marsaglia and Tsang 2000, with their boost below shape 1. */
function drawLogGamma(shape: number, random: Random): number {
  if (shape < 1) {
    return drawLogGamma(shape + 1, random) + Math.log(1 - random.uniform()) / shape;
  }
  const d = shape - 1 / 3;
  for (;;) {
    const x = random.normal();
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - random.uniform()) < (x * x) / 2 + d - d * v + d * Math.log(v)) {
      return Math.log(d * v);
    }
  }
}

function drawBinomial(trials: number, rate: number, random: Random): number {
  let successes = 0;
  for (let i = 0; i < trials; i += 1) if (random.uniform() < rate) successes += 1;
  return successes;
}
