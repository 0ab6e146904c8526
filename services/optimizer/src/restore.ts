import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Engine, toReference } from '@holdfast/engine';
import type {
  RestoreRequest,
  RestoreResponse,
} from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { confineUri } from '@holdfast/run-kit';
import { collectViolations } from '@holdfast/service-kit';
import { readArrayFile } from './array-file.js';
import { listCheckpointArrays } from './checkpoint.js';
import { normalizersFileName } from './checkpoint-state.js';
import { parseNormalizers } from './normalizer-file.js';
import { openCheckpoint } from './open-checkpoint.js';
import type { OptimizerRun, RunStore } from './optimizer-run.js';

/** Puts a run back to where a checkpoint left it, bit for bit. */
export function createRestore(
  store: RunStore,
  { engine, roots }: { engine: Engine; roots: readonly string[] },
) {
  return async ({ runId, checkpointUri }: RestoreRequest): Promise<RestoreResponse> => {
    const run = await store.get(runId);
    const violations = collectViolations('Restore');
    const folder = await confineUri(checkpointUri, 'checkpoint_uri', { roots, violations });
    violations.throwIfAny();
    return run.enqueue(() => restore(run, { engine, runId, folder }));
  };
}

async function restore(
  run: OptimizerRun,
  { engine, runId, folder }: { engine: Engine; runId: string; folder: string },
): Promise<RestoreResponse> {
  const { layout, settings } = run;
  const arrays = listCheckpointArrays(settings);
  const wanted = [...arrays.map((array) => `${array}.safetensors`), normalizersFileName];
  // Everything is checked before the first number is replaced.
  const state = await openCheckpoint(folder, { run, wanted });
  const bytes = await readFile(join(folder, normalizersFileName));
  const normalizers = parseNormalizers(bytes, join(folder, normalizersFileName));
  for (const array of arrays) {
    const path = join(folder, `${array}.safetensors`);
    await readArrayFile(path, { engine, runId, array, layout });
  }
  const { stepsTaken: version } = state;
  for (const array of arrays) await engine.setVersion({ runId, array, version });
  const parameters = toReference(engine, runId, { array: 'parameters', version });
  run.normalizers = normalizers;
  run.stepsTaken = state.stepsTaken;
  run.estimatedStep = state.estimatedStep;
  run.lastEstimate = undefined;
  run.lastStep = state.lastStep
    ? { ...state.lastStep, parameters, stepsTaken: state.stepsTaken, keptWeights: [] }
    : undefined;
  return { stepsTaken: state.stepsTaken, parameters };
}
