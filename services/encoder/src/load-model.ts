import { openClipDirectory } from '@holdfast/clip';
import type { Engine } from '@holdfast/engine';
import {
  LoadModelRequest,
  type LoadModelResponse,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { fingerprintRun } from '@holdfast/run-kit';
import type { EncoderRun, RunStore } from './encoder-run.js';
import { createOpenedOnce } from './opened-once.js';
import { type LoadModelSettings, parseLoadModel } from './parse-load-model.js';

/** Loads a model into the engine; the same request again changes nothing. */
export function createLoadModel(
  store: RunStore,
  { engine, roots }: { readonly engine: Engine; readonly roots: readonly string[] },
) {
  return async (request: LoadModelRequest): Promise<LoadModelResponse> => {
    store.fence(request.runId, request.leaseTerm);
    const fingerprint = fingerprintRun(LoadModelRequest, request);
    const run = await store.open(request.runId, fingerprint, async () =>
      loadModel(await parseLoadModel(request, roots), engine),
    );
    return run.loaded;
  };
}

async function loadModel(settings: LoadModelSettings, engine: Engine): Promise<EncoderRun> {
  const { runId, modelPath, heads, trainable, chunkSizes } = settings;
  const directory = await openClipDirectory(modelPath);
  const model = await engine.openModel({
    runId,
    path: modelPath,
    ...(heads && { heads }),
    ...trainable,
  });
  try {
    const chunks = await engine.prepareEncoding({ runId, ...chunkSizes });
    return {
      settings,
      directory,
      tokens: new Map(),
      samples: createOpenedOnce(`the samples of run '${runId}'`, ({ prepared }) =>
        prepared.close(),
      ),
      training: createOpenedOnce(`the preparations of run '${runId}'`),
      loaded: {
        parameterCount: BigInt(model.parameterCount),
        embeddingSize: model.embeddingSize,
        modelSha256: model.sha256,
        preprocessingSha256: directory.preprocessingSha256,
        imageChunkSize: chunks.imageChunkSize,
        textChunkSize: chunks.textChunkSize,
      },
    };
  } catch (error) {
    await engine.closeRun({ runId });
    throw error;
  }
}
