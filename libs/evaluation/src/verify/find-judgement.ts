import { describeJudgedData, type PastJudgement, readLedger } from '@holdfast/ledger';
import type { RunVerdict } from '@holdfast/run-store';
import type { PlanFile } from '../data/plan-file.js';
import type { ReleaseQuestion } from '../judge/release-question.js';
import { identifyJudgement, listJudging } from '../ledger/judging.js';
import { locateLedger } from '../ledger/locate-ledger.js';
import { type Difference, findDifferences } from './find-differences.js';

/** Whether a verdict was counted, and among how many by the same images. */
export interface FoundJudgement {
  readonly path: string;
  /** Judgements by any of these images: how many candidates they were shown. */
  readonly judgements: number;
  /** Place of this one among them, counted from 1; null where it is not there. */
  readonly number: number | null;
  /** Where the ledger contradicts the verdict. */
  readonly differences: readonly Difference[];
}

/**
 * Looks a verdict up in the ledger that its plan names: the same judgement, or one of the same two models. A release
 * that the ledger of its images does not hold was not counted; where the ledger knows nothing of these images, it may be
 * that of another place, and contradicts nothing.
 *
 * @throws Fault `invalid` if the ledger is damaged.
 */
export async function findJudgement(
  stated: Pick<RunVerdict, 'outcome' | 'reference' | 'candidate' | 'gate'>,
  question: ReleaseQuestion,
  { plan, basePath }: Pick<PlanFile, 'plan' | 'basePath'>,
): Promise<FoundJudgement> {
  const path = locateLedger(plan, basePath);
  const data = describeJudgedData(listJudging(question.pair.samples, question.drift?.data));
  const { judgements } = await readLedger(path, data);
  const key = identifyJudgement({ data }, stated.reference.sha256, question);
  const isSame = (made: PastJudgement) => made.key === key;
  const isOfModels = (made: PastJudgement) =>
    made.reference === stated.reference.sha256 && made.candidateSha256 === stated.candidate.sha256;
  const same = judgements.findIndex(isSame);
  const place = same < 0 ? judgements.findIndex(isOfModels) : same;
  return {
    path,
    judgements: judgements.length,
    number: place < 0 ? null : place + 1,
    differences: judgements.length === 0 ? [] : compare(stated, place, judgements[place], path),
  };
}

/** A verdict that released nothing may have been given to inform, which is not counted. */
function compare(
  { outcome, gate: { level } }: Pick<RunVerdict, 'outcome' | 'gate'>,
  place: number,
  made: PastJudgement | undefined,
  path: string,
): Difference[] {
  const differences: Difference[] = [];
  if (outcome === 'RETAINED' && made?.verdict !== outcome) {
    const found = describeFound(path, place, made?.verdict);
    differences.push({ path: 'outcome', stated: outcome, found });
  }
  if (made !== undefined) {
    differences.push(...findDifferences(level, made.level, 'gate.level'));
  }
  return differences;
}

function describeFound(path: string, place: number, verdict: string | undefined): string {
  if (place < 0) return `no such judgement in ${path}`;
  return verdict === undefined
    ? `judgement ${place + 1} without a verdict in ${path}`
    : `${verdict} in ${path}`;
}
