import { formatChange, formatDuration, formatSigned } from '../terminal/format-number.js';
import type { Output } from '../terminal/terminal.js';
import { type RunStatus, unknownStatus, updateStatus } from './run-status.js';
import type { RunView } from './run-view.js';
import { createTimeLeft } from './time-left.js';

/** Progress of an activity is said at most this often; its beginning, its end and what a person must know, at once. */
const intervalMs = 5000;

/** Shows a run as lines of a log. */
export function createPlainView(output: Output, now: () => number): RunView {
  let status: RunStatus = unknownStatus;
  let saidMs = Number.NEGATIVE_INFINITY;
  const timeLeft = createTimeLeft();
  const say = (line: string) => output.write(`${line}\n`);
  return {
    show(event) {
      const before = status;
      status = updateStatus(status, event);
      timeLeft.update(status.done, status.total, now());
      if (event.$case === 'noted') say(`note: ${event.value.message}`);
      const isBeginning = status.activity !== before.activity;
      const isState = event.$case === 'stateChanged' || event.$case === 'queued';
      if (isState && isBeginning) say(status.activity);
      const isProgress = event.$case === 'progressed' || event.$case === 'stepApplied';
      const isEnd = status.done === status.total && before.done !== status.done;
      if (!isProgress || (!isBeginning && !isEnd && now() - saidMs < intervalMs)) return;
      saidMs = now();
      say(describeProgress(status, timeLeft.seconds()));
    },
    note: say,
    close() {},
  };
}

/** `training 120/600, objective 0.1234, penalty 0.0012, worst speed limit 30 u +0.0123, 4 min left` */
function describeProgress(status: RunStatus, secondsLeft: number | undefined): string {
  const { activity, done, total, step, target } = status;
  const parts = [`${activity} ${done}/${total}`];
  if (activity === 'training' && step !== undefined) {
    parts.push(`objective ${step.objective.toFixed(4)}`, `penalty ${step.penalty.toFixed(4)}`);
    const worst = findWorst(status);
    if (worst !== undefined) parts.push(`worst ${worst.name} u ${formatSigned(worst.estimate)}`);
    if (target !== undefined) parts.push(`target ${formatChange(target.change)} points`);
  }
  if (secondsLeft !== undefined && done < total) parts.push(`${formatDuration(secondsLeft)} left`);
  return parts.join(', ');
}

function findWorst({ tasks }: RunStatus) {
  let worst: { readonly name: string; readonly estimate: number } | undefined;
  for (const [name, { estimate }] of tasks) {
    if (estimate === undefined) continue;
    if (worst === undefined || estimate > worst.estimate) worst = { name, estimate };
  }
  return worst;
}
