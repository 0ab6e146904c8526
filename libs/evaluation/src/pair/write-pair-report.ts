import { writeFileAtomic } from '@holdfast/artifacts';
import type { EncoderServiceClient } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { renderReport, renderSealed } from '@holdfast/report';
import type { PlanFile } from '../data/plan-file.js';
import { buildPairReport } from '../report/build-pair-report.js';
import type { PairJudgement } from './judge-pair.js';
import type { MeasuredPair } from './measure-pair.js';

/** Two models that were judged, and how. */
export interface JudgedModels {
  readonly file: PlanFile;
  readonly measured: MeasuredPair;
  readonly judgement: PairJudgement;
  readonly settings: { readonly policy: string; readonly level: number };
  readonly startedAt: Date;
  readonly softwareVersion: string;
  /** Command line that judges them again. */
  readonly command: string;
  /** Where a pool judged: how far its labels go. */
  readonly pool?: string;
}

/** Writes the report of a sealed judgement: pass or fail, bound to models, data and plan. */
export async function writeSealedReport(
  path: string,
  isReleased: boolean,
  {
    file,
    measured,
    settings,
    softwareVersion,
    command,
  }: Omit<JudgedModels, 'judgement' | 'startedAt' | 'pool'>,
): Promise<void> {
  const { reference, candidate, data } = measured;
  const report = {
    isReleased,
    planName: file.name,
    softwareVersion,
    facts: [
      ['Old model', reference.sha256],
      ['New model', candidate.sha256],
      ['Data', data.dataset.sha256],
      ['Gate', `${settings.policy}, level ${settings.level}`],
      ['Again', command],
    ] as const,
  };
  await writeFileAtomic(path, renderSealed(report));
}

/** Writes the report of two models that were judged without a run. */
export async function writePairReport(
  path: string,
  encoder: Pick<EncoderServiceClient, 'getInfo'>,
  judged: JudgedModels,
): Promise<void> {
  const { file, measured, judgement, settings, startedAt, softwareVersion, command, pool } = judged;
  const { data, reference, candidate, predictions } = measured;
  const report = await buildPairReport({
    planName: file.name,
    plan: file.plan,
    data,
    judged: { ...predictions, gate: judgement.gate },
    withoutHeads: judgement.withoutHeads,
    settings,
    ledger: judgement.ledger?.report,
    answer: judgement,
    watched: measured.watched,
    pool,
    models: {
      referencePath: reference.name,
      referenceSha256: reference.sha256,
      candidatePath: candidate.name,
      candidateSha256: candidate.sha256,
    },
    badImages: measured.badImages,
    startedAt,
    softwareVersion,
    encoder,
    commands: [{ purpose: 'Judge them again', command }],
    notes: measured.notes,
  });
  await writeFileAtomic(path, renderReport(report));
}
