import { toUri } from '@holdfast/artifacts';
import { createTaskFinder, shareLevel } from '@holdfast/evaluation';
import { type Candidate, checkpointPath, type RunProgress } from '@holdfast/run-store';
import { type GateDesign, type RankedVersion, rankVersions } from '@holdfast/selection';
import type { OpenRun } from '../run/open-run.js';

/** What the gate will ask of each protected task, known before it judges: docs/algorithm/choosing-the-candidate.md. */
export function describeGate({ plan, tasks, dataset }: OpenRun): GateDesign {
  const { gate } = plan;
  const samplesOf = createTaskFinder(dataset, 'validation');
  return {
    level: shareLevel(gate) / gate.candidatesMax,
    tasks: tasks.protectedTasks.map((task) => ({
      // The policy strict asks that no task falls at all.
      tolerance: gate.policy === 'strict' ? 0 : task.tolerance,
      validationGroups: new Set(samplesOf(task).map(({ group }) => group)).size,
      ceiling: task.ceiling,
    })),
  };
}

/** Candidates, best first: those of the leading checkpoints, which alone may be released, then all others. */
export function rankRunCandidates(
  run: OpenRun,
  { candidates, leaders }: Pick<RunProgress, 'candidates' | 'leaders'>,
): RankedVersion<Candidate>[] {
  const ranked = rankVersions(candidates, describeGate(run));
  const leads = ({ version }: RankedVersion<Candidate>) => leaders.includes(version.step);
  return [...ranked.filter(leads), ...ranked.filter((entry) => !leads(entry))];
}

/** Of checkpoints, by their steps, the first `count` in the order of their best candidates. */
export function chooseLeaders(
  run: OpenRun,
  candidates: readonly Candidate[],
  { steps, count }: { readonly steps: readonly number[]; readonly count: number },
): number[] {
  const ranked = rankRunCandidates(run, { candidates, leaders: steps });
  const order = new Set(ranked.map(({ version }) => version.step));
  return [...order].filter((step) => steps.includes(step)).slice(0, count);
}

/** The parameters that a version of a checkpoint's weights names. */
export function selectorOf(
  run: OpenRun,
  { step, average, alpha }: Pick<Candidate, 'step' | 'average' | 'alpha'>,
) {
  return {
    checkpointUri: toUri(`${checkpointPath(run.folder, step)}/optimizer`),
    average,
    interpolation: alpha,
  };
}
