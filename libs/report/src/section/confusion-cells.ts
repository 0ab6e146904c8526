import type { HeatMapCell } from '../chart/heat-map.js';
import { formatCount, formatPercent, formatSigned } from '../format/format-number.js';
import type { RunReport } from '../run-report.js';

type Counts = readonly (readonly number[])[];

/** How one pair of true and predicted class changed. */
export interface ConfusionChange {
  readonly trueClass: number;
  readonly predictedClass: number;
  readonly reference: number;
  readonly candidate: number;
}

export function getCount(counts: Counts, row: number, column: number): number {
  return counts[row]?.[column] ?? 0;
}

/** All pairs whose count changed, the largest change first. */
export function listChanges(report: RunReport): readonly ConfusionChange[] {
  const { reference, candidate } = report.confusion;
  const changes: ConfusionChange[] = [];
  report.classes.forEach((_, trueClass) => {
    report.classes.forEach((__, predictedClass) => {
      const [before, after] = [
        getCount(reference, trueClass, predictedClass),
        getCount(candidate, trueClass, predictedClass),
      ];
      if (before !== after)
        changes.push({ trueClass, predictedClass, reference: before, candidate: after });
    });
  });
  const size = (change: ConfusionChange) => Math.abs(change.candidate - change.reference);
  return changes.sort(
    (a, b) => size(b) - size(a) || a.trueClass - b.trueClass || a.predictedClass - b.predictedClass,
  );
}

/** Cells shaded by their share of the true class; the root makes rare mistakes visible. */
export function createShareCells(
  report: RunReport,
  counts: Counts,
  shown: readonly number[],
): readonly (readonly (HeatMapCell | undefined)[])[] {
  return shown.map((row) => {
    const total = (counts[row] ?? []).reduce((sum, count) => sum + count, 0);
    return shown.map((column) => {
      const count = getCount(counts, row, column);
      if (count === 0) return undefined;
      return {
        className: 'share',
        strength: Math.sqrt(count / total),
        text: formatCount(count),
        title: `${describePair(report, row, column)}: ${formatCount(count)} of ${formatCount(total)} (${formatPercent(count / total)})`,
      };
    });
  });
}

/** Whether more that is right, or less that is wrong: better, but of a ceiling worse. */
export function isBetter(
  { classes, ceilingClasses }: RunReport,
  { trueClass, predictedClass, reference, candidate }: ConfusionChange,
): boolean {
  const moreRight = candidate > reference === (trueClass === predictedClass);
  return moreRight !== ceilingClasses.includes(classes[trueClass] ?? '');
}

/** Cells shaded by the change of their counts. */
export function createDifferenceCells(
  report: RunReport,
  shown: readonly number[],
): readonly (readonly (HeatMapCell | undefined)[])[] {
  const { reference, candidate } = report.confusion;
  const change = (row: number, column: number) =>
    getCount(candidate, row, column) - getCount(reference, row, column);
  const largest = Math.max(
    1,
    ...shown.flatMap((row) => shown.map((c) => Math.abs(change(row, c)))),
  );
  return shown.map((row) =>
    shown.map((column) => {
      const difference = change(row, column);
      if (difference === 0) return undefined;
      const [before, after] = [getCount(reference, row, column), getCount(candidate, row, column)];
      const pair = { trueClass: row, predictedClass: column, reference: before, candidate: after };
      return {
        className: isBetter(report, pair) ? 'better' : 'worse',
        strength: Math.sqrt(Math.abs(difference) / largest),
        text: formatSigned(difference, 0),
        title: `${describePair(report, row, column)}: ${before} → ${after}`,
      };
    }),
  );
}

function describePair(report: RunReport, row: number, column: number): string {
  return `true ${report.classes[row]}, predicted ${report.classes[column]}`;
}
