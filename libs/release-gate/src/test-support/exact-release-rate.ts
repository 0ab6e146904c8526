import type { PairedComparison } from '@holdfast/metrics';
import { createIndependentEvidence } from '../evidence/independent-evidence.js';

/** Independent examples with known flip rates, and the gate's question. */
export interface IndependentCase {
  readonly examples: number;
  /** Probability that an example flips to wrong. */
  readonly lossRate: number;
  /** Probability that an example flips to right. */
  readonly gainRate: number;
  readonly tolerance: number;
  readonly level: number;
}

/**
 * The exact probability that the gate retains such a task: the sum over all (b, c) of the trinomial
 * probability where it does. For each b, retaining is monotone in c, so that only the least c counts.
 */
export function exactReleaseRate(question: IndependentCase): number {
  const { examples: n, lossRate, gainRate } = question;
  let rate = 0;
  for (let b = 0; b <= n; b += 1) {
    const probability = Math.exp(logBinomial(n, b, lossRate));
    if (probability < 1e-9 && b > n * lossRate) break;
    const least = findLeastGains(question, b);
    rate += probability * upperTail(n - b, least, gainRate / (1 - lossRate));
  }
  return rate;
}

function findLeastGains(question: IndependentCase, b: number): number {
  const { examples, tolerance, level } = question;
  const retains = (c: number) =>
    createIndependentEvidence(describeCounts(examples, b, c)).wouldRetain({ tolerance, level }, 1);
  let short = -1;
  let enough = examples - b + 1;
  while (enough - short > 1) {
    const middle = Math.floor((short + enough) / 2);
    if (retains(middle)) enough = middle;
    else short = middle;
  }
  return enough;
}

function describeCounts(examples: number, b: number, c: number): PairedComparison {
  return {
    exampleCount: examples,
    groupCount: examples,
    referenceAccuracy: b / examples,
    candidateAccuracy: c / examples,
    accuracyChange: (c - b) / examples,
    negativeFlips: b,
    positiveFlips: c,
    groups: [],
  };
}

/** P(Binomial(trials, rate) >= least). */
function upperTail(trials: number, least: number, rate: number): number {
  if (least <= 0) return 1;
  if (rate === 0) return 0;
  let tail = 0;
  for (let k = least; k <= trials; k += 1) {
    const term = Math.exp(logBinomial(trials, k, rate));
    tail += term;
    if (term < 1e-12 && k > trials * rate) break;
  }
  return tail;
}

/** log P(Binomial(trials, rate) = successes). */
function logBinomial(trials: number, successes: number, rate: number): number {
  if (rate === 0) return successes === 0 ? 0 : Number.NEGATIVE_INFINITY;
  let log = successes * Math.log(rate) + (trials - successes) * Math.log1p(-rate);
  for (let i = 0; i < successes; i += 1) log += Math.log((trials - i) / (i + 1));
  return log;
}
