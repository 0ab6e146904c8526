import { resolve } from 'node:path';
import type { ProviderRequest } from '@holdfast/engine';
import {
  describeJudgement,
  describePair,
  describePool,
  describeUnknown,
  type GateRules,
  isRetained,
  judgePool,
  openPool,
  type PoolOutcome,
  type PoolSource,
  summarizePool,
  writePairReport,
} from '@holdfast/evaluation';
import { readPlanFile } from '../read-plan-file.js';
import { shortenPath } from '../shorten-path.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { formatJudgement } from '../verdict/format-judgement.js';
import { formatOutcome } from '../verdict/format-verdict.js';
import { resolveReport } from '../verdict/resolve-report.js';
import { version } from '../version.js';
import { measureModels } from '../work/measure-models.js';
import { formatPool } from './format-pool.js';

/** How a pool judges. */
export interface PoolOptions {
  readonly tasks: string;
  readonly source: PoolSource;
  readonly labels?: readonly string[] | undefined;
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
  const { cwd } = terminal;
  const file = await readPlanFile(options.tasks, terminal);
  const { executionProvider, report, command, tolerance, checks } = options;
  const images = openPool(file, options, cwd);
  const reportPath = report === undefined ? undefined : await resolveReport(report, cwd);
  const policy = options.policy ?? file.plan.gate.policy;
  const pair = { ...models, file, images, executionProvider, withClaims: true };
  const outcome = await measureModels(terminal, pair, async (services, measured, how) => {
    const queuePath = resolve(cwd, options.queue);
    const rules = { policy, tolerance, command, checks, queuePath };
    const outcome = await judgePool(services.evaluator, file, measured, rules, how);
    const { pool, judgement } = outcome;
    if (reportPath !== undefined && judgement !== undefined) {
      await writePairReport(reportPath, services.encoder, {
        file,
        measured: pool.measured,
        judgement,
        settings: { policy, level: pool.level },
        startedAt,
        softwareVersion: version,
        command,
        pool: summarizePool(pool),
      });
    }
    return outcome;
  });
  terminal.output.write(
    options.json
      ? `${JSON.stringify(describeOutcome(outcome, policy), null, 2)}\n`
      : formatOutcomeOfPool(outcome, report, terminal),
  );
  const isReleased = outcome.judgement !== undefined && isRetained(outcome.judgement);
  return isReleased ? exitCodes.ok : exitCodes.notReleased;
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
