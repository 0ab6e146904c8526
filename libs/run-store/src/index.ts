export { listCheckpoints, pruneCheckpoints } from './checkpoints.js';
export { claimRunFolder } from './claim-run-folder.js';
export {
  describeDamage,
  describeDrift,
  type JournalEntry,
  listEntries,
  moduleReason,
  providerReason,
  requireSameData,
} from './journal.js';
export { type RunFile, runSchemas, toJsonSchema } from './json-schemas.js';
export { type MetricsLog, openMetricsLog, type StepResult } from './metrics-log.js';
export {
  describeModules,
  type KeptModule,
  type RunModules,
  readModules,
  writeModules,
} from './modules.js';
export { type RunOrigin, readOrigin, studyLabel, studyOf, writeOrigin } from './origin.js';
export {
  type Candidate,
  describeCandidate,
  noProgress,
  type RunProgress,
  type SteeringMeasurement,
} from './progress.js';
export { pullRun, pullRunFile } from './pull-run.js';
export { endIdle, findQueuedSince, queueRun, requireQueued } from './queue-run.js';
export { readProgress } from './read-progress.js';
export { readSteps, type StepPage, type StepRange } from './read-steps.js';
export { checkpointPath, describeRunFolder, type RunFolder } from './run-folder.js';
export { openRunJournal, type RunJournal, readRunJournal } from './run-journal.js';
export {
  awaitRunOwner,
  findRunOwner,
  leaseRun,
  type RunLease,
  refuseHeld,
  unshared,
} from './run-lease.js';
export {
  readPrivateKey,
  readPublicKey,
  requireSigned,
  signedVerdictName,
  signVerdict,
} from './signed-verdict.js';
export {
  parseVerdict,
  type RunOutcome,
  type RunVerdict,
  readVerdict,
  type VerdictFile,
  writeVerdict,
} from './verdict-file.js';
export type {
  CalibrationRecord,
  ClaimRecord,
  ComparisonRecord,
  ConfidenceRecord,
  SensitivityRecord,
  SpaceRecord,
  VerdictName,
  VerdictRecord,
} from './verdict-records.js';
