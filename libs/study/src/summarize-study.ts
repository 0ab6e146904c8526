import { findFront } from './find-front.js';
import { groupBy } from './group-by.js';
import { settingOf } from './setting.js';
import { estimateMean } from './statistics/mean-interval.js';
import { estimateShare } from './statistics/share-interval.js';
import type { CellFigures, CellRecord, MethodSummary, UndecidedTask } from './study-record.js';

/** Of the intervals of single figures: they describe, and decide nothing. */
const describingLevel = 0.05;

/** What came of each method in each setting: means over seeds with their intervals, shares, and who is on the front. */
export function summarizeMethods(cells: readonly CellRecord[]): MethodSummary[] {
  return groupBy(cells, ({ setting }) => setting).flatMap((ofSetting) => {
    const summaries = groupBy(ofSetting, ({ method }) => method).map(summarizeMethod);
    const onValidation = findFront(summaries.map(({ validation }) => validation));
    const onTest = findFront(summaries.map(({ test }) => test));
    return summaries.map((summary, index) => ({
      ...summary,
      validation: { ...summary.validation, onFront: onValidation[index]! },
      test: summary.test && { ...summary.test, onFront: onTest[index]! },
    }));
  });
}

function summarizeMethod(cells: readonly CellRecord[]): MethodSummary {
  const { method } = cells[0]!;
  const finished = cells.flatMap(({ figures }) => figures ?? []);
  const tested = finished.flatMap(({ test }) => test ?? []);
  const calibrated = finished.flatMap(({ calibration }) => calibration ?? []);
  const mean = (values: readonly (number | null)[]) =>
    estimateMean(
      values.filter((value) => value !== null),
      describingLevel,
    );
  const share = <T>(all: readonly T[], isOne: (each: T) => boolean) =>
    estimateShare(all.filter(isOne).length, all.length, describingLevel);
  const of = (field: keyof CellFigures['validation']) =>
    mean(finished.map(({ validation }) => validation[field]));
  return {
    method,
    ...settingOf(cells[0]!),
    runs: finished.length,
    failed: cells.filter(({ state }) => state === 'failed').length,
    released: share(finished, ({ outcome }) => outcome === 'RETAINED'),
    validation: {
      targetGain: of('targetGain'),
      devSafetyAccuracy: of('devSafetyAccuracy'),
      meanProtectedChange: of('meanProtectedChange'),
      devSafetyLoss: of('devSafetyLoss'),
      negativeFlips: of('negativeFlips'),
      positiveFlips: of('positiveFlips'),
      retained: share(finished, ({ validation }) => validation.devSafetyAccuracy >= 0),
      onFront: false,
    },
    test:
      tested.length === 0
        ? null
        : {
            targetGain: mean(tested.map(({ targetGain }) => targetGain)),
            devSafetyAccuracy: mean(tested.map(({ devSafetyAccuracy }) => devSafetyAccuracy)),
            meanProtectedChange: mean(tested.map((each) => each.meanProtectedChange)),
            retained: share(tested, ({ devSafetyAccuracy }) => devSafetyAccuracy >= 0),
            onFront: false,
          },
    calibration: {
      old: mean(calibrated.map(({ all }) => all.old)),
      new: mean(calibrated.map(({ all }) => all.new)),
      change: mean(calibrated.map(({ all }) => all.new - all.old)),
    },
    trainingSeconds: mean(finished.map(({ trainingSeconds }) => trainingSeconds)),
    measuringSeconds: mean(finished.map(({ measuringSeconds }) => measuringSeconds)),
    stepImages: mean(finished.map(({ stepImages }) => stepImages)),
    measuredImages: mean(finished.map(({ measuredImages }) => measuredImages)),
  };
}

/** Tasks that runs left undecided, and how many groups like theirs would have decided, as the gate estimates it. */
export function listUndecided(cells: readonly CellRecord[]): UndecidedTask[] {
  const finished = cells.filter(({ figures }) => figures !== null);
  return groupBy(finished, ({ setting, method }) => JSON.stringify([setting, method])).flatMap(
    (ofMethod) => {
      const { method } = ofMethod[0]!;
      const tasks = ofMethod.flatMap(({ figures }) => figures!.undecided);
      return groupBy(tasks, ({ task }) => task).map((same) => ({
        ...settingOf(ofMethod[0]!),
        method,
        task: same[0]!.task,
        undecided: same.length,
        runs: ofMethod.length,
        groups: same[0]!.groups,
        moreNeeded: same.some(({ moreNeeded }) => moreNeeded === 0)
          ? null
          : Math.max(...same.map(({ moreNeeded }) => moreNeeded)),
      }));
    },
  );
}
