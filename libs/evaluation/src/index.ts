export { checkPlanParts, requireRoles } from './check/check-plan-parts.js';
export { showsTasks } from './check/note-test-part.js';
export { findDecidableTolerance, noteThinEvidence } from './check/note-thin-evidence.js';
export { requireImages } from './check/require-images.js';
export { divideByAttack, toAttack } from './classify/attacked-samples.js';
export {
  answerSamples,
  classifySamples,
  countAttacked,
  type EncodedModel,
  embedClassifier,
  type Predictions,
  referenceParameters,
  toFiniteMatrix,
} from './classify/classify-samples.js';
export { countHeads } from './classify/count-heads.js';
export { findHead } from './classify/find-head.js';
export { type PredictionPair, pairPredictions } from './classify/pair-predictions.js';
export { openPlanFile, type PlanFile } from './data/plan-file.js';
export {
  nameData,
  type PlanData,
  readPlanData,
  resolvePlanData,
  withoutImages,
  withoutSamples,
} from './data/read-plan-data.js';
export { resolveDraft } from './data/resolve-draft.js';
export {
  type DistilledData,
  readDistilled,
  withoutUnreadable,
} from './distilled/read-distilled.js';
export { describeDrift } from './drift/drift-finding.js';
export { type DriftAnswers, describeDriftRequest } from './drift/drift-request.js';
export { type DriftData, readDrift } from './drift/read-drift.js';
export { describeAnswer } from './judge/describe-answer.js';
export {
  askGate,
  askGateBeside,
  type FirstModel,
  type ReleaseAnswer,
} from './judge/release-question.js';
export { describeLedger } from './ledger/describe-ledger.js';
export {
  enterJudgement,
  identifyJudgement,
  type Judging,
  type LedgerEntry,
  listJudging,
  type NamedJudgement,
  noteRepeatedJudgement,
  openJudging,
  requireJudgement,
} from './ledger/judging.js';
export { type PlanLedger, readPlanLedger } from './ledger/read-plan-ledger.js';
export { decodeImages, type ImageThreads } from './measure/decode-images.js';
export { type Embedded, embedImages } from './measure/embed-images.js';
export {
  type MeasuredModel,
  measureModel,
  noteModels,
  openModel,
} from './measure/measure-model.js';
export type { MeasureOptions } from './measure/measure-options.js';
export {
  type OpenEncoderOptions,
  type OpenEncoderRequest,
  type OpenedEncoder,
  openEncoder,
} from './measure/open-encoder.js';
export {
  loadNamedData,
  type MeasuredData,
  readNamedData,
  withPlanData,
} from './measure/prepare-data.js';
export { describeJudgement } from './pair/describe-judgement.js';
export { describePair } from './pair/describe-pair.js';
export { describeSealed } from './pair/describe-sealed.js';
export {
  type GateRules,
  isRetained,
  judgePair,
  type PairJudgement,
  policies,
} from './pair/judge-pair.js';
export { type MeasuredPair, type ModelPair, measurePair, openPair } from './pair/measure-pair.js';
export { writePairReport, writeSealedReport } from './pair/write-pair-report.js';
export type { PoolSource } from './pool/choose-pool.js';
export type { CountedPool } from './pool/count-pool.js';
export { describePool, summarizePool } from './pool/describe-pool.js';
export { describeUnknown, judgePool, openPool, type PoolOutcome } from './pool/judge-pool.js';
export { describeData, listBadImages, noteBadImages } from './report/describe-data.js';
export { describeEnvironment } from './report/describe-environment.js';
export { describeEvidence, describeHeads, toTaskResult } from './report/describe-evidence.js';
export { reportClaims } from './report/report-claims.js';
export {
  listRounds,
  type Round,
  type Rounds,
  requireReleased,
  roundsMax,
} from './rounds/list-rounds.js';
export { gatherClaims } from './rules/claims.js';
export { shareLevel } from './rules/share-level.js';
export { type LabelSpace, listSpaces } from './tasks/label-spaces.js';
export { listScarceTasks } from './tasks/list-scarce-tasks.js';
export { createPrompts, type RunPrompts } from './tasks/prompts.js';
export {
  createTaskFinder,
  listConstrained,
  listFloors,
  type ProtectedTask,
  type TaskImages,
} from './tasks/protected-task.js';
export { listTargetTasks, type RunTasks, resolveTasks, selectSamples } from './tasks/tasks.js';
export { describeCalibration } from './verdict/describe-calibration.js';
export {
  describeClaims,
  describeSensitivity,
} from './verdict/describe-claims.js';
export {
  describeComparison,
  describeTaskVerdict,
  nameVerdict,
} from './verdict/describe-comparison.js';
export { describeSpaces } from './verdict/describe-spaces.js';
export { describeTest } from './verdict/describe-test.js';
export { type Difference, findDifferences } from './verify/find-differences.js';
export { type FoundJudgement, findJudgement } from './verify/find-judgement.js';
export { askAgain, judgeAgain } from './verify/judge-again.js';
