import { resolveName, sha256 } from '@holdfast/artifacts';
import { openClipDirectory } from '@holdfast/clip';
import type { ProviderRequest } from '@holdfast/engine';
import {
  askAgain,
  type Difference,
  describeCalibration,
  describeSpaces,
  describeTest,
  type FoundJudgement,
  findDifferences,
  findJudgement,
  judgeAgain,
  type PlanFile,
  pairPredictions,
  shareLevel,
} from '@holdfast/evaluation';
import { deriveTemperature } from '@holdfast/plan';
import type { RunVerdict } from '@holdfast/run-store';
import type { Terminal } from '../terminal/terminal.js';
import { measureModels } from './measure-models.js';

type TestRecord = NonNullable<RunVerdict['test']>;

/** Where what a verdict is about stands. */
export interface JudgedCandidate {
  /** Folder of the candidate. */
  readonly candidate: string;
  readonly file: PlanFile;
  readonly executionProvider?: ProviderRequest | undefined;
}

/** What was found of a verdict. */
export interface HeldVerdict {
  /** Where it states something else; none where all of it holds. */
  readonly differences: readonly Difference[];
  /** In the ledger of its images; null where they were not measured. */
  readonly judgement: FoundJudgement | null;
}

/**
 * Computes a verdict anew and compares. Hashes and the gate's rules come first: what differs there explains the rest, which
 * is then not computed.
 */
export async function holdVerdict(
  stated: RunVerdict,
  { candidate, file, executionProvider }: JudgedCandidate,
  terminal: Terminal,
): Promise<HeldVerdict> {
  const reference = resolveName(file.basePath, file.plan.model);
  const { sha256: referenceSha256, logitScale } = await openClipDirectory(reference);
  const bound = findDifferences(
    {
      plan: stated.plan,
      reference: stated.reference,
      candidate: { sha256: stated.candidate.sha256 },
      gate: stated.gate,
    },
    {
      plan: { sha256: sha256(file.text) },
      reference: { sha256: referenceSha256 },
      candidate: { sha256: (await openClipDirectory(candidate)).sha256 },
      gate: describeRules(stated.gate.level, file.plan.gate),
    },
  );
  if (bound.length > 0) return { differences: bound, judgement: null };
  const measure = <T>(
    images: 'validation' | 'test',
    judge: Parameters<typeof measureModels<T>>[2],
  ) => {
    const pair = { reference, candidate, file: withTemperature(file, Math.exp(logitScale)) };
    const options = { ...pair, images, executionProvider, withClaims: images === 'validation' };
    return measureModels(terminal, options, judge);
  };
  const judged = await measure('validation', async ({ evaluator }, measured) => {
    const question = askAgain(measured, stated.gate);
    const differences = findDifferences(omitUnjudged(stated), {
      ...(await judgeAgain(evaluator, question)),
      spaces: describeSpaces(measured.data.tasks, measured.predictions),
      calibration: describeCalibration(measured.data.tasks, measured.predictions),
      data: { sha256: measured.data.dataset.sha256 },
    });
    return { differences, judgement: await findJudgement(stated, question, file) };
  });
  const { test } = stated;
  const { level } = stated.gate;
  const tested =
    test === null
      ? []
      : await measure('test', async ({ evaluator }, { data, predictions }) => {
          const tasks = pairPredictions(data.tasks, predictions);
          const spaces = describeSpaces(data.tasks, predictions);
          const found = describeTest(await evaluator.compare({ tasks, level }), spaces);
          return findDifferences(test, asStated(found, test), 'test');
        });
  const { judgement } = judged;
  return { judgement, differences: [...judged.differences, ...judgement.differences, ...tested] };
}

/**
 * The gate's rules as the plan has them. A run divides the level by the candidates that it shows to the gate, at most
 * `candidatesMax`: of these levels the nearest to the stated one.
 */
function describeRules(stated: number, gate: PlanFile['plan']['gate']): RunVerdict['gate'] {
  const { policy, judgementsMax, candidatesMax } = gate;
  const levels = Array.from({ length: candidatesMax }, (_, i) => shareLevel(gate) / (i + 1));
  const level = levels.reduce((near, each) =>
    Math.abs(each - stated) < Math.abs(near - stated) ? each : near,
  );
  return { policy, level, judgementsMax };
}

/** Losses of a run are in the unit of its base model. */
function withTemperature(file: PlanFile, logitScale: number): PlanFile {
  const { constraints } = file.plan;
  if (constraints.constraintTemperature !== 'auto') return file;
  const constraintTemperature = deriveTemperature({ logitScale }).value;
  return {
    ...file,
    plan: { ...file.plan, constraints: { ...constraints, constraintTemperature } },
  };
}

/** What was found on test images, under the note of an earlier version where it is one that stated no bounds. */
function asStated(found: TestRecord, { tasks }: TestRecord): TestRecord {
  const hasBounds = tasks.some(({ lowerBound }) => lowerBound !== undefined);
  return hasBounds ? found : { ...found, note: 'point estimates' };
}

/** What follows from both models and the images that judge. */
function omitUnjudged(stated: RunVerdict): object {
  const { outcome, reason, devSafetyAccuracy, devSafetyLoss } = stated;
  const { target, protected: tasks, first, drift, claims, sensitivity } = stated;
  const { spaces, calibration } = stated;
  // Which images of training could not be read is not looked at.
  const data = { sha256: stated.data.sha256 };
  const found = { data, devSafetyAccuracy, devSafetyLoss, target, protected: tasks };
  const informing = {
    ...(spaces && { spaces }),
    ...(calibration && { calibration: omitErrors(calibration) }),
  };
  const all = { ...found, first, drift, claims, sensitivity, ...informing };
  // No candidate was feasible: the gate was asked of the best one, to inform.
  return outcome === 'NO_FEASIBLE_CANDIDATE' ? all : { outcome, reason, ...all };
}

/**
 * Calibration without its errors: they count answers by bins, so that a confidence on an edge, which another processor rounds
 * to its other side, moves them by more than any rounding.
 */
function omitErrors({ all, tasks, bins }: NonNullable<RunVerdict['calibration']>) {
  const omit = ({ reference, candidate, ...rest }: typeof all) => ({
    ...rest,
    reference: { confidence: reference.confidence },
    candidate: { confidence: candidate.confidence },
  });
  return { bins, all: omit(all), tasks: tasks.map(omit) };
}
