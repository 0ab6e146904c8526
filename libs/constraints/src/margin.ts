import type { ExampleScores } from './example-scores.js';

/** Width of the smoothed error in cosine: at a margin of three widths it is 0.05. */
const marginWidth = 0.05;

/** The best cosine among the wrong classes; the lowest index where several are equal. */
function findRival({ cosines, label }: ExampleScores): number {
  let rival = label === 0 ? 1 : 0;
  for (let c = rival + 1; c < cosines.length; c += 1) {
    if (c !== label && cosines[c]! > cosines[rival]!) rival = c;
  }
  return rival;
}

/** mu: the cosine of the label minus the best other cosine; positive where the example is right. */
export function computeMargin(scores: ExampleScores): number {
  return scores.cosines[scores.label]! - scores.cosines[findRival(scores)]!;
}

/** Whether the label is the best class; equal cosines go to the lowest index, as in evaluation. */
export function isRight(scores: ExampleScores): boolean {
  const rival = findRival(scores);
  const difference = scores.cosines[scores.label]! - scores.cosines[rival]!;
  return difference > 0 || (difference === 0 && scores.label < rival);
}

/** sigma(-mu / 0.05): a smooth stand-in for "wrong", in probability. */
export function smoothError(margin: number): number {
  return 1 / (1 + Math.exp(margin / marginWidth));
}
