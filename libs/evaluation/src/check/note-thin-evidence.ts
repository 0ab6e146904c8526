import type { Dataset, Sample } from '@holdfast/dataset';
import { comparePaired } from '@holdfast/metrics';
import type { PlanDraft } from '@holdfast/plan';
import { type ClaimJudgement, judgeRelease, type TaskJudgement } from '@holdfast/release-gate';
import { gatherClaims } from '../rules/claims.js';
import { shareLevel } from '../rules/share-level.js';
import { createTaskFinder, type ProtectedTask } from '../tasks/protected-task.js';
import type { RunTasks } from '../tasks/tasks.js';
import { firstNotes } from './first-notes.js';

/** What the gate will judge, as far as it is known before a run. */
export interface JudgedData {
  readonly dataset: Dataset;
  readonly tasks: RunTasks;
}

/**
 * Says which protected tasks and claims have so little validation data that the gate could not release
 * even a model of which no prediction changed: what can be known before anything is computed.
 */
export function noteThinEvidence(plan: Pick<PlanDraft, 'gate'>, data: JudgedData): string[] {
  const { tasks: thin, claims } = findThinEvidence(plan, data);
  return [...firstNotes(thin.map(describeThinTask)), ...claims.map(describeThinClaim)];
}

/**
 * The smallest `gate.tolerance` at which an unchanged model could be released, rounded up to
 * thousandths; undefined where the plan's own will do.
 */
export function findDecidableTolerance(
  plan: Pick<PlanDraft, 'gate'>,
  data: JudgedData,
): number | undefined {
  const { tasks: thin } = findThinEvidence(plan, data);
  return thin.length === 0
    ? undefined
    : Math.max(...thin.map(({ estimate }) => toleranceOf(estimate)));
}

/** The protected tasks and the claims that the gate would not retain although no prediction changed. */
function findThinEvidence({ gate }: Pick<PlanDraft, 'gate'>, { dataset, tasks }: JudgedData) {
  const samplesOf = createTaskFinder(dataset, 'validation');
  const unchanged = tasks.protectedTasks.flatMap((task) => compareUnchanged(samplesOf(task), task));
  const { length } = unchanged.filter(({ ceiling }) => !ceiling);
  if (length === 0) return { tasks: [], claims: [] };
  const claims = gatherClaims(gate, length).filter(({ taskCount: r }) => r >= 2 && r <= length);
  const level = shareLevel(gate);
  const judgement = judgeRelease(unchanged, { level, policy: gate.policy, claims, seed: 0 });
  return {
    tasks: judgement.tasks.filter(({ verdict }) => verdict !== 'RETAINED'),
    claims: judgement.claims.filter(({ verdict }) => verdict === 'UNDECIDED'),
  };
}

function toleranceOf({ lowerBound }: { readonly lowerBound: number }): number {
  return Math.ceil(1000 * -lowerBound) / 1000;
}

function describeThinClaim(claim: ClaimJudgement): string {
  const { taskCount, taskTotal, tolerance = 0 } = claim;
  const about =
    taskCount === taskTotal
      ? `all ${taskTotal} protected classes together`
      : `any ${taskCount} protected classes`;
  return `the claim about ${about}: even a model that did not change could not be shown to stay within ${(100 * tolerance).toFixed(1)} points in the mean; a claim of ${toleranceOf(claim)} could`;
}

function compareUnchanged(samples: readonly Sample[], { name, tolerance, ceiling }: ProtectedTask) {
  if (samples.length === 0) return [];
  const right = samples.map(() => 0);
  const groups = samples.map(({ group }) => group);
  const comparison = comparePaired({ labels: right, reference: right, candidate: right, groups });
  return [{ task: name, comparison, tolerance, ceiling }];
}

function describeThinTask(judgement: TaskJudgement) {
  const { task, comparison, tolerance, moreNeeded } = judgement;
  const { exampleCount, groupCount } = comparison;
  const isGrouped = groupCount < exampleCount;
  const images = `${exampleCount} validation image${exampleCount === 1 ? '' : 's'}`;
  const evidence = isGrouped
    ? `${images} in ${groupCount} group${groupCount === 1 ? '' : 's'}`
    : images;
  const points = (share: number) => (100 * share).toFixed(1);
  const unit = isGrouped ? 'groups' : 'images';
  // At a tolerance of 0 no number is enough.
  const enough = moreNeeded === 0 ? `no number of ${unit}` : `${groupCount + moreNeeded} ${unit}`;
  return `'${task}' has ${evidence}: even a model that did not change could not be shown to stay within ${points(tolerance)} points; ${enough} could, or a gate.tolerance of ${toleranceOf(judgement.estimate)}`;
}
