import type { ExampleScores } from './example-scores.js';

/**
 * ell = -log softmax_label(cosines / tau), in nats.
 *
 * With `probabilities`, [classes], also writes the softmax there; d ell / d cosine_c is
 * (probability_c - 1[c = label]) / tau.
 */
export function crossEntropy(
  { cosines, label }: ExampleScores,
  temperature: number,
  probabilities?: Float64Array,
): number {
  let largest = -Infinity;
  for (let c = 0; c < cosines.length; c += 1) {
    const logit = cosines[c]! / temperature;
    if (logit > largest) largest = logit;
  }
  let sum = 0;
  for (let c = 0; c < cosines.length; c += 1) {
    const scaled = Math.exp(cosines[c]! / temperature - largest);
    if (probabilities !== undefined) probabilities[c] = scaled;
    sum += scaled;
  }
  if (probabilities !== undefined) {
    for (let c = 0; c < cosines.length; c += 1) probabilities[c]! /= sum;
  }
  return Math.log(sum) + largest - cosines[label]! / temperature;
}
