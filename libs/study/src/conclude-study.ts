import { measures } from './measures.js';
import type { Study } from './parse-study.js';
import { deviation, estimateMean } from './statistics/mean-interval.js';
import { studentUpperQuantile } from './statistics/student-quantile.js';
import type { CellRecord, Conclusion } from './study-record.js';

/** Beyond it "more seeds" is no advice. */
const seedsMax = 1000;

/**
 * What the study says, as it was fixed beforehand: the method against each other one, paired by seed. With d the mean
 * difference (positive: the method is better), m the margin, and Student's interval [l, u] of d at the study's level
 * over the number of comparisons,
 *
 *   l > m          BETTER       u < -m         WORSE
 *   -m < l, u < m  EQUIVALENT   otherwise      UNDECIDED
 *
 * While runs are left it says nothing: who looks on the way and stops when it pleases errs more often than the level.
 */
export function concludeStudy(cells: readonly CellRecord[], study: Study): Conclusion[] {
  const { conclude, methods } = study;
  const targets = [...new Set(cells.map(({ target }) => target))];
  const rivals = [...methods.keys()].filter((name) => name !== conclude.method);
  const level = conclude.level / Math.max(1, targets.length * rivals.length);
  return targets.flatMap((target) =>
    rivals.map((against) => {
      const both = cells.filter(
        (cell) => cell.target === target && [conclude.method, against].includes(cell.method),
      );
      return { target, method: conclude.method, against, level, ...compare(both, study, level) };
    }),
  );
}

type Comparison = Pick<Conclusion, 'outcome' | 'pairs' | 'difference' | 'moreSeeds' | 'reason'>;

function compare(cells: readonly CellRecord[], { conclude }: Study, level: number): Comparison {
  const differences = listDifferences(cells, conclude);
  const difference = estimateMean(differences, level);
  const known = { pairs: differences.length, difference, moreSeeds: null };
  const left = cells.filter(({ state }) => state === 'waiting' || state === 'stopped').length;
  const failed = cells.filter(({ state }) => state === 'failed').length;
  if (left > 0)
    return {
      ...known,
      outcome: 'OPEN',
      reason: `${left} of these runs ${left === 1 ? 'is' : 'are'} left`,
    };
  if (failed > 0) {
    const reason = `${failed} of these runs failed: what is left is not the study that was planned`;
    return { ...known, outcome: 'UNDECIDED', reason };
  }
  const { mean, lower, upper } = difference;
  if (mean === null || lower === null || upper === null) {
    const reason =
      differences.length === 0
        ? `no run was measured on ${conclude.images} images`
        : 'one seed says nothing of others; give two or more';
    return { ...known, outcome: 'UNDECIDED', reason };
  }
  const { margin } = conclude;
  const found = `${points(mean)} points, between ${points(lower)} and ${points(upper)} for other seeds`;
  const by = `${points(margin).slice(1)} points`;
  if (lower > margin)
    return { ...known, outcome: 'BETTER', reason: `${found}: by more than ${by}` };
  if (upper < -margin)
    return { ...known, outcome: 'WORSE', reason: `${found}: by more than ${by}` };
  if (lower > -margin && upper < margin) {
    return { ...known, outcome: 'EQUIVALENT', reason: `${found}: by less than ${by} either way` };
  }
  const moreSeeds = countMoreSeeds(differences, margin, level);
  const advice =
    moreSeeds === null
      ? 'more seeds would hardly decide'
      : `about ${moreSeeds} more seeds would decide`;
  return { ...known, outcome: 'UNDECIDED', moreSeeds, reason: `${found}; ${advice}` };
}

/** The method's value less its rival's by seed, where both have one; positive is better. */
function listDifferences(
  cells: readonly CellRecord[],
  { measure, images, method }: Study['conclude'],
): number[] {
  const { read, moreIsBetter } = measures[measure];
  const seeds = [...new Set(cells.map(({ seed }) => seed))];
  return seeds.flatMap((seed) => {
    const same = cells.filter((cell) => cell.seed === seed);
    const value = (isMethod: boolean) => {
      const figures = same.find((cell) => (cell.method === method) === isMethod)?.figures;
      return figures ? read(figures, images) : undefined;
    };
    const [own, other] = [value(true), value(false)];
    if (own == null || other == null) return [];
    return [moreIsBetter ? own - other : other - own];
  });
}

/** Seeds beside these after which the interval would leave the margin's nearest end, with this mean and spread. */
function countMoreSeeds(
  differences: readonly number[],
  margin: number,
  level: number,
): number | null {
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  const distance = Math.min(Math.abs(mean - margin), Math.abs(mean + margin));
  const spread = deviation(differences);
  for (let count = differences.length + 1; count <= seedsMax; count += 1) {
    const half = (studentUpperQuantile(level / 2, count - 1) * spread) / Math.sqrt(count);
    if (half < distance) return count - differences.length;
  }
  return null;
}

function points(share: number): string {
  const text = (100 * share).toFixed(1);
  return Number(text) < 0 ? text : `+${text.replace('-', '')}`;
}
