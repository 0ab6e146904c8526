import type { LedgerReport } from '@holdfast/report';

/** How often a plan's validation images have judged, and how often they still may. */
export function formatLedger({ judgements, judgementsMax, left, path }: LedgerReport): string {
  const count = judgements.length;
  const made = count === 0 ? 'never' : count === 1 ? 'once' : `${count} times`;
  const shares = judgementsMax === 1 ? '' : `, each at 1/${judgementsMax} of the level`;
  const rest =
    left === 0
      ? 'not another candidate'
      : left === 1
        ? '1 candidate'
        : `${left} candidates${shares}`;
  return `these validation images judged ${made}; they may judge ${rest} (${path})`;
}
