import { resolve } from 'node:path';
import { type PlanData, shareLevel } from '@holdfast/controller';
import { noLabel, readLabels, type Sample } from '@holdfast/dataset';
import type { ProviderRequest } from '@holdfast/engine';
import { Fault } from '@holdfast/fault';
import { noClass } from '@holdfast/labelling';
import { findNearestName } from '@holdfast/plan';
import {
  type GateRules,
  isRetained,
  judgePair,
  type PairJudgement,
} from '../measure/judge-pair.js';
import type { MeasureOptions } from '../measure/measure-options.js';
import { measurePair } from '../measure/measure-pair.js';
import { type PlanFile, readPlanFile } from '../read-plan-file.js';
import { shortenPath } from '../shorten-path.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { describePair } from '../verdict/describe-pair.js';
import { formatOutcome } from '../verdict/format-verdict.js';
import { describeJudgement, formatJudgement } from '../verdict/present-judgement.js';
import { resolveReport, writePairReport } from '../verdict/write-pair-report.js';
import { choosePool, type PoolSource } from './choose-pool.js';
import { type CountedPool, countPool } from './count-pool.js';
import { describePool, formatPool } from './describe-pool.js';
import { type WrittenQueue, writeQueue } from './write-queue.js';

/** How a pool judges. */
export interface PoolOptions {
  readonly tasks: string;
  readonly source: PoolSource;
  readonly labels?: string | undefined;
  /** Folder to write what is to be labelled to. */
  readonly queue: string;
  readonly checks: number;
  readonly tolerance?: number;
  readonly policy?: GateRules['policy'];
  readonly report?: string;
  readonly executionProvider?: ProviderRequest;
  readonly json?: boolean;
  /** Command line that judges the same again. */
  readonly command: string;
}

/** What came of a pool; no judgement while nothing is known of some task. */
interface PoolOutcome {
  readonly pool: CountedPool;
  readonly queue: WrittenQueue | undefined;
  readonly judgement: PairJudgement | undefined;
}

/**
 * Judges two models by a pool of images as far as its labels are known, and writes what is to be labelled.
 *
 * @returns the exit code.
 */
export async function gatePool(
  models: { readonly reference: string; readonly candidate: string },
  options: PoolOptions,
  terminal: Terminal,
): Promise<number> {
  const startedAt = new Date();
  const file = await readPlanFile(options.tasks, terminal);
  if (file.plan.gate.firstModel !== undefined) {
    throw new Fault(
      'invalid',
      `${file.name}: gate.firstModel: a pool judges against the old model alone; name the first model as <old>, or leave gate.firstModel out`,
    );
  }
  const { source, executionProvider, report, command } = options;
  const reportPath = report === undefined ? undefined : await resolveReport(report, terminal.cwd);
  const policy = options.policy ?? file.plan.gate.policy;
  let labels: ReadonlyMap<string, string> = new Map();
  const images = async (data: PlanData, how: MeasureOptions) => {
    const { samples, paths, notes } = await choosePool(source, terminal.cwd, data, how);
    const { classes } = data.tasks;
    labels = await readGivenLabels(options.labels, { paths, classes }, terminal.cwd);
    const labelOf = ({ relativePath }: Sample) => labels.get(relativePath) ?? noLabel;
    return { samples: samples.map((sample) => ({ ...sample, label: labelOf(sample) })), notes };
  };
  const pair = { ...models, file, images, executionProvider, withClaims: true };
  const outcome = await measurePair(terminal, pair, async (services, measured, how) => {
    const level = shareLevel(file.plan.gate);
    const pool = countPool(measured, { labels, checksMax: options.checks, level });
    const isAsked = pool.queue.some(({ place }) => pool.images[place]!.label === undefined);
    const settings = { folder: resolve(terminal.cwd, options.queue), planName: file.name, labels };
    const queue = isAsked ? await writeQueue(pool, settings, how) : undefined;
    if (pool.unknownTasks.length > 0) return { pool, queue, judgement: undefined };
    const rules = { ...options, policy, level: pool.level };
    const counted = {
      images: forgetLabels(pool.samples),
      level,
      identity: identifyPool(pool, file, rules),
    };
    const judgement = await judgePair(services, file, pool.measured, { ...rules, counted });
    if (reportPath !== undefined) {
      const judged = {
        file,
        measured: pool.measured,
        judgement,
        settings: rules,
        startedAt,
        command,
      };
      await writePairReport(reportPath, services, judged);
    }
    return { pool, queue, judgement };
  });
  terminal.output.write(
    options.json
      ? `${JSON.stringify(describeOutcome(outcome, policy), null, 2)}\n`
      : formatOutcomeOfPool(outcome, report, terminal),
  );
  const isReleased = outcome.judgement !== undefined && isRetained(outcome.judgement);
  return isReleased ? exitCodes.ok : exitCodes.notReleased;
}

