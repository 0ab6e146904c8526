// Judges a release. Each folder builds on those before it:
//   bounds/     what flips of groups or examples say of a change, in numbers
//   sign-flip/  one such bound: a subset of the groups (subset), all of them or a sample (convolve-subsets,
//               draw-subsets), their mean changes in order (subset-changes), p-value and bound (sign-flip-bound)
//   evidence/   which bounds stand for a comparison, and its estimate
//   task/       the verdict on one protected task
//   claims/     verdicts on the mean of any so many tasks
//   release/    the verdict on all of them

export { gaffkeLowerBound, gaffkePValue } from './bounds/gaffke-bound.js';
export { groupStandardError } from './bounds/group-standard-error.js';
export { collectStrata, type Stratum } from './bounds/group-strata.js';
export { holmPValues } from './bounds/holm-p-values.js';
export { normalUpperQuantile, normalUpperTail } from './bounds/normal-distribution.js';
export { type FlipCounts, tangoLowerBound } from './bounds/tango-bounds.js';
export type { Claim, ClaimJudgement } from './claims/claim-judgement.js';
export type { ConfidencePoint } from './evidence/confidence-curve.js';
export { type EstimateSettings, estimateChange } from './evidence/estimate-change.js';
export type { ChangeEstimate } from './evidence/summarize-change.js';
export { weighChange } from './evidence/weigh-change.js';
export { type WeighedTask, weighTask } from './evidence/weigh-task.js';
export type { AssumedBound } from './release/assume-shared-losses.js';
export { type GateSettings, judgeRelease, type ReleaseJudgement } from './release/judge-release.js';
export { signFlipPValue, signFlipUpperBound } from './sign-flip/sign-flip-bound.js';
export { listSubsetChanges, type SubsetChanges } from './sign-flip/subset-changes.js';
export type { GateTask, Policy, TaskJudgement, Verdict } from './task/task-judgement.js';
