import { join } from 'node:path';
import { type ArrayName, type Engine, toReference, type WrittenArray } from '@holdfast/engine';
import { Fault } from '@holdfast/fault';
import type {
  ParameterSelector,
  PrepareParametersRequest,
  PrepareParametersResponse,
} from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { confineUri } from '@holdfast/run-kit';
import { fromFloat32, toFloat32 } from '@holdfast/safetensors';
import { collectViolations, type ViolationCollector } from '@holdfast/service-kit';
import { readArrayFile } from './array-file.js';
import { openCheckpoint } from './open-checkpoint.js';
import type { OptimizerRun, RunStore } from './optimizer-run.js';

/** A version of the parameters, checked. */
export interface ParameterVersion {
  /** Real path of a checkpoint; absent for the parameters of now. */
  readonly checkpoint?: string;
  readonly array: 'parameters' | 'average';
  /** alpha of w_old + alpha (w - w_old). */
  readonly interpolation: number;
}

/** Reads a selector; what is wrong with it goes to `violations`. */
export async function parseSelector(
  selector: ParameterSelector | undefined,
  { roots, violations }: { roots: readonly string[]; violations: ViolationCollector },
): Promise<ParameterVersion> {
  const { checkpointUri, average = false, interpolation = 1 } = selector ?? {};
  violations.require(selector !== undefined, 'selector', 'is required');
  violations.require(
    interpolation > 0 && interpolation <= 1,
    'selector.interpolation',
    `is ${interpolation}, not in (0, 1]`,
  );
  const field = 'selector.checkpoint_uri';
  const checkpoint =
    checkpointUri === undefined
      ? undefined
      : await confineUri(checkpointUri, field, { roots, violations });
  return {
    ...(checkpoint !== undefined && { checkpoint }),
    array: average ? 'average' : 'parameters',
    interpolation,
  };
}

/** Fills the array `evaluation` with a version of the parameters. */
export function createPrepareParameters(
  store: RunStore,
  { engine, roots }: { engine: Engine; roots: readonly string[] },
) {
  return async (request: PrepareParametersRequest): Promise<PrepareParametersResponse> => {
    const { runId } = request;
    const run = await store.get(runId);
    const violations = collectViolations('PrepareParameters');
    const version = await parseSelector(request.selector, { roots, violations });
    violations.throwIfAny();
    const written = await run.enqueue(() => fillEvaluation(run, { engine, runId, version }));
    return { parameters: toReference(engine, runId, written) };
  };
}

/**
 * evaluation <- w_old + alpha (w - w_old), rounded to the types of the model's files: what is measured is what would be written.
 *
 * @throws Fault `precondition` if no average is kept, and as `openCheckpoint` does.
 */
export async function fillEvaluation(
  run: OptimizerRun,
  { engine, runId, version }: { engine: Engine; runId: string; version: ParameterVersion },
): Promise<WrittenArray> {
  const { checkpoint, array, interpolation: weight } = version;
  let to: ArrayName = array;
  if (checkpoint !== undefined) {
    const name = `${array}.safetensors`;
    await openCheckpoint(checkpoint, { run, wanted: [name] });
    to = 'evaluation';
    const path = join(checkpoint, name);
    await readArrayFile(path, { engine, runId, array: to, layout: run.layout });
  } else if (array === 'average' && run.settings.adamw.weightAverageDecay === undefined) {
    throw new Fault(
      'precondition',
      `run '${runId}' keeps no average: open it with a weight_average_decay`,
    );
  }
  run.evaluations += 1;
  const evaluation = { runId, array: 'evaluation', version: run.evaluations } as const;
  const written = await engine.interpolateArrays({
    ...evaluation,
    from: 'reference',
    to,
    target: 'evaluation',
    weight,
  });
  if (run.halves.length === 0) return written;
  for (const { dtype, offset, size: count } of run.halves) {
    const values = await engine.readArray({ ...evaluation, offset, count });
    const data = toFloat32({ dtype, data: fromFloat32(dtype, values) });
    await engine.writeArray({ ...evaluation, offset, data });
  }
  return engine.setVersion(evaluation);
}
