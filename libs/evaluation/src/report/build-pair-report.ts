import { formatPlan, type PlanDraft } from '@holdfast/plan';
import type { EncoderServiceClient } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { GateResponse } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { RunReport } from '@holdfast/report';
import type { PlanData } from '../data/read-plan-data.js';
import type { ReleaseAnswer } from '../judge/release-question.js';
import { nameVerdict } from '../verdict/describe-comparison.js';
import { describeData } from './describe-data.js';
import { describeEnvironment } from './describe-environment.js';
import {
  describeEvidence,
  describeHeads,
  type GateSettings,
  type JudgedPair,
} from './describe-evidence.js';
import { reportClaims, type WatchedDrift } from './report-claims.js';

/** Two given models that were judged without a run, and how. */
export interface PairReportSource {
  readonly planName: string;
  readonly plan: PlanDraft;
  readonly data: PlanData;
  readonly judged: JudgedPair;
  /** Where the candidate has heads: the verdict on it without them. */
  readonly withoutHeads?: GateResponse | undefined;
  readonly settings: GateSettings;
  readonly ledger: RunReport['ledger'];
  /** What the gate says of them, against the first model and of drift, too. */
  readonly answer: ReleaseAnswer;
  readonly watched?: WatchedDrift | undefined;
  readonly pool?: string | undefined;
  readonly models: RunReport['models'];
  readonly badImages: RunReport['data']['badImages'];
  readonly startedAt: Date;
  readonly softwareVersion: string;
  readonly encoder: Pick<EncoderServiceClient, 'getInfo'>;
  readonly commands: RunReport['commands'];
  readonly notes: readonly string[];
}

/** Gathers everything the report of two given models shows. */
export async function buildPairReport(source: PairReportSource): Promise<RunReport> {
  const { data, judged, withoutHeads, startedAt } = source;
  const evidence = await describeEvidence(data.tasks, judged, source.settings);
  return {
    run: {
      planName: source.planName,
      startedAt: startedAt.toISOString(),
      durationSeconds: (Date.now() - startedAt.getTime()) / 1000,
      steps: 0,
      softwareVersion: source.softwareVersion,
      environment: await describeEnvironment(source.encoder),
    },
    outcome: nameVerdict(judged.gate),
    reason: judged.gate.reason,
    models: {
      ...source.models,
      headsNote: withoutHeads && describeHeads(withoutHeads),
    },
    ...evidence,
    ledger: source.ledger,
    pool: source.pool,
    ...(await reportClaims(source.answer, source.watched)),
    training: [],
    steering: [],
    steeringMargin: 0,
    candidates: [],
    data: describeData(data.dataset, source.badImages),
    planYaml: formatPlan(source.plan),
    commands: source.commands,
    notes: source.notes,
  };
}
