import type { CellFigures, CellRecord } from '../study-record.js';

/** A finished run, with these figures on validation images. */
export function createCell(
  method: string,
  seed: number,
  figures: Partial<CellFigures['validation']> &
    Partial<Pick<CellFigures, 'outcome' | 'undecided' | 'test'>> = {},
): CellRecord {
  const { outcome = 'RETAINED', undecided = [], test = null, ...validation } = figures;
  return {
    cell: `${method}-seed-${seed}`,
    method,
    seed,
    target: 'stop',
    planSha256: 'a'.repeat(64),
    state: 'finished',
    failure: null,
    figures: {
      outcome,
      reason: 'Nothing fell.',
      verdictSha256: 'b'.repeat(64),
      validation: {
        targetGain: 0,
        devSafetyAccuracy: 0,
        devSafetyLoss: 0,
        negativeFlips: 0,
        positiveFlips: 0,
        ...validation,
      },
      test,
      undecided,
      trainingSeconds: 2,
    },
  };
}
