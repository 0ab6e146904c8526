import { rankCandidates } from '@holdfast/release-gate';
import type { OpenRun } from '../run/open-run.js';
import { checkpointPath } from '../run/run-folder.js';
import type { Candidate } from './run-progress.js';

/** Candidates, best first: feasible ones by target gain. */
export function rankRunCandidates(run: OpenRun, candidates: readonly Candidate[]) {
  return rankCandidates(candidates, { margin: run.plan.selection.margin });
}

/** The candidates that the gate would see if training ended now. */
export function listContenders(run: OpenRun, candidates: readonly Candidate[]): Candidate[] {
  return rankRunCandidates(run, candidates)
    .filter(({ feasible }) => feasible)
    .slice(0, run.plan.gate.candidatesMax)
    .map(({ candidate }) => candidate);
}

/** The parameters that a candidate names. */
export function selectorOf(run: OpenRun, candidate: Candidate) {
  return {
    checkpointPath: `${checkpointPath(run.folder, candidate.step)}/optimizer`,
    average: candidate.average,
    interpolation: candidate.alpha,
  };
}
