import { resolveName } from '@holdfast/artifacts';
import { noLabel, readLabels, type Sample } from '@holdfast/dataset';
import { Fault } from '@holdfast/fault';
import { noClass } from '@holdfast/labelling';
import type { JudgedImage } from '@holdfast/ledger';
import { findNearestName } from '@holdfast/plan';
import type { EvaluatorServiceClient } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { PlanFile } from '../data/plan-file.js';
import type { PlanData } from '../data/read-plan-data.js';
import { describeDriftRequest } from '../drift/drift-request.js';
import { listJudging } from '../ledger/judging.js';
import type { MeasureOptions } from '../measure/measure-options.js';
import type { MeasuredPart } from '../measure/prepare-data.js';
import { type GateRules, judgePair, type PairJudgement } from '../pair/judge-pair.js';
import type { MeasuredPair } from '../pair/measure-pair.js';
import { shareLevel } from '../rules/share-level.js';
import { choosePool, type PoolSource } from './choose-pool.js';
import { type CountedPool, countPool } from './count-pool.js';
import { type WrittenQueue, writeQueue } from './write-queue.js';

/**
 * Prepares to read a pool, once the data of a plan are known: its images that may judge, with the labels that people
 * gave them, or `noLabel`.
 *
 * @param labels CSVs `path,label`
 * @param cwd that paths are relative to
 * @throws Fault `invalid` if the plan names a first model: a pool judges against the old model alone; or a task that is
 *   no single class.
 */
export function openPool(
  file: PlanFile,
  {
    source,
    labels = [],
  }: { readonly source: PoolSource; readonly labels?: readonly string[] | undefined },
  cwd: string,
): Exclude<MeasuredPart['images'], string> {
  if (file.plan.gate.firstModel !== undefined) {
    throw new Fault(
      'invalid',
      `${file.name}: gate.firstModel: a pool judges against the old model alone; name the first model as <old>, or leave gate.firstModel out`,
    );
  }
  if (file.plan.spaces !== undefined) {
    throw new Fault(
      'invalid',
      `${file.name}: spaces: nobody knows which label space an image of a pool is of; judge by a plan without spaces`,
    );
  }
  return async (data: PlanData, options: MeasureOptions) => {
    requireClasses(file, data);
    const { samples, paths, notes } = await choosePool(source, cwd, data, options);
    const given = await readGivenLabels(labels, { paths, classes: data.tasks.classes }, cwd);
    const labelOf = ({ relativePath }: Sample) => given.get(relativePath) ?? noLabel;
    return { samples: samples.map((sample) => ({ ...sample, label: labelOf(sample) })), notes };
  };
}

/** A pool's images are labelled by class, and nobody knows the columns of their rows. */
function requireClasses({ name }: PlanFile, { tasks }: PlanData): void {
  const other = tasks.protectedTasks.filter(
    ({ labels, where, corruptions, ceiling }) =>
      labels.length > 1 || where.length + corruptions.length > 0 || ceiling,
  );
  if (other.length === 0) return;
  const violations = other.map(({ field, name: task, ceiling }) => ({
    field,
    description: `"${task}" is ${ceiling ? 'a ceiling' : 'no single class'}: a pool judges ${ceiling ? 'what may be lost' : 'classes'} alone; judge it by the plan's own data, without --pool`,
  }));
  throw new Fault('invalid', `${name} has tasks that a pool cannot judge`, { violations });
}

/** How a pool judges. */
export interface PoolJudging extends Omit<GateRules, 'level' | 'counted' | 'sealed'> {
  /** Groups that are checked of each class, at the most. */
  readonly checks: number;
  /** Folder to write what is to be labelled to. */
  readonly queuePath: string;
}

/** What came of a pool; no judgement while nothing is known of some task. */
export interface PoolOutcome {
  readonly pool: CountedPool;
  readonly queue: WrittenQueue | undefined;
  readonly judgement: PairJudgement | undefined;
}

