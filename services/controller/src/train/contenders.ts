import { samplesWithRole } from '@holdfast/dataset';
import { type GateDesign, type RankedVersion, rankVersions } from '@holdfast/selection';
import type { OpenRun } from '../run/open-run.js';
import { checkpointPath } from '../run/run-folder.js';
import type { Candidate } from './run-progress.js';

/** What the gate will ask of each protected task, known before it judges: algorithm.md, section 7. */
export function describeGate({ plan, tasks, dataset }: OpenRun): GateDesign {
  const { gate } = plan;
  return {
    level: gate.level / gate.candidatesMax,
    tasks: tasks.protectedTasks.map(({ label, tolerance }) => ({
      // The policy strict asks that no task falls at all.
      tolerance: gate.policy === 'strict' ? 0 : tolerance,
      validationGroups: new Set(
        samplesWithRole(dataset, 'validation', label).map(({ group }) => group),
      ).size,
    })),
  };
}

/** Candidates in the order in which the gate would see them. */
export function rankRunCandidates(
  run: OpenRun,
  candidates: readonly Candidate[],
): RankedVersion<Candidate>[] {
  return rankVersions(candidates, describeGate(run));
}

/** The candidates that would be shown or kept if training ended now. */
export function listContenders(run: OpenRun, candidates: readonly Candidate[]): Candidate[] {
  const ranked = rankRunCandidates(run, candidates);
  const feasible = ranked.filter(({ regressed }) => regressed.length === 0);
  const contenders = feasible.slice(0, run.plan.gate.candidatesMax);
  return (contenders.length > 0 ? contenders : ranked.slice(0, 1)).map(({ version }) => version);
}

/** The parameters that a candidate names. */
export function selectorOf(run: OpenRun, candidate: Candidate) {
  return {
    checkpointPath: `${checkpointPath(run.folder, candidate.step)}/optimizer`,
    average: candidate.average,
    interpolation: candidate.alpha,
  };
}
