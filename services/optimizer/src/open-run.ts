import { listHalfPrecision, openClipDirectory, partitionParameters } from '@holdfast/clip';
import { createSerialQueue, type Engine } from '@holdfast/engine';
import { createNormalizerState } from '@holdfast/objectives';
import {
  OpenRunRequest,
  type OpenRunResponse,
} from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { fingerprintRun } from '@holdfast/run-kit';
import type { OptimizerRun, RunStore } from './optimizer-run.js';
import { type OpenRunSettings, parseOpenRun } from './parse-open-run.js';

/** Loads the initial weights of a run; the same request again changes nothing. */
export function createOpenRun(
  store: RunStore,
  { engine, roots }: { engine: Engine; roots: readonly string[] },
) {
  return async (request: OpenRunRequest): Promise<OpenRunResponse> => {
    const { runId } = request;
    store.fence(runId, request.leaseTerm);
    const fingerprint = fingerprintRun(OpenRunRequest, request);
    const run = await store.open(runId, fingerprint, async () =>
      loadRun(await parseOpenRun(request, roots), engine),
    );
    return run.opened;
  };
}

async function loadRun(settings: OpenRunSettings, engine: Engine): Promise<OptimizerRun> {
  const { runId, modelPath, heads, adamw, trainable } = settings;
  const directory = await openClipDirectory(modelPath);
  const parts = { ...(heads && { heads }), ...trainable };
  const model = await engine.openModel({ runId, path: modelPath, ...parts });
  try {
    const count = settings.keptGradientsMax;
    if (count > 0) await engine.reserveGradients({ runId, count });
    await resetArrays(engine, runId, { hasAverage: adamw.weightAverageDecay !== undefined });
  } catch (error) {
    await engine.closeRun({ runId });
    throw error;
  }
  const layout = partitionParameters(directory.config, parts).trainable;
  return {
    settings,
    directory,
    layout,
    halves: listHalfPrecision(directory, layout),
    opened: { parameterCount: BigInt(model.parameterCount), modelSha256: model.sha256 },
    enqueue: createSerialQueue(),
    normalizers: createNormalizerState(),
    stepsTaken: 0,
    evaluations: 0,
    storedCheckpoints: new Set(),
    estimatedStep: -1,
  };
}

/** Arrays as before the first step: the engine may have trained the run before this service met it. */
async function resetArrays(
  engine: Engine,
  runId: string,
  { hasAverage }: { readonly hasAverage: boolean },
): Promise<void> {
  await engine.copyArray({ runId, from: 'reference', to: 'parameters' });
  for (const array of ['moment1', 'moment2'] as const) await engine.zeroArray({ runId, array });
  if (hasAverage) await engine.copyArray({ runId, from: 'parameters', to: 'average' });
}
