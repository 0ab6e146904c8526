import type { ConstraintState, ReferenceRecord, References } from '@holdfast/constraints';
import { Fault } from '@holdfast/fault';
import type {
  ImportStateRequest,
  ImportStateResponse,
} from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { collectViolations, type ViolationCollector } from '@holdfast/service-kit';
import type { ConstraintRun, RunStore } from './constraint-run.js';
import { type SavedState, savedState } from './saved-state.js';

/** Puts a state back, whole or not at all. */
export function createImportState(store: RunStore) {
  return async (request: ImportStateRequest): Promise<ImportStateResponse> => {
    const run = await store.get(request.runId);
    const saved = parseState(request.state);
    if (saved.fingerprint !== run.fingerprint) {
      throw new Fault(
        'precondition',
        `the state is of a run with other tasks or settings than run '${request.runId}'`,
      );
    }
    checkLengths(saved, run);
    const { lastStep, measuredStep } = saved;
    Object.assign(run, {
      lastStep,
      measuredStep,
      references: restoreReferences(saved),
      state: restoreState(saved.state),
      previous: restoreState(saved.previous),
    } satisfies Partial<ConstraintRun>);
    return {};
  };
}

/** A damaged state can be wrong in every element: the first few say enough. */
const issuesMax = 20;

function parseState(bytes: Uint8Array): SavedState {
  const violations = collectViolations('ImportState');
  const json = violations.attempt(() => parseJson(bytes));
  violations.throwIfAny();
  const parsed = savedState.safeParse(json);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues.slice(0, issuesMax)) {
    violations.add(['state', ...path.map(String)].join('.'), message);
  }
  violations.throwIfAny();
  return parsed.data!;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    const violations = [{ field: 'state', description: 'must be JSON in UTF-8' }];
    throw new Fault('invalid', 'state must be JSON in UTF-8', { violations, cause });
  }
}

function checkLengths(saved: SavedState, { tasks }: ConstraintRun): void {
  const violations = collectViolations('ImportState');
  const check = (field: string, { length }: { length: number }, expected: number) =>
    violations.require(
      length === expected,
      `state.${field}`,
      `must have ${expected} elements, has ${length}`,
    );
  for (const name of ['state', 'previous'] as const) {
    check(`${name}.estimates`, saved[name].estimates, tasks.length);
    check(`${name}.multipliers`, saved[name].multipliers, tasks.length);
    check(`${name}.visited`, saved[name].visited, tasks.length);
  }
  check('temperatures', saved.temperatures, tasks.length);
  check('references', saved.references, tasks.length);
  checkRecords(saved, violations, check);
  violations.throwIfAny();
}

function checkRecords(
  { references, temperatures }: SavedState,
  violations: ViolationCollector,
  check: (field: string, list: { length: number }, expected: number) => boolean,
): void {
  references.forEach(({ samples, losses, smoothedErrors, right }, task) => {
    const field = `references.${task}`;
    check(`${field}.losses`, losses, samples.length);
    check(`${field}.smoothedErrors`, smoothedErrors, samples.length);
    check(`${field}.right`, right, samples.length);
    const isFitted = temperatures[task]! > 0 || samples.length === 0;
    violations.require(isFitted, `state.temperatures.${task}`, 'must be positive');
  });
}

function restoreState({ estimates, multipliers, visited, stepsSinceDual }: SavedState['state']) {
  const state: ConstraintState = {
    estimates: Float64Array.from(estimates),
    multipliers: Float64Array.from(multipliers),
    visited: Uint8Array.from(visited),
    stepsSinceDual,
  };
  return state;
}

function restoreReferences({ references, temperatures }: SavedState): References {
  return {
    temperatures: Float64Array.from(temperatures),
    records: references.map(({ samples, losses, smoothedErrors, right }) => {
      const records = new Map<number, ReferenceRecord>();
      samples.forEach((sample, i) => {
        const [loss, smoothedError] = [losses[i]!, smoothedErrors[i]!];
        records.set(sample, { loss, smoothedError, isRight: right[i] === 1 });
      });
      return records;
    }),
    unfitted: references.map(() => new Map()),
  };
}
