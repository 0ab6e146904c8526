import type { ConstraintState, ReferenceRecord } from '@holdfast/constraints';
import { z } from 'zod';
import type { ConstraintRun } from './constraint-run.js';
import { exactNumber, formatExact } from './exact-number.js';
import { limits } from './limits.js';

const uint32 = z
  .number()
  .int()
  .min(0)
  .max(2 ** 32 - 1);
const stepOrNone = z
  .number()
  .int()
  .min(-1)
  .max(2 ** 32 - 1);
const flag = z.literal([0, 1]);

const savedConstraintState = z.strictObject({
  estimates: z.array(exactNumber).max(limits.tasksMax),
  multipliers: z.array(exactNumber).max(limits.tasksMax),
  visited: z.array(flag).max(limits.tasksMax),
  stepsSinceDual: uint32,
});

const savedReferences = z.strictObject({
  samples: z.array(uint32).max(limits.referencesMax),
  losses: z.array(exactNumber).max(limits.referencesMax),
  smoothedErrors: z.array(exactNumber).max(limits.referencesMax),
  right: z.array(flag).max(limits.referencesMax),
});

/** The whole state of a run as JSON. Every float64 is a decimal string. */
export const savedState = z.strictObject({
  format: z.literal(1),
  fingerprint: z.string().max(64),
  lastStep: stepOrNone,
  measuredStep: stepOrNone,
  state: savedConstraintState,
  previous: savedConstraintState,
  temperatures: z.array(exactNumber).max(limits.tasksMax),
  /** By task. */
  references: z.array(savedReferences).max(limits.tasksMax),
});

/** What {@link savedState} reads. */
export type SavedState = z.output<typeof savedState>;

/** What a run is saved as. */
export function saveRun(run: ConstraintRun): z.input<typeof savedState> {
  return {
    format: 1,
    fingerprint: run.fingerprint,
    lastStep: run.lastStep,
    measuredStep: run.measuredStep,
    state: saveState(run.state),
    previous: saveState(run.previous),
    temperatures: formatAll(run.references.temperatures),
    references: run.references.records.map(saveRecords),
  };
}

function formatAll(values: Float64Array): string[] {
  return Array.from(values, formatExact);
}

function saveState(state: ConstraintState): z.input<typeof savedConstraintState> {
  return {
    estimates: formatAll(state.estimates),
    multipliers: formatAll(state.multipliers),
    visited: Array.from(state.visited, toFlag),
    stepsSinceDual: state.stepsSinceDual,
  };
}

function saveRecords(
  records: ReadonlyMap<number, ReferenceRecord>,
): z.input<typeof savedReferences> {
  const list = [...records.values()];
  return {
    samples: [...records.keys()],
    losses: list.map(({ loss }) => formatExact(loss)),
    smoothedErrors: list.map(({ smoothedError }) => formatExact(smoothedError)),
    right: list.map(({ isRight }) => toFlag(isRight ? 1 : 0)),
  };
}

function toFlag(value: number): 0 | 1 {
  return value === 0 ? 0 : 1;
}
