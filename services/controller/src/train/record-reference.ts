import { referenceParameters, selectSamples } from '@holdfast/evaluation';
import { fromMatrix, toMatrix } from '@holdfast/run-kit';
import type { OpenRun } from '../run/open-run.js';

/** Samples embedded in one call. */
const chunkSize = 1024;

/**
 * Records what the reference gives on every protected training image, so that constraints compare
 * the candidate with it on the same examples.
 */
export async function recordReference(
  run: OpenRun,
  {
    onProgress,
    signal,
  }: {
    readonly onProgress: (done: number, total: number) => void;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { encoder, constraint } = run.clients;
  const { classPrompts } = run.prompts;
  const classes = await encoder.encode({
    runId: run.runId,
    parameters: referenceParameters,
    texts: { texts: [...classPrompts], heads: classPrompts.map((_, i) => run.headOf(i)) },
  });
  const pools = run.tasks.protectedTasks.map((task, index) => ({
    index,
    label: task.classIndex,
    samples: selectSamples(run.dataset, 'protected', task.label),
  }));
  const total = pools.reduce((sum, pool) => sum + pool.samples.length, 0);
  let done = 0;
  for (const pool of pools) {
    for (let start = 0; start < pool.samples.length; start += chunkSize) {
      const samples = pool.samples.slice(start, start + chunkSize);
      const request = { runId: run.runId, parameters: referenceParameters, images: { samples } };
      const { imageEmbeddings } = await encoder.encode(request, { signal });
      done += samples.length;
      await constraint.recordReference({
        runId: run.runId,
        tasks: [
          {
            task: pool.index,
            rows: samples.map((_, row) => row),
            labels: samples.map(() => pool.label),
            samples,
          },
        ],
        imageEmbeddings: fromMatrix(toMatrix(imageEmbeddings, 'image_embeddings')),
        ...(classes.textEmbeddings === undefined
          ? {}
          : { classEmbeddings: classes.textEmbeddings }),
        complete: done === total,
      });
      onProgress(done, total);
    }
  }
}
