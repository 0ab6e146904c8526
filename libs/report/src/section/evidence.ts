import {
  formatCounted,
  formatPercent,
  formatPoints,
  formatShare,
} from '../format/format-number.js';
import type { ProtectedTaskResult, RunReport, TaskResult } from '../run-report.js';
import { getOutcomeStyle } from './outcome-style.js';

/** The protected tasks that must not be lost: all but ceilings. */
export function listFloors(tasks: readonly ProtectedTaskResult[]): readonly ProtectedTaskResult[] {
  return tasks.filter((task) => !task.ceiling);
}

/** Negative is what must not be: a loss, or a ceiling's growth. */
export function asLoss({ ceiling }: Pick<TaskResult, 'ceiling'>, change: number): number {
  return ceiling ? -change : change;
}

/** Tasks for a reader in a hurry: regressed before undecided before retained, then the largest drop, or growth, first. */
export function sortWorstFirst(
  tasks: readonly ProtectedTaskResult[],
): readonly ProtectedTaskResult[] {
  return [...tasks].sort(
    (a, b) =>
      getOutcomeStyle(a.verdict).rank - getOutcomeStyle(b.verdict).rank ||
      asLoss(a, a.accuracyChange) - asLoss(b, b.accuracyChange),
  );
}

/** The two-sided interval between one-sided bounds at `level`: 0.05 gives "90% interval". */
export function nameInterval(level: number): string {
  return `${formatShare(1 - 2 * level)} interval`;
}

/** "−9.3 to −2.9", "−9.3 or more" where nothing is known above, or nothing where a bound is no number. */
export function describeInterval({ lowerBound, upperBound }: TaskResult): string | undefined {
  if (!Number.isFinite(lowerBound + upperBound)) return;
  if (upperBound >= 1) return `${formatPoints(lowerBound)} or more`;
  return `${formatPoints(lowerBound)} to ${formatPoints(upperBound)}`;
}

/** "91.2% → 85.1%". */
export function describeAccuracies(task: TaskResult): string {
  // No-break spaces: the arrow stays between its numbers.
  return `${formatPercent(task.referenceAccuracy)}\u00a0→\u00a0${formatPercent(task.candidateAccuracy)}`;
}

/** Examples, and groups where they differ: "240 images in 8 groups". */
export function describeEvidence(counts: { examples: number; groups: number }): string {
  const examples = formatCounted(counts.examples, 'image');
  if (counts.groups === counts.examples) return examples;
  return `${examples} in ${formatCounted(counts.groups, 'group')}`;
}

/** True where a run trained the candidate; false where two given models were judged. */
export function isRun(report: RunReport): boolean {
  return report.run.id !== undefined;
}

/** True where images come in groups, so that evidence is counted in groups. */
export function isGrouped(report: RunReport): boolean {
  return !report.gate.groupsAreIndependent;
}

/** True where the tasks' verdicts follow from bounds and not from point estimates alone. */
export function isEvidencePolicy(report: RunReport): boolean {
  return report.gate.policy !== 'strict';
}

/** The tolerance that tasks share, if they do. */
export function findSharedTolerance(tasks: readonly ProtectedTaskResult[]): number | undefined {
  const tolerances = new Set(tasks.map((task) => task.tolerance));
  return tolerances.size === 1 ? [...tolerances][0] : undefined;
}

/** The candidate that was released or would have been, in the list of candidates. */
export function findChosen(report: RunReport): RunReport['candidates'][number] | undefined {
  return report.candidates.find(
    (candidate) => candidate.version === report.models.candidateVersion,
  );
}
