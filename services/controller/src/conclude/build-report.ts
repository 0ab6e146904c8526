import { relative } from 'node:path';
import { formatPlan } from '@holdfast/plan';
import type {
  CompareResponse,
  TaskComparison,
  TaskVerdict,
} from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { RunReport, TaskResult } from '@holdfast/report';
import { type Choice, nameVerdict } from '../choose/choose-candidate.js';
import type { OpenRun } from '../run/open-run.js';
import { describeCandidate, type RunProgress } from '../train/run-progress.js';
import type { StepResult } from '../train/train-step.js';
import { collectFlips } from './collect-flips.js';

/** Rows of the training curve that the report draws at the most. */
const trainingRowsMax = 500;

/** What a report is made from. */
export interface ReportSource {
  readonly run: OpenRun;
  readonly choice: Choice;
  readonly progress: RunProgress;
  readonly steps: readonly StepResult[];
  readonly test: CompareResponse | undefined;
  readonly candidateSha256: string;
  readonly startedAt: string;
  readonly durationSeconds: number;
  readonly planName: string;
  readonly softwareVersion: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

function toTaskResult(comparison: TaskComparison, bounds: boolean): TaskResult {
  return {
    task: comparison.task,
    examples: comparison.exampleCount,
    groups: comparison.groupCount,
    referenceAccuracy: comparison.referenceAccuracy,
    candidateAccuracy: comparison.candidateAccuracy,
    accuracyChange: comparison.accuracyChange,
    negativeFlips: comparison.negativeFlips,
    positiveFlips: comparison.positiveFlips,
    ...(bounds ? { lowerBound: comparison.lowerBound, upperBound: comparison.upperBound } : {}),
  };
}

function toProtectedResult(verdict: TaskVerdict): RunReport['protectedTasks'][number] {
  const comparison = verdict.comparison!;
  return {
    ...toTaskResult(comparison, true),
    verdict: nameVerdict(verdict),
    tolerance: comparison.tolerance,
    reason: verdict.reason,
    pValue: verdict.pValue,
    holmPValue: verdict.holmPValue,
    simultaneousLowerBound: verdict.simultaneousLowerBound,
    simultaneousUpperBound: verdict.simultaneousUpperBound,
    mcnemarPValue: comparison.mcnemarPValue,
    smallestDetectableDrop: comparison.smallestDetectableDrop,
    lossChange: comparison.lossChange,
    method: comparison.method,
  };
}

/** Thins the curve and carries each task's last estimate into the steps that did not visit it. */
function thinTraining(run: OpenRun, steps: readonly StepResult[]): RunReport['training'] {
  const stride = Math.max(1, Math.ceil(steps.length / trainingRowsMax));
  const estimates: (number | null)[] = run.tasks.protectedTasks.map(() => null);
  const weights: (number | null)[] = run.tasks.protectedTasks.map(() => null);
  return steps.flatMap((result, i) => {
    for (const { task, constraintEstimate, weight } of result.tasks) {
      estimates[task] = constraintEstimate;
      weights[task] = weight;
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

/** [true class][predicted class] counts. */
function countConfusion(
  run: OpenRun,
  samples: readonly number[],
  predicted: Uint32Array,
): number[][] {
  const { classes } = run.tasks;
  const counts = classes.map(() => classes.map(() => 0));
  for (const [row, sample] of samples.entries()) {
    const label = classes.indexOf(run.dataset.samples[sample]!.label);
    counts[label]![predicted[row]!]! += 1;
  }
  return counts;
}

function countRoles(run: OpenRun): RunReport['data']['counts'] {
  const roles = [
    'target',
    'negative',
    'protected',
    'steering',
    'validation',
    'test',
    'base',
  ] as const;
  return roles.flatMap((role) => {
    const samples = run.dataset.samples.filter((sample) => sample.roles.includes(role));
    if (samples.length === 0) return [];
    return {
      role,
      examples: samples.length,
      groups: new Set(samples.map((sample) => sample.group)).size,
    };
  });
}

function describeHeads({ judgement }: Choice): string | undefined {
  if (judgement.withoutHeads === undefined) return undefined;
  return `The released model has task-dependent heads (heads.safetensors, folded into classifier.safetensors). Loaded without them it is ${nameVerdict(judgement.withoutHeads)}: ${judgement.withoutHeads.reason}`;
}

/** Gathers everything the report shows. */
export async function buildReport(source: ReportSource): Promise<RunReport> {
  const { run, choice, progress, test } = source;
  const { gate } = choice.judgement;
  const { samples } = choice.judgement;
  const target = gate.targets[0];
  const headsNote = describeHeads(choice);
  const emptyTarget: TaskResult = {
    task: run.plan.target.class,
    examples: 0,
    groups: 0,
    referenceAccuracy: 0,
    candidateAccuracy: 0,
    accuracyChange: 0,
    negativeFlips: 0,
    positiveFlips: 0,
  };
  return {
    run: {
      id: run.runId,
      planName: source.planName,
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
      ...(headsNote === undefined ? {} : { headsNote }),
    },
    gate: {
      policy: run.plan.gate.policy,
      level: choice.level,
      groupsAreIndependent: gate.tasks.every(
        ({ comparison }) => comparison?.exampleCount === comparison?.groupCount,
      ),
    },
    target: target === undefined ? emptyTarget : toTaskResult(target, true),
    protectedTasks: gate.tasks.map(toProtectedResult),
    devSafetyAccuracy: gate.devSafetyAccuracy,
    devSafetyLoss: gate.devSafetyLoss,
    ...(test === undefined
      ? {}
      : {
          test: {
            note: 'Point estimates: test images were looked at once, after the verdict, and decided nothing.',
            tasks: test.tasks.map((task) => toTaskResult(task, false)),
            devSafetyAccuracy: test.devSafetyAccuracy,
          },
        }),
    classes: run.tasks.classes,
    confusion: {
      reference: countConfusion(run, samples, choice.judgement.reference.classes),
      candidate: countConfusion(run, samples, choice.judgement.candidate.classes),
    },
    training: thinTraining(run, source.steps),
    steering: progress.measurements,
    candidates: choice.ranked.map((candidate) => ({
      version: describeCandidate(candidate),
      step: candidate.step,
      average: candidate.average,
      alpha: candidate.alpha,
      targetChange: candidate.targetChange,
      devSafetyAccuracy: Math.min(...candidate.accuracyChanges),
      feasible: candidate.feasible,
      ...(candidate.verdict === undefined ? {} : { verdict: candidate.verdict }),
    })),
    flips: await collectFlips(run, choice.judgement),
    data: {
      manifestSha256: run.dataset.sha256,
      counts: countRoles(run),
      badImages: run.opened.badImages.map(({ sample, reason }) => ({
        path: run.dataset.samples[sample]?.relativePath ?? String(sample),
        reason,
      })),
    },
    planYaml: formatPlan(run.plan),
    commands: [
      { purpose: 'Run it again', command: `holdfast run ${source.planName}` },
      {
        purpose: 'Judge any two models on the same tasks',
        command: `holdfast gate OLD NEW --tasks ${source.planName}`,
      },
      {
        purpose: 'Take the candidate',
        command: `holdfast export ${relative(process.cwd(), run.folder.path) || '.'} --to DIR`,
      },
    ],
    notes: source.notes,
  };
}
