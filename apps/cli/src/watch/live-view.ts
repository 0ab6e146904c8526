import { formatChange, formatDuration, formatSigned } from '../terminal/format-number.js';
import { formatTable } from '../terminal/format-table.js';
import { createLiveRegion } from '../terminal/live-region.js';
import type { Colors, Output } from '../terminal/terminal.js';
import { type RunStatus, type TaskStatus, unknownStatus, updateStatus } from './run-status.js';
import type { RunView } from './run-view.js';
import { createTimeLeft } from './time-left.js';

/** Faster than this nobody reads. */
const redrawMs = 100;

/** Lines of the picture that are not rows of the table. */
const fixedLines = 7;

const barWidth = 32;

/** Shows a run as a picture that changes in place. */
export function createLiveView(output: Output, now: () => number): RunView {
  const region = createLiveRegion(output);
  const timeLeft = createTimeLeft();
  let status: RunStatus = unknownStatus;
  let drawnMs = Number.NEGATIVE_INFINITY;
  const draw = () => {
    drawnMs = now();
    region.draw(composeStatus(status, timeLeft.seconds(), output));
  };
  draw();
  return {
    show(event) {
      status = updateStatus(status, event);
      timeLeft.update(status.done, status.total, now());
      if (event.$case === 'noted') region.print(output.colors.dim(event.value.message));
      const isState = event.$case === 'stateChanged' || event.$case === 'queued';
      if (isState || now() - drawnMs >= redrawMs) draw();
    },
    note: (message) => region.print(message),
    close: () => region.close(),
  };
}

/** The lines of the picture. */
export function composeStatus(
  status: RunStatus,
  secondsLeft: number | undefined,
  output: Pick<Output, 'colors' | 'rows'>,
): string[] {
  const { colors } = output;
  const lines = ['', `${colors.bold(status.activity)}  ${composeBar(status, secondsLeft, colors)}`];
  const { step, target, tasks } = status;
  if (step !== undefined) {
    const parts = [
      `objective ${step.objective.toFixed(4)}`,
      `penalty ${step.penalty.toFixed(4)}`,
      `learning rate ${step.learningRate.toExponential(1)}`,
    ];
    if (target !== undefined) {
      parts.push(`target ${formatChange(target.change)} points on steering data`);
    }
    lines.push(colors.dim(parts.join('   ')));
  }
  if (tasks.size > 0) lines.push('', ...composeTasks(tasks, output.rows() - fixedLines, colors));
  return lines;
}

function composeBar(
  { done, total }: RunStatus,
  secondsLeft: number | undefined,
  colors: Colors,
): string {
  if (total === 0) return '';
  const filled = Math.min(barWidth, Math.round((done / total) * barWidth));
  const bar = colors.cyan('━'.repeat(filled)) + colors.dim('─'.repeat(barWidth - filled));
  const left = secondsLeft === undefined ? '' : `  ${formatDuration(secondsLeft)} left`;
  return `${bar}  ${done}/${total}${left}`;
}

/** The tasks, those that are worst first where not all fit. */
function composeTasks(
  tasks: ReadonlyMap<string, TaskStatus>,
  rowsMax: number,
  colors: Colors,
): string[] {
  const limit = Math.max(1, rowsMax);
  let shown = [...tasks];
  if (shown.length > limit) {
    shown.sort(([, a], [, b]) => (b.estimate ?? -Infinity) - (a.estimate ?? -Infinity));
    shown = shown.slice(0, limit);
  }
  const table = formatTable(
    [
      { title: 'protected task' },
      { title: 'u', align: 'right' },
      { title: 'weight', align: 'right' },
      { title: 'measured', align: 'right' },
    ],
    shown.map(([name, task]) => composeTask(name, task, colors)),
    colors.dim,
  );
  const hidden = tasks.size - shown.length;
  return hidden === 0 ? table : [...table, colors.dim(`and ${hidden} more`)];
}

function composeTask(name: string, task: TaskStatus, colors: Colors): string[] {
  const { estimate, weight, change } = task;
  const paint = (value: number) => (value > 0 ? colors.red : colors.green);
  return [
    name,
    estimate === undefined ? '' : paint(estimate)(formatSigned(estimate)),
    weight === undefined ? '' : weight.toFixed(3),
    change === undefined ? '' : paint(-change)(formatChange(change)),
  ];
}
