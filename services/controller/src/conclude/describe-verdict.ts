import {
  describeAnswer,
  describeCalibration,
  describeSpaces,
  describeTest,
} from '@holdfast/evaluation';
import { listModules } from '@holdfast/plan';
import { describeCandidate, type RunVerdict } from '@holdfast/run-store';
import type { Choice } from '../choose/choose-candidate.js';
import type { OpenRun } from '../run/open-run.js';
import type { TestReading } from './read-test.js';

/** Hashes that a verdict is bound to. */
export interface VerdictBinding {
  readonly referenceSha256: string;
  readonly candidateSha256: string;
  readonly dataSha256: string;
  readonly planSha256: string;
}

/**
 * The verdict as a machine reads it. Free of times and paths, so that the same run gives the same
 * bytes, and bound by sha256 to both models, the data and the plan: it says nothing of any other.
 */
export function describeVerdict(
  run: OpenRun,
  choice: Choice,
  binding: VerdictBinding,
  test: TestReading | undefined,
): RunVerdict {
  return {
    schema: 'holdfast.verdict/1',
    outcome: choice.outcome,
    reason: choice.reason,
    reference: { sha256: binding.referenceSha256 },
    candidate: {
      sha256: binding.candidateSha256,
      version: describeCandidate(choice.candidate),
      step: choice.candidate.step,
      average: choice.candidate.average,
      alpha: choice.candidate.alpha,
    },
    data: { sha256: binding.dataSha256, unreadable: run.opened.badImages.length },
    plan: { sha256: binding.planSha256 },
    ...bindModules(run),
    gate: {
      policy: run.plan.gate.policy,
      level: choice.level,
      judgementsMax: run.plan.gate.judgementsMax,
    },
    ...describeAnswer(choice.judgement, run.drift?.sha256),
    spaces: describeSpaces(run.tasks, choice.judgement),
    calibration: describeCalibration(run.tasks, choice.judgement),
    test: test === undefined ? null : describeTest(test.comparison, test.spaces),
  };
}

/** The modules of the user's own that trained; nothing where there were none. */
function bindModules({ plan, modules }: OpenRun): Pick<RunVerdict, 'modules'> {
  const bound = listModules(plan).map(({ kind, name, path }) => {
    return { kind, name, sha256: modules.get(path)!.sha256 };
  });
  return bound.length === 0 ? {} : { modules: bound };
}
