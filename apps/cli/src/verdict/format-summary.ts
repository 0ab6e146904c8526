import {
  describeComparison,
  describeTaskVerdict,
  isRetained,
  nameVerdict,
  type PairJudgement,
} from '@holdfast/evaluation';
import { renderTable } from '@holdfast/publish';

/** A judgement as Markdown, for the page of a pipeline's job; sealed, its word alone. */
export function formatSummary(judgement: PairJudgement, sealed = false): string {
  const { gate } = judgement;
  const word = isRetained(judgement) ? 'Released' : 'Not released';
  if (sealed) return `## Holdfast gate: ${word}\n`;
  const table = renderTable(
    gate.targets.map(describeComparison),
    gate.tasks.map(describeTaskVerdict),
  );
  const paragraphs = [
    `## Holdfast gate: ${word}`,
    `**${nameVerdict(gate)}.** ${gate.reason}`,
    table,
    'Accuracy on the same validation images; "at least" is the one-sided bound of the change, in points.',
  ];
  return `${paragraphs.join('\n\n')}\n`;
}
