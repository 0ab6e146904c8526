import type { MeasureName } from './measure-names.js';
import { type MeasuredOn, measures } from './measures.js';
import { type Setting, settingOf } from './setting.js';
import { boundMean } from './statistics/bounded-mean.js';
import { estimateMean } from './statistics/mean-interval.js';
import type { CellRecord, Conclusion } from './study-record.js';
import type { Study } from './study-schema.js';

/** Differences that are this near to each other are the same. */
const roundingMax = 1e-12;

/** Beyond it "more seeds" is no advice. */
const seedsMax = 1000;

/**
 * What the study says, as it was fixed beforehand, paired by seed: in each setting the method against each other one, and for each
 * target what `between` names, a method under one variant against the same under another. With d the mean
 * difference (positive: the first is better), m the margin, and the interval [l, u] of d at the study's level over the
 * number of all comparisons, Student's, or Gaffke's where a measure is all or nothing,
 *
 *   l > m          BETTER        u < -m         WORSE
 *   -m < l, u < m  EQUIVALENT    -m < l         NON_INFERIOR
 *   otherwise      UNDECIDED
 *
 * Seeds that all differ by the same say nothing of others: UNDECIDED. While runs are left it says nothing: who looks on the way and stops when it pleases errs more often than the level.
 */
export function concludeStudy(cells: readonly CellRecord[], study: Study): Conclusion[] {
  const settings = [...new Map(cells.map((cell) => [cell.setting, settingOf(cell)])).values()];
  const questions = [
    ...listMethodQuestions(settings, study),
    ...listVariantQuestions(settings, study),
  ];
  const level = study.conclude.level / Math.max(1, questions.length);
  return questions.map((question) => {
    const { own, other, measure, margin } = question;
    return {
      ...own.setting,
      method: own.method,
      against: other.method,
      againstSetting: other.setting.setting,
      measure,
      margin,
      level,
      ...answer(cells, question, { images: study.conclude.images, level }),
    };
  });
}

/** A method in a setting. */
interface Side {
  readonly method: string;
  readonly setting: Setting;
}

/** One comparison: is `own` better than `other`, by more than the margin? */
interface Question {
  readonly own: Side;
  readonly other: Side;
  readonly measure: MeasureName;
  readonly margin: number;
}

function listMethodQuestions(
  settings: readonly Setting[],
  { methods, conclude: { method, measure, margin } }: Study,
): Question[] {
  const rivals = [...methods.keys()].filter((name) => name !== method);
  return settings.flatMap((setting) =>
    rivals.map((against) => ({
      own: { method, setting },
      other: { method: against, setting },
      measure,
      margin,
    })),
  );
}

function listVariantQuestions(settings: readonly Setting[], { conclude }: Study): Question[] {
  return conclude.between.flatMap(({ method, variants: [first, second], measure, margin }) =>
    settings
      .filter(({ variant }) => variant === first)
      .flatMap((setting) => {
        const other = settings.find(
          ({ target, variant }) => target === setting.target && variant === second,
        );
        if (other === undefined) return [];
        return [{ own: { method, setting }, other: { method, setting: other }, measure, margin }];
      }),
  );
}

type Answer = Pick<Conclusion, 'outcome' | 'pairs' | 'difference' | 'moreSeeds' | 'reason'>;

