import type { ChangeEstimate } from '../evidence/summarize-change.js';
import type { GateTask } from './task-judgement.js';

/** What a verdict rests on, in the direction that the gate asks about: negative is what must not be. */
export interface ChangeFigures {
  readonly change: number;
  readonly lowerBound: number;
  readonly upperBound: number;
}

/** A task's figures as they are, and those of a ceiling with both models exchanged: growth is then a loss. */
export function asLoss({
  comparison: { accuracyChange: change },
  estimate: { lowerBound, upperBound },
  ceiling,
}: Pick<GateTask, 'comparison' | 'ceiling'> & {
  readonly estimate: Pick<ChangeEstimate, 'lowerBound' | 'upperBound'>;
}): ChangeFigures {
  return ceiling
    ? { change: 0 - change, lowerBound: 0 - upperBound, upperBound: 0 - lowerBound }
    : { change, lowerBound, upperBound };
}
