import { referenceParameters, selectSamples } from '@holdfast/evaluation';
import type { Caption, RecordReferenceOptions, TermRun } from '../term.js';

/** Samples embedded in one call. */
const chunkSize = 1024;

/**
 * Records what the reference gives on every protected training image, so that constraints compare
 * the candidate with it on the same examples.
 */
export async function recordReference(
  { runId, tasks, encoders, clients: { constraint } }: TermRun,
  classes: readonly Caption[],
  { dataset, onProgress, signal }: RecordReferenceOptions,
): Promise<void> {
  const { textEmbeddings: classEmbeddings } = await encoders.encode({
    runId,
    parameters: referenceParameters,
    texts: { texts: classes.map(({ text }) => text), heads: classes.map(({ head }) => head) },
  });
  const pools = tasks.protectedTasks.map((task, index) => ({
    index,
    label: task.classIndex,
    samples: selectSamples(dataset, 'protected', task.label),
  }));
  const total = pools.reduce((sum, pool) => sum + pool.samples.length, 0);
  let done = 0;
  for (const { index: task, label, samples: pool } of pools) {
    for (let start = 0; start < pool.length; start += chunkSize) {
      const samples = pool.slice(start, start + chunkSize);
      const request = { runId, parameters: referenceParameters, images: { samples } };
      const { imageEmbeddings } = await encoders.encode(request, { signal });
      done += samples.length;
      const rows = samples.map((_, row) => row);
      await constraint.recordReference({
        runId,
        tasks: [{ task, rows, labels: samples.map(() => label), samples }],
        imageEmbeddings,
        classEmbeddings,
        complete: done === total,
      });
      onProgress(done, total);
    }
  }
}