/**
 * Judges two models that were measured on a pool as far as its labels are known, and writes what is to be labelled.
 *
 * @throws Fault as `judgePair`
 */
export async function judgePool(
  evaluator: Pick<EvaluatorServiceClient, 'gate'>,
  file: PlanFile,
  measured: MeasuredPair,
  { checks, queuePath, ...rules }: PoolJudging,
  options: MeasureOptions,
): Promise<PoolOutcome> {
  const level = shareLevel(file.plan.gate);
  const pool = countPool(measured, { checksMax: checks, level });
  const isAsked = pool.queue.some(({ place }) => pool.images[place]!.label === undefined);
  const settings = { folder: queuePath, planName: file.name };
  const queue = isAsked ? await writeQueue(pool, settings, options) : undefined;
  if (pool.unknownTasks.length > 0) return { pool, queue, judgement: undefined };
  const counted = {
    images: forgetLabels(listJudging(pool.samples, measured.watched?.data)),
    level,
    identity: identifyPool(pool, file, { ...rules, checks }),
  };
  const gateRules = { ...rules, level: pool.level, counted };
  return { pool, queue, judgement: await judgePair(evaluator, file, pool.measured, gateRules) };
}

/** Says which tasks keep a pool from being judged. */
export function describeUnknown({ unknownTasks }: CountedPool): string {
  const named = unknownTasks.slice(0, 5).map((name) => `'${name}'`);
  const rest = unknownTasks.length - named.length;
  return `Not judged yet: nothing is known of ${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}; label the images that the queue asks for.`;
}

async function readGivenLabels(
  files: readonly string[],
  { paths, classes }: { readonly paths: ReadonlySet<string>; readonly classes: readonly string[] },
  cwd: string,
): Promise<ReadonlyMap<string, string>> {
  if (files.length === 0) return new Map();
  if (classes.includes(noClass)) {
    throw new Fault(
      'invalid',
      `"${noClass}" stands for images of no class; rename the class that is called so`,
    );
  }
  const describeUnknown = (label: string) => {
    const nearest = findNearestName(label, classes);
    const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
    return `"${label}" is no class of the plan${hint} (an image of none of them is "${noClass}")`;
  };
  const scope = { paths, labels: [...classes, noClass], describeUnknown };
  const given = new Map<string, string>();
  for (const file of files) {
    for (const [image, label] of await readLabels(resolveName(cwd, file), scope)) {
      const earlier = given.get(image) ?? label;
      if (earlier !== label) {
        throw new Fault(
          'invalid',
          `${file}: ${image} is "${label}", and "${earlier}" in a file before`,
        );
      }
      given.set(image, label);
    }
  }
  return given;
}

/** A pool is the same, and judges no more often, however many of its labels are known. */
function forgetLabels(images: readonly JudgedImage[]) {
  return images.map(({ sha256, group }) => ({ sha256, group, label: '' }));
}

/** Everything but labels that a verdict on a pool is a function of. */
function identifyPool(
  { images, measured }: CountedPool,
  { plan }: PlanFile,
  { tolerance, policy, checks }: Pick<PoolJudging, 'tolerance' | 'checks' | 'policy'>,
) {
  const { level, claims, judgementsMax } = plan.gate;
  const { classes, protectedTasks } = measured.data.tasks;
  const answers = images.map(({ reference, candidate }) => [reference, candidate]);
  const rules = { level, claims, judgementsMax, tolerance, policy, checks };
  return { answers, classes, protectedTasks, rules, drift: identifyDrift(measured, level) };
}

/** Absent where drift is told alone, and decides nothing. */
function identifyDrift({ watched }: MeasuredPair, level: number) {
  if (watched?.data.tolerance === undefined) return undefined;
  const { data, answers } = watched;
  return { images: data.sha256, ...describeDriftRequest(data, answers, level) };
}
