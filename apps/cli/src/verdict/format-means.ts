import type { ClaimRecord } from '@holdfast/run-store';
import { formatChange, formatPercent } from '../terminal/format-number.js';
import { formatTable } from '../terminal/format-table.js';
import type { Colors } from '../terminal/terminal.js';
import { paintVerdict } from './format-verdict.js';

/**
 * Table of what holds for several tasks in the mean, and in words what the stated claims exclude and what
 * they do not; nothing for a single task.
 */
export function formatMeans(claims: readonly ClaimRecord[], colors: Colors): string[] {
  if (claims.length === 0) return [];
  const rows = claims.map((claim) => [
    claim.together ? 'all together' : `any ${claim.tasks}`,
    formatChange(claim.accuracyChange),
    `${claim.isExact ? '' : '>= '}${formatChange(claim.lowerBound)}`,
    claim.tolerance === null ? '-' : formatPercent(claim.tolerance),
    claim.verdict === null
      ? colors.dim('not stated, decides nothing')
      : paintVerdict(claim.verdict, colors),
  ]);
  const table = formatTable(
    [
      { title: 'mean of tasks' },
      { title: 'worst seen', align: 'right' },
      { title: 'bound', align: 'right' },
      { title: 'claimed', align: 'right' },
      { title: 'verdict' },
    ],
    rows,
    colors.dim,
  );
  const stated = claims.filter((claim) => claim.stated);
  return ['', ...table, ...(stated.length > 0 ? [''] : []), ...stated.map(({ reason }) => reason)];
}
