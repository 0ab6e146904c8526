import { writeClipDirectory } from '@holdfast/clip';
import type { Engine } from '@holdfast/engine';
import type {
  ExportModelRequest,
  ExportModelResponse,
} from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { confineUri } from '@holdfast/run-kit';
import { collectViolations } from '@holdfast/service-kit';
import type { RunStore } from './optimizer-run.js';
import { fillEvaluation, parseSelector } from './prepare-parameters.js';

/** Writes a version of the parameters as a model directory that appears whole. */
export function createExportModel(
  store: RunStore,
  { engine, roots }: { engine: Engine; roots: readonly string[] },
) {
  return async (request: ExportModelRequest): Promise<ExportModelResponse> => {
    const { runId } = request;
    const run = await store.get(runId);
    const violations = collectViolations('ExportModel');
    const version = await parseSelector(request.selector, { roots, violations });
    const target = await confineUri(request.modelUri, 'model_uri', { roots, violations });
    const isSource = target !== undefined && target === run.directory.path;
    violations.require(!isSource, 'model_uri', 'is the model that the run began with');
    violations.throwIfAny();
    return run.enqueue(async () => {
      await fillEvaluation(run, { engine, runId, version });
      const { directory: source, layout, settings } = run;
      const adapterScale = settings.trainable.adapters?.scale;
      const parameters = await engine.readArray({
        runId,
        array: 'evaluation',
        offset: 0,
        count: layout.length,
      });
      const written = await writeClipDirectory({
        source,
        layout,
        parameters,
        adapterScale,
        target,
      });
      return { modelSha256: written.sha256 };
    });
  };
}
