import type { HeadSettings } from '@holdfast/proto/holdfast/model/v1/model';
import type { ViolationCollector } from '@holdfast/service-kit';

/** Task-dependent text heads, checked. */
export interface ParsedHeads {
  readonly count: number;
  readonly rank: number;
  readonly seed: number;
}

const headsMax = 65_536;
const rankMax = 1024;

/** Reads the field `heads` of a request, absent where there are none; what is wrong with it goes to `violations`. */
export function parseHeads(
  message: HeadSettings | undefined,
  violations: ViolationCollector,
): ParsedHeads | undefined {
  if (message === undefined) return undefined;
  const { count, rank, seed } = message;
  const isCount = count >= 1 && count <= headsMax;
  violations.require(isCount, 'heads.count', `is ${count}, not in 1..${headsMax}`);
  const isRank = rank >= 1 && rank <= rankMax;
  violations.require(isRank, 'heads.rank', `is ${rank}, not in 1..${rankMax}`);
  return { count, rank, seed };
}
