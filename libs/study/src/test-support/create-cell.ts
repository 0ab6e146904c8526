import type { CellFigures, CellRecord } from '../study-record.js';

/** A finished run, with these figures on validation images. */
export function createCell(
  method: string,
  seed: number,
  figures: Partial<CellFigures['validation']> &
    Partial<Pick<CellFigures, 'outcome' | 'undecided' | 'test' | 'calibration' | 'spaces'>> = {},
): CellRecord {
  const { outcome = 'RETAINED', undecided = [], test = null, ...rest } = figures;
  const { calibration = null, spaces = [], ...validation } = rest;
  return {
    cell: `${method}-seed-${seed}`,
    method,
    seed,
    setting: 'stop',
    target: 'stop',
    variant: null,
    planSha256: 'a'.repeat(64),
    state: 'finished',
    failure: null,
    trajectory: [],
    figures: {
      outcome,
      reason: 'Nothing fell.',
      verdictSha256: 'b'.repeat(64),
      oldSha256: 'c'.repeat(64),
      dataSha256: 'e'.repeat(64),
      newSha256: 'd'.repeat(64),
      validation: {
        targetGain: 0,
        devSafetyAccuracy: 0,
        meanProtectedChange: 0,
        devSafetyLoss: 0,
        negativeFlips: 0,
        positiveFlips: 0,
        ...validation,
      },
      test,
      undecided,
      spaces,
      calibration,
      trainingSeconds: 2,
      measuringSeconds: 0.5,
      stepImages: 60,
      measuredImages: 40,
      resumed: false,
    },
  };
}
