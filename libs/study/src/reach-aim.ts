import { groupBy } from './group-by.js';
import { measureNames } from './measure-names.js';
import { measures } from './measures.js';
import { settingOf } from './setting.js';
import { estimateShare } from './statistics/share-interval.js';
import type { AimResult, CellRecord } from './study-record.js';
import type { Aim, Study } from './study-schema.js';

/** A figure this near to the aim has reached it: 0.9 less 0.93 is not quite -0.03. */
const roundingMax = 1e-12;

/** Of the interval of the share: it describes, and decides nothing. */
const describingLevel = 0.05;

/**
 * In how many runs each method reached every number of the study's aim, in each setting: of k runs with x that did,
 *
 *   x >= aim.runs   REACHED        x < aim.runs   MISSED
 *
 * A run that failed did not. While runs are left it says nothing. Nothing is estimated: it counts these seeds, beside
 * the interval of the share of others.
 *
 * @returns none where the study has no aim
 */
export function reachAim(cells: readonly CellRecord[], { conclude }: Study): AimResult[] {
  const { aim, images } = conclude;
  if (aim === undefined) return [];
  return groupBy(cells, ({ setting, method }) => JSON.stringify([setting, method])).map((runs) => {
    const missed = runs.flatMap(({ cell, state, figures }) => {
      if (state === 'failed') return [{ cell, reason: 'it failed' }];
      const short = figures && findShortfalls(figures, aim, images);
      return short?.length ? [{ cell, reason: short.join(', ') }] : [];
    });
    const left = runs.filter(({ state }) => state === 'waiting' || state === 'stopped').length;
    const reached = runs.length - left - missed.length;
    return {
      ...settingOf(runs[0]!),
      method: runs[0]!.method,
      outcome: left > 0 ? 'OPEN' : reached >= aim.runs ? 'REACHED' : 'MISSED',
      reached: estimateShare(reached, runs.length - left, describingLevel),
      missed,
    };
  });
}

/** An aim in words: `target gain at least 40 points on test images, in 4 runs of a method`. */
export function describeAim(aim: Aim, images: Study['conclude']['images']): string {
  const numbers = measureNames.flatMap((name) => {
    const { title, moreIsBetter } = measures[name];
    const value = aim[name];
    if (value === undefined) return [];
    return [`${title} at ${moreIsBetter ? 'least' : 'most'} ${inPoints(value)}`];
  });
  const runs = aim.runs === 1 ? '1 run' : `${aim.runs} runs`;
  return `${numbers.join(', ')} on ${images} images, in ${runs} of a method`;
}

function inPoints(share: number, digits = 2): string {
  const points = Number((100 * share).toFixed(digits));
  return `${points} ${Math.abs(points) === 1 ? 'point' : 'points'}`;
}

/** The measures of a run that are short of the aim, in words. */
function findShortfalls(
  figures: NonNullable<CellRecord['figures']>,
  aim: Aim,
  images: Study['conclude']['images'],
): string[] {
  return measureNames.flatMap((name) => {
    const wanted = aim[name];
    if (wanted === undefined) return [];
    const { read, moreIsBetter, title } = measures[name];
    const value = read(figures, images);
    if (value === undefined) return [`no ${title} on ${images} images`];
    const isReached = moreIsBetter ? value >= wanted - roundingMax : value <= wanted + roundingMax;
    return isReached ? [] : [`${title} ${tellApart(value, wanted)}`];
  });
}

/** With as many digits as it takes to read otherwise than what was wanted. */
function tellApart(value: number, wanted: number): string {
  let digits = 2;
  while (inPoints(value, digits) === inPoints(wanted) && digits < 10) digits += 1;
  return inPoints(value, digits);
}
