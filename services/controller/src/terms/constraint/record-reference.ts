import { isAttack } from '@holdfast/corruption';
import {
  countAttacked,
  createTaskFinder,
  listConstrained,
  referenceParameters,
  toAttack,
} from '@holdfast/evaluation';
import { toMatrix } from '@holdfast/run-kit';
import { selectRows } from '@holdfast/tensor';
import { placeOf } from '../class-of.js';
import type { ConstrainedClasses } from '../constrained-classes.js';
import type { RecordReferenceOptions, TermRun } from '../term.js';

/** Samples embedded in one call. */
const chunkSize = 1024;

/**
 * Records what the reference gives on every protected training image, so that constraints compare
 * the candidate with it on the same examples; of a task under attack, what the reference gives under its own.
 */
export async function recordReference(
  run: TermRun,
  { captions, place }: ConstrainedClasses,
  { dataset, onProgress, signal }: RecordReferenceOptions,
): Promise<void> {
  const { runId, encoders } = run;
  const { constraint } = run.clients;
  const { textEmbeddings: classEmbeddings } = await encoders.encode({
    runId,
    parameters: referenceParameters,
    texts: { texts: captions.map(({ text }) => text), heads: captions.map(({ head }) => head) },
  });
  const classes = toMatrix(classEmbeddings, 'text_embeddings');
  const tasks = listConstrained(run.tasks.protectedTasks);
  const samplesOf = createTaskFinder(dataset, 'protected');
  const pools = tasks.map((task) => samplesOf(task).map(({ index }) => index));
  const total = pools.reduce((sum, pool) => sum + pool.length, 0);
  let done = 0;
  for (const [task, pool] of pools.entries()) {
    const among = place(tasks[task]!.among);
    const attack = tasks[task]!.corruptions.find(isAttack);
    const size = attack === undefined ? chunkSize : countAttacked(attack);
    for (let start = 0; start < pool.length; start += size) {
      const samples = pool.slice(start, start + size);
      const labels = samples.map((sample) => placeOf(run, sample));
      const temperature = run.plan.constraints.constraintTemperature;
      const against = { classes: selectRows(classes, among), labels, temperature };
      const { imageEmbeddings } = await encoders.encode(
        {
          runId,
          parameters: referenceParameters,
          images: { samples },
          ...(attack && { attack: toAttack(attack, against) }),
        },
        { signal },
      );
      done += samples.length;
      const rows = samples.map((_, row) => row);
      await constraint.recordReference({
        runId,
        tasks: [{ task, rows, labels, samples }],
        imageEmbeddings,
        classEmbeddings,
        complete: done === total,
      });
      onProgress(done, total);
    }
  }
}