function answer(
  cells: readonly CellRecord[],
  question: Question,
  { images, level }: { readonly images: MeasuredOn; readonly level: number },
): Answer {
  const runs = [question.own, question.other].map((side) =>
    cells.filter((cell) => cell.method === side.method && cell.setting === side.setting.setting),
  ) as [CellRecord[], CellRecord[]];
  const differences = listDifferences(runs, question.measure, images);
  const { isAllOrNothing = false } = measures[question.measure];
  // Two gains over one old model differ by 1 at the most, and over two by 2.
  const reach = question.own.setting.setting === question.other.setting.setting ? 1 : 2;
  const estimate = (count?: number) =>
    isAllOrNothing
      ? boundMean(differences, level, { reach, count })
      : estimateMean(differences, level, count);
  const difference = estimate();
  const known = { pairs: differences.length, difference, moreSeeds: null };
  const states = runs.flat().map(({ state }) => state);
  const left = states.filter((state) => state === 'waiting' || state === 'stopped').length;
  const failed = states.filter((state) => state === 'failed').length;
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
  const unlike = findUnlike(question, runs);
  if (unlike !== undefined) return { ...known, outcome: 'UNDECIDED', reason: unlike };
  const { mean, lower, upper } = difference;
  if (mean === null || lower === null || upper === null) {
    const reason =
      differences.length === 0
        ? `no seed has ${question.measure} on ${images} images on both sides`
        : 'one seed says nothing of others; give two or more';
    return { ...known, outcome: 'UNDECIDED', reason };
  }
  if (!isAllOrNothing && Math.max(...differences) - Math.min(...differences) < roundingMax) {
    const reason = `${points(mean)} points in every seed: without any spread nothing says how others would differ`;
    return { ...known, outcome: 'UNDECIDED', reason };
  }
  const { margin } = question;
  const found = `${points(mean)} points, between ${points(lower)} and ${points(upper)} for other seeds`;
  const by = `${points(margin).slice(1)} points`;
  if (lower > margin)
    return { ...known, outcome: 'BETTER', reason: `${found}: by more than ${by}` };
  if (upper < -margin)
    return { ...known, outcome: 'WORSE', reason: `${found}: by more than ${by}` };
  if (lower > -margin && upper < margin) {
    return { ...known, outcome: 'EQUIVALENT', reason: `${found}: by less than ${by} either way` };
  }
  const end = Math.abs(mean - margin) < Math.abs(mean + margin) ? margin : -margin;
  const moreSeeds = countMoreSeeds(differences.length, (count) => {
    const { lower, upper } = estimate(count);
    return lower! > end || upper! < end;
  });
  const advice =
    moreSeeds === null
      ? 'more seeds would hardly decide'
      : `about ${moreSeeds} more ${moreSeeds === 1 ? 'seed' : 'seeds'} would decide`;
  if (lower > -margin) {
    const reason = `${found}: not worse by ${by} or more; whether as good or better, ${advice}`;
    return { ...known, outcome: 'NON_INFERIOR', moreSeeds, reason };
  }
  return { ...known, outcome: 'UNDECIDED', moreSeeds, reason: `${found}; ${advice}` };
}

/** Why runs of one seed cannot be compared; undefined where they can. Variants may differ in anything. */
function findUnlike(
  { own, other }: Question,
  [runs, others]: readonly [readonly CellRecord[], readonly CellRecord[]],
): string | undefined {
  if (own.setting.setting !== other.setting.setting) return undefined;
  for (const { seed, figures } of runs) {
    const against = others.find((cell) => cell.seed === seed)?.figures;
    if (!figures || !against) continue;
    const what =
      figures.oldSha256 !== against.oldSha256
        ? 'old model'
        : figures.dataSha256 !== against.dataSha256
          ? 'data'
          : undefined;
    if (what !== undefined) {
      return `the runs of seed ${seed} have not the same ${what}: it changed while the study ran`;
    }
  }
  return undefined;
}

/** By seed the first runs' value less the second's, where both have one; positive is better. */
function listDifferences(
  [own, other]: readonly [readonly CellRecord[], readonly CellRecord[]],
  measure: MeasureName,
  images: MeasuredOn,
): number[] {
  const { read, moreIsBetter } = measures[measure];
  const value = (runs: readonly CellRecord[], seed: number) => {
    const figures = runs.find((cell) => cell.seed === seed)?.figures;
    return figures ? read(figures, images) : undefined;
  };
  return own.flatMap(({ seed }) => {
    const [mine, theirs] = [value(own, seed), value(other, seed)];
    if (mine === undefined || theirs === undefined) return [];
    return [moreIsBetter ? mine - theirs : theirs - mine];
  });
}

/** Seeds beside these after which it is decided, which stays so: found by halving. */
function countMoreSeeds(seeds: number, isDecidedBy: (count: number) => boolean): number | null {
  let [few, many] = [seeds, seedsMax];
  if (few >= many || !isDecidedBy(many)) return null;
  while (many - few > 1) {
    const count = (few + many) >>> 1;
    if (isDecidedBy(count)) many = count;
    else few = count;
  }
  return many - seeds;
}

function points(share: number): string {
  const text = (100 * share).toFixed(1);
  return Number(text) < 0 ? text : `+${text.replace('-', '')}`;
}
