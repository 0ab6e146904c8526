import type { ComparisonRecord, VerdictRecord } from '@holdfast/run-store';

/** Tasks as a table in Markdown: the target first, then the protected ones. */
export function renderTable(
  target: readonly ComparisonRecord[],
  protectedTasks: readonly VerdictRecord[],
): string {
  const rows = [
    ['task', 'old', 'new', 'change', 'at least', 'verdict'],
    ['---', '---:', '---:', '---:', '---:', '---'],
    ...target.map((task) => [...formatTask(task), 'target']),
    ...protectedTasks.map((task) => [...formatTask(task), task.verdict.toLowerCase()]),
  ];
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function formatTask(task: ComparisonRecord): string[] {
  return [
    // A name from data must not break the table.
    task.task.replaceAll(/[\r\n]+/g, ' ').replaceAll(/[\\|<`*_[]/g, '\\$&'),
    formatPercent(task.referenceAccuracy),
    formatPercent(task.candidateAccuracy),
    formatPoints(task.accuracyChange),
    task.ceiling ? `at most ${formatPoints(task.upperBound)}` : formatPoints(task.lowerBound),
  ];
}

function formatPercent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function formatPoints(change: number): string {
  return `${change >= 0 ? '+' : ''}${(change * 100).toFixed(1)}`;
}
