import { relative } from 'node:path';
import {
  describeData,
  describeEvidence,
  describeHeads,
  listBadImages,
  reportClaims,
  toTaskResult,
} from '@holdfast/evaluation';
import { formatPlan, listModules } from '@holdfast/plan';
import type { CompareResponse } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { RunReport } from '@holdfast/report';
import { describeCandidate, type RunProgress, type StepResult } from '@holdfast/run-store';
import type { Choice } from '../choose/choose-candidate.js';
import type { OpenRun } from '../run/open-run.js';

/** Rows of the training curve that the report draws at the most. */
const trainingRowsMax = 500;

/** What a report is made from. */
export interface ReportSource {
  readonly run: OpenRun;
  readonly choice: Choice;
  readonly progress: RunProgress;
  readonly steps: readonly StepResult[];
  readonly test: CompareResponse | undefined;
  readonly ledger: RunReport['ledger'];
  readonly candidateSha256: string;
  readonly startedAt: string;
  readonly durationSeconds: number;
  readonly planName: string;
  /** The study that the run is one of. */
  readonly study: string | undefined;
  readonly softwareVersion: string;
  /** How a person calls holdfast. */
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

/** Names of the constraints of the user's own. */
function listOwnConstraints({ plan }: OpenRun): string[] {
  return listModules(plan).flatMap(({ kind, name }) => (kind === 'constraint' ? [name] : []));
}

/** Thins the curve and carries each task's last estimate into the steps that did not visit it. */
function thinTraining(run: OpenRun, steps: readonly StepResult[]): RunReport['training'] {
  const stride = Math.max(1, Math.ceil(steps.length / trainingRowsMax));
  const estimates: (number | null)[] = run.tasks.protectedTasks.map(() => null);
  const weights: (number | null)[] = run.tasks.protectedTasks.map(() => null);
  const own = listOwnConstraints(run);
  return steps.flatMap((result, i) => {
    for (const { task, constraintEstimate, weight } of result.tasks) {
      estimates[task] = constraintEstimate;
      weights[task] = weight;
    }
    for (const { name, value, weight } of result.terms ?? []) {
      if (weight === undefined) continue;
      estimates[run.tasks.protectedTasks.length + own.indexOf(name)] = value;
      weights[run.tasks.protectedTasks.length + own.indexOf(name)] = weight;
    }
    if (i % stride !== 0 && i !== steps.length - 1) return [];
    const { step, objective, penalty, learningRate, gradientNorm } = result;
    return {
      step,
      objective,
      penalty,
      learningRate,
      gradientNorm,
      constraintEstimates: [...estimates],
      weights: [...weights],
    };
  });
}

/** Changes of the tasks that must not be lost, 0 where nothing shows one. */
function listFloorChanges({ tasks }: OpenRun, candidate: Choice['candidate']): number[] {
  return candidate.tasks.flatMap((task, k) =>
    tasks.protectedTasks[k]!.ceiling ? [] : [task?.change ?? 0],
  );
}

function watchedOf({ drift: data }: OpenRun, { judgement: { driftAnswers: answers } }: Choice) {
  return data && answers && { data, answers };
}

/** Gathers everything the report shows. */
export async function buildReport(source: ReportSource): Promise<RunReport> {
  const { run, choice, progress, test } = source;
  const { withoutHeads } = choice.judgement;
  const settings = { policy: run.plan.gate.policy, level: choice.level };
  return {
    run: {
      id: run.runId,
      planName: source.planName,
      study: source.study,
      startedAt: source.startedAt,
      durationSeconds: source.durationSeconds,
      steps: progress.stepsTaken,
      seed: run.plan.seed,
      softwareVersion: source.softwareVersion,
      environment: source.environment,
    },
    outcome: choice.outcome,
    reason: choice.reason,
    models: {
      referencePath: run.plan.model,
      referenceSha256: run.opened.modelSha256,
      candidatePath: relative(process.cwd(), run.folder.candidate) || run.folder.candidate,
      candidateSha256: source.candidateSha256,
      candidateVersion: describeCandidate(choice.candidate),
      headsNote: withoutHeads && describeHeads(withoutHeads),
    },
    ...(await describeEvidence(run.tasks, choice.judgement, settings)),
    test: test && {
      note: 'Test images were looked at once, after the verdict, and decided nothing. Each interval is of one task alone.',
      tasks: test.tasks.map(toTaskResult),
      devSafetyAccuracy: test.devSafetyAccuracy ?? 0,
    },
    ledger: source.ledger,
    ...(await reportClaims(choice.judgement, watchedOf(run, choice))),
    ownConstraints: listOwnConstraints(run),
    training: thinTraining(run, source.steps),
    steering: progress.measurements,
    steeringMargin: run.plan.selection.margin ?? -run.plan.gate.tolerance,
    candidates: choice.ranked.map((candidate) => ({
      version: describeCandidate(candidate),
      step: candidate.step,
      average: candidate.average,
      alpha: candidate.alpha,
      targetChange: candidate.targetChange,
      devSafetyAccuracy: Math.min(...listFloorChanges(run, candidate)),
      feasible: candidate.feasible,
      retentionChance: candidate.retentionChance,
      verdict: candidate.verdict,
    })),
    data: describeData(run.dataset, listBadImages(run)),
    planYaml: formatPlan(run.plan),
    resolutions: run.resolutions,
    commands: [
      { purpose: 'Run it again', command: `${source.command} run ${source.planName}` },
      {
        purpose: 'Judge any two models on the same tasks',
        command: `${source.command} gate OLD NEW --tasks ${source.planName}`,
      },
      ...(source.study === undefined
        ? [
            {
              purpose: 'Take the candidate',
              command: `${source.command} export ${relative(process.cwd(), run.folder.path) || '.'} --to DIR`,
            },
          ]
        : []),
    ],
    notes: source.notes,
  };
}
