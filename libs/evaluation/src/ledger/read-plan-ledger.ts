import { samplesWithRole } from '@holdfast/dataset';
import { type Fault, isFault } from '@holdfast/fault';
import type { LedgerReport } from '@holdfast/report';
import type { PlanFile } from '../data/plan-file.js';
import type { PlanData } from '../data/read-plan-data.js';
import type { DriftData } from '../drift/read-drift.js';
import { describeLedger } from './describe-ledger.js';
import { listJudging, openJudging, requireJudgement } from './judging.js';

/** What the ledger of a plan's validation images says before they judge. */
export interface PlanLedger {
  readonly report: LedgerReport;
  /** Why a run of the plan would be refused; absent where these images may judge its candidate. */
  readonly refusal?: Fault;
}

/**
 * Reads the ledger of a plan's validation images, and of those whose drift it claims.
 *
 * @throws Fault `precondition` if it cannot be written, `invalid` if it is damaged.
 */
export async function readPlanLedger(
  { plan, basePath, text }: PlanFile,
  { dataset }: Pick<PlanData, 'dataset'>,
  drift: DriftData | undefined,
): Promise<PlanLedger> {
  const source = { plan, basePath, planText: text };
  const images = listJudging(samplesWithRole(dataset, 'validation'), drift);
  const judging = await openJudging(source, images, '');
  const { report } = await describeLedger(judging, undefined);
  try {
    await requireJudgement(judging);
    return { report };
  } catch (error) {
    if (!isFault(error) || error.kind !== 'precondition') throw error;
    return { report, refusal: error };
  }
}
