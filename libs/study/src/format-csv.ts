import { formatCells } from '@holdfast/dataset';
import type { CellRecord } from './study-record.js';

/** Columns of `study.csv` in their order. Shares are fractions; what is not known is empty. */
const columns: Readonly<Record<string, (cell: CellRecord) => string | number | null | undefined>> =
  {
    cell: ({ cell }) => cell,
    method: ({ method }) => method,
    seed: ({ seed }) => seed,
    target: ({ target }) => target,
    variant: ({ variant }) => variant,
    state: ({ state }) => state,
    outcome: ({ figures }) => figures?.outcome,
    target_gain: ({ figures }) => figures?.validation.targetGain,
    dev_safety_accuracy: ({ figures }) => figures?.validation.devSafetyAccuracy,
    mean_protected_change: ({ figures }) => figures?.validation.meanProtectedChange,
    dev_safety_loss: ({ figures }) => figures?.validation.devSafetyLoss,
    negative_flips: ({ figures }) => figures?.validation.negativeFlips,
    positive_flips: ({ figures }) => figures?.validation.positiveFlips,
    test_target_gain: ({ figures }) => figures?.test?.targetGain,
    test_dev_safety_accuracy: ({ figures }) => figures?.test?.devSafetyAccuracy,
    test_dev_safety_lower: ({ figures }) => figures?.test?.devSafetyLower,
    test_dev_safety_upper: ({ figures }) => figures?.test?.devSafetyUpper,
    test_mean_protected_change: ({ figures }) => figures?.test?.meanProtectedChange,
    calibration_error_old: ({ figures }) => figures?.calibration?.all.old,
    calibration_error_new: ({ figures }) => figures?.calibration?.all.new,
    target_calibration_error_old: ({ figures }) => figures?.calibration?.target.old,
    target_calibration_error_new: ({ figures }) => figures?.calibration?.target.new,
    worst_calibration_task: ({ figures }) => figures?.calibration?.worst.task,
    worst_calibration_error_old: ({ figures }) => figures?.calibration?.worst.old,
    worst_calibration_error_new: ({ figures }) => figures?.calibration?.worst.new,
    undecided_tasks: ({ figures }) => figures?.undecided.length,
    training_seconds: ({ figures }) => figures?.trainingSeconds,
    measuring_seconds: ({ figures }) => figures?.measuringSeconds,
    step_images: ({ figures }) => figures?.stepImages,
    measured_images: ({ figures }) => figures?.measuredImages,
    resumed: ({ figures }) => figures && String(figures.resumed),
    plan_sha256: ({ planSha256 }) => planSha256,
    verdict_sha256: ({ figures }) => figures?.verdictSha256,
  };

/** `study.csv`: a row a run, RFC 4180. */
export function formatStudyCsv(cells: readonly CellRecord[]): string {
  const rows = cells.map((cell) => Object.values(columns).map((read) => toText(read(cell))));
  return [Object.keys(columns), ...rows].map((row) => `${formatCells(row)}\r\n`).join('');
}

/** A spreadsheet would compute a text that begins like a formula; a number may begin with its sign. */
function toText(value: string | number | null | undefined): string {
  const isFormula = typeof value === 'string' && /^[=+\-@\t\r]/.test(value);
  return isFormula ? `'${value}` : String(value ?? '');
}
