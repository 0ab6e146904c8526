export { describeSchedule, noteSchedule, scheduleRun } from './choose/schedule-run.js';
export {
  answerSamples,
  type Classification,
  classifySamples,
  type EncodedModel,
  type Predictions,
} from './classify/classify-samples.js';
export { findHead } from './classify/find-head.js';
export { type PredictionPair, pairPredictions } from './classify/pair-predictions.js';
export type { ServiceClients } from './clients.js';
export { describeFurtherClaims } from './conclude/write-verdict.js';
export type { DriftFinding } from './drift/drift-finding.js';
export type { DriftAnswers } from './drift/drift-request.js';
export { type DriftData, readDrift } from './drift/read-drift.js';
export {
  askGate,
  askGateBeside,
  type FirstModel,
  type ReleaseAnswer,
  type ReleaseQuestion,
} from './judge/release-question.js';
export { describeLedger, type LedgerDescription } from './ledger/describe-ledger.js';
export {
  enterJudgement,
  identifyJudgement,
  type Judging,
  openJudging,
  requireJudgement,
} from './ledger/judging.js';
export { ledgerName } from './ledger/locate-ledger.js';
export { shareLevel } from './ledger/share-level.js';
export { buildPairReport } from './report/build-pair-report.js';
export type { WatchedDrift } from './report/describe-claims.js';
export { type BadImage, noteBadImages } from './report/describe-data.js';
export { checkPlanParts } from './run/check-plan-parts.js';
export { checkPrompts } from './run/check-prompts.js';
export { gatherClaims } from './run/claims.js';
export { findDecidableTolerance, noteThinEvidence } from './run/note-thin-evidence.js';
export { openEncoder } from './run/open-encoder.js';
export { nameData, type PlanData, readPlanData, withoutSamples } from './run/read-plan-data.js';
export { type NeededRole, requireImages } from './run/require-images.js';
export { readPlanFacts, resolveDraft } from './run/resolve-draft.js';
export {
  createPrompts,
  type ProtectedTask,
  type RunPrompts,
  type RunTasks,
  resolveTasks,
} from './run/tasks.js';
export {
  type ControllerOptions,
  createControllerService,
} from './service/create-controller-service.js';
export { readOrigin } from './service/describe-run.js';
export { countBudget, type Rung, type TrialSettings } from './tune/plan-trials.js';
export { prepareTuning, rankTrials, type Trial, type Tuning, tunePlan } from './tune/tune-plan.js';
export {
  type ClaimRecord,
  describeClaims,
  describeSensitivity,
  type SensitivityRecord,
} from './verdict/describe-claims.js';
export {
  type ComparisonRecord,
  describeComparison,
  describeTaskVerdict,
  nameVerdict,
  type VerdictName,
  type VerdictRecord,
} from './verdict/describe-comparison.js';
