import { listConstrained, referenceParameters, taskSamples } from '@holdfast/evaluation';
import { placeOf } from '../class-of.js';
import type { Caption, RecordReferenceOptions, TermRun } from '../term.js';

/** Samples embedded in one call. */
const chunkSize = 1024;

/**
 * Records what the reference gives on every protected training image, so that constraints compare
 * the candidate with it on the same examples.
 */
export async function recordReference(
  run: TermRun,
  classes: readonly Caption[],
  { dataset, onProgress, signal }: RecordReferenceOptions,
): Promise<void> {
  const { runId, encoders } = run;
  const { constraint } = run.clients;
  const { textEmbeddings: classEmbeddings } = await encoders.encode({
    runId,
    parameters: referenceParameters,
    texts: { texts: classes.map(({ text }) => text), heads: classes.map(({ head }) => head) },
  });
  const pools = listConstrained(run.tasks.protectedTasks).map((task) =>
    taskSamples(dataset, 'protected', task).map(({ index }) => index),
  );
  const total = pools.reduce((sum, pool) => sum + pool.length, 0);
  let done = 0;
  for (const [task, pool] of pools.entries()) {
    for (let start = 0; start < pool.length; start += chunkSize) {
      const samples = pool.slice(start, start + chunkSize);
      const request = { runId, parameters: referenceParameters, images: { samples } };
      const { imageEmbeddings } = await encoders.encode(request, { signal });
      done += samples.length;
      const rows = samples.map((_, row) => row);
      await constraint.recordReference({
        runId,
        tasks: [{ task, rows, labels: samples.map((sample) => placeOf(run, sample)), samples }],
        imageEmbeddings,
        classEmbeddings,
        complete: done === total,
      });
      onProgress(done, total);
    }
  }
}
