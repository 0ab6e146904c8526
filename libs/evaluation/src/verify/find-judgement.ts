import { withoutCorrupted } from '@holdfast/dataset';
import { describeJudgedData, readLedger } from '@holdfast/ledger';
import type { RunVerdict } from '@holdfast/run-store';
import type { PlanFile } from '../data/plan-file.js';
import type { ReleaseQuestion } from '../judge/release-question.js';
import { identifyJudgement } from '../ledger/judging.js';
import { locateLedger } from '../ledger/locate-ledger.js';
import type { Difference } from './find-differences.js';

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
  stated: Pick<RunVerdict, 'outcome' | 'reference' | 'candidate'>,
  question: ReleaseQuestion,
  { plan, basePath }: Pick<PlanFile, 'plan' | 'basePath'>,
): Promise<FoundJudgement> {
  const path = locateLedger(plan, basePath);
  const data = describeJudgedData(withoutCorrupted(question.pair.samples));
  const { judgements } = await readLedger(path, data);
  const key = identifyJudgement({ data }, stated.reference.sha256, question);
  const place = judgements.findIndex(
    (made) =>
      made.key === key ||
      (made.reference === stated.reference.sha256 &&
        made.candidateSha256 === stated.candidate.sha256),
  );
  const verdict = judgements[place]?.verdict;
  const isReleased = stated.outcome === 'RETAINED';
  const contradicts = judgements.length > 0 && isReleased && verdict !== stated.outcome;
  return {
    path,
    judgements: judgements.length,
    number: place < 0 ? null : place + 1,
    differences: contradicts
      ? [{ path: 'outcome', stated: stated.outcome, found: describeFound(path, place, verdict) }]
      : [],
  };
}

function describeFound(path: string, place: number, verdict: string | undefined): string {
  if (place < 0) return `no such judgement in ${path}`;
  return verdict === undefined
    ? `judgement ${place + 1} without a verdict in ${path}`
    : `${verdict} in ${path}`;
}