async function readGivenLabels(
  path: string | undefined,
  { paths, classes }: { readonly paths: ReadonlySet<string>; readonly classes: readonly string[] },
  cwd: string,
): Promise<ReadonlyMap<string, string>> {
  if (path === undefined) return new Map();
  if (classes.includes(noClass)) {
    throw new Fault(
      'invalid',
      `"${noClass}" stands for images of no class; rename the class that is called so`,
    );
  }
  return readLabels(resolve(cwd, path), {
    paths,
    labels: [...classes, noClass],
    describeUnknown: (label) => {
      const nearest = findNearestName(label, classes);
      const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
      return `"${label}" is no class of the plan${hint} (an image of none of them is "${noClass}")`;
    },
  });
}

/** A pool is the same, and judges no more often, however many of its labels are known. */
function forgetLabels(samples: readonly Sample[]) {
  return samples.map(({ sha256, group }) => ({ sha256, group, label: '' }));
}

/** Everything but labels that a verdict on a pool is a function of. */
function identifyPool(
  { images, measured }: CountedPool,
  { plan }: PlanFile,
  { tolerance, policy, checks }: Pick<PoolOptions, 'tolerance' | 'checks' | 'policy'>,
) {
  const { level, claims, judgementsMax } = plan.gate;
  const { classes, protectedTasks } = measured.data.tasks;
  const answers = images.map(({ reference, candidate }) => [reference, candidate]);
  const rules = { level, claims, judgementsMax, tolerance, policy, checks };
  return { answers, classes, protectedTasks, rules };
}

function describeOutcome({ pool, queue, judgement }: PoolOutcome, policy: string) {
  const settings = { policy, level: pool.level, role: 'pool' as const };
  const described = judgement
    ? describeJudgement(judgement, pool.measured, settings)
    : {
        schema: 'holdfast.gate/1',
        outcome: 'UNDECIDED',
        reason: describeUnknown(pool),
        ...describePair(pool.measured, 'pool'),
      };
  return {
    ...described,
    pool: describePool(pool),
    queue: queue ? { table: queue.table, pages: queue.pages } : null,
  };
}

function describeUnknown({ unknownTasks }: CountedPool): string {
  const named = unknownTasks.slice(0, 5).map((name) => `'${name}'`);
  const rest = unknownTasks.length - named.length;
  return `Not judged yet: nothing is known of ${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}; label the images that the queue asks for.`;
}

function formatOutcomeOfPool(
  { pool, queue, judgement }: PoolOutcome,
  report: string | undefined,
  terminal: Terminal,
): string {
  const { colors } = terminal.output;
  const verdict = judgement
    ? formatJudgement(judgement, pool.measured, report, terminal)
    : [
        formatOutcome('UNDECIDED', colors),
        describeUnknown(pool),
        ...pool.measured.notes.map((note) => `note: ${note}`),
      ].join('\n');
  const next = queue
    ? [
        `to label    ${[queue.table, ...queue.pages].map((path) => shortenPath(path, terminal.cwd)).join(', ')}`,
        '            label what you can, the first ones first; then judge again with --labels',
      ]
    : [];
  return [`${verdict.trimEnd()}`, '', ...formatPool(pool, colors), ...next, ''].join('\n');
}
