import {
  Outcome,
  outcomeToJSON,
  type Run,
  RunState,
  runStateToJSON,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { fromTimestamp } from '@holdfast/service-kit';
import { formatDuration } from '../terminal/format-number.js';
import { type Column, formatTable } from '../terminal/format-table.js';
import { nameRun } from './find-run.js';

const toWord = (name: string, prefix: string) => name.slice(prefix.length).toLowerCase();

/** The states by their words on the command line: `training`. */
export const stateWords: ReadonlyMap<string, RunState> = new Map(
  Object.values(RunState)
    .filter((state) => state > RunState.RUN_STATE_UNSPECIFIED)
    .map((state) => [formatState(state), state]),
);

/** `RUN_STATE_TRAINING` as `training`. */
export function formatState(state: RunState): string {
  return toWord(runStateToJSON(state), 'RUN_STATE_');
}

/** `completed, retained` of a run that has ended. */
export function formatEnd(run: Run): string {
  const outcome = formatOutcome(run);
  return outcome === '' ? formatState(run.state) : `${formatState(run.state)}, ${outcome}`;
}

/** `no feasible candidate`; empty where a run has no outcome. */
function formatOutcome({ outcome }: Run): string {
  if (outcome === Outcome.OUTCOME_UNSPECIFIED) return '';
  return toWord(outcomeToJSON(outcome), 'OUTCOME_').replaceAll('_', ' ');
}

const columns: readonly Column[] = [
  { title: 'run' },
  { title: 'state' },
  { title: 'step', align: 'right' },
  { title: 'outcome' },
  { title: 'age', align: 'right' },
  { title: 'labels' },
];

/** `queued 3` of a run whose place is known. */
function formatStage({ state, queued }: Run): string {
  return queued === undefined ? formatState(state) : `${formatState(state)} ${queued.position}`;
}

/** Lines of a table of runs; priorities are shown where there is one. @param now milliseconds since 1970 */
export function formatRuns(runs: readonly Run[], now: number): string[] {
  const hasPriorities = runs.some(({ priority }) => priority !== 0);
  const [name, state, ...others] = columns;
  const priority: readonly Column[] = hasPriorities ? [{ title: 'priority', align: 'right' }] : [];
  return formatTable(
    [name!, state!, ...priority, ...others],
    runs.map((run) => [
      nameRun(run),
      formatStage(run),
      ...(hasPriorities ? [String(run.priority)] : []),
      formatStep(run),
      formatOutcome(run),
      run.createTime === undefined
        ? ''
        : formatAge((now - fromTimestamp(run.createTime).getTime()) / 1000),
      Object.entries(run.labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(' '),
    ]),
  );
}

function formatStep({ progress }: Run): string {
  const { step = 0, totalSteps = 0 } = progress ?? {};
  return totalSteps === 0 ? String(step) : `${step}/${totalSteps}`;
}

function formatAge(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  return days >= 2 ? `${days} days` : formatDuration(seconds);
}
