import { nameVerdict, shareLevel } from '@holdfast/evaluation';
import type { Candidate, RunOutcome, RunProgress, VerdictName } from '@holdfast/run-store';
import type { OpenRun } from '../run/open-run.js';
import { rankRunCandidates } from './contenders.js';
import { describeInfeasible } from './describe-infeasible.js';
import { type Judgement, judgeCandidate } from './judge-candidate.js';
import { releasedVersion } from './measure-steering.js';

/** A candidate as ranked on steering data and, where the gate saw it, judged. */
export interface RankedCandidate extends Candidate {
  readonly feasible: boolean;
  /** Chance that the gate retains it, as far as steering data tell; absent where there are none. */
  readonly retentionChance?: number;
  readonly verdict?: VerdictName;
}

/** The candidate that is written, and why. */
export interface Choice {
  readonly outcome: RunOutcome;
  readonly reason: string;
  readonly candidate: Candidate;
  readonly judgement: Judgement;
  /** Level at which each candidate shown was judged. */
  readonly level: number;
  readonly ranked: readonly RankedCandidate[];
}

/** The only candidate of a run without steering data: what may be released of the last checkpoint. */
function lastCandidate(run: OpenRun, progress: RunProgress): Candidate {
  return {
    step: progress.stepsTaken,
    ...releasedVersion(run.plan),
    images: 0,
    targetChange: 0,
    tasks: run.tasks.protectedTasks.map(() => null),
  };
}

/**
 * Shows candidates to the gate in their order on steering data until one is retained, at most J, the
 * smaller of `gate.candidatesMax` and the number of feasible ones, each at level / J (docs/algorithm/choosing-the-candidate.md).
 */
export async function chooseCandidate(
  run: OpenRun,
  progress: RunProgress,
  {
    onJudged,
    signal,
  }: {
    readonly onJudged: (candidate: Candidate, judgement: Judgement) => Promise<void>;
    readonly signal: AbortSignal;
  },
): Promise<Choice> {
  const order = progress.candidates.length === 0 ? [] : rankRunCandidates(run, progress);
  const ranked: RankedCandidate[] =
    order.length === 0
      ? [{ ...lastCandidate(run, progress), feasible: true }]
      : order.map(({ version, regressed, retentionChance }) => ({
          ...version,
          feasible: regressed.length === 0,
          retentionChance,
        }));
  const isKept = ({ step }: Candidate) => order.length === 0 || progress.leaders.includes(step);
  const feasible = ranked.filter((candidate) => candidate.feasible && isKept(candidate));
  const judges = Math.min(run.plan.gate.candidatesMax, Math.max(feasible.length, 1));
  const shown = (feasible.length > 0 ? feasible : ranked).slice(0, judges);
  const judged: { candidate: Candidate; judgement: Judgement }[] = [];
  for (const candidate of shown) {
    const known = judged[0]?.judgement;
    const mayRelease = feasible.length > 0;
    const judgement = await judgeCandidate(run, candidate, { judges, mayRelease, known, signal });
    judged.push({ candidate, judgement });
    await onJudged(candidate, judgement);
    if (nameVerdict(judgement.gate) === 'RETAINED') break;
  }
  const first = judged[0]!;
  const passed = judged.find(({ judgement }) => nameVerdict(judgement.gate) === 'RETAINED');
  const { candidate, judgement } = passed ?? first;
  const verdicts = new Map(
    judged.map((entry) => [entry.candidate, nameVerdict(entry.judgement.gate)]),
  );
  const none = feasible.length === 0;
  return {
    outcome: none ? 'NO_FEASIBLE_CANDIDATE' : nameVerdict(judgement.gate),
    reason: none
      ? describeInfeasible(run.tasks.protectedTasks, order[0]!, judgement.gate)
      : judgement.gate.reason,
    candidate,
    judgement,
    level: shareLevel(run.plan.gate) / judges,
    ranked: ranked.map((entry) => {
      const verdict = verdicts.get(entry);
      return verdict === undefined ? entry : { ...entry, verdict };
    }),
  };
}
