import type { TaskBatch } from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { fromMatrix, toMatrix } from '@holdfast/run-kit';
import type { Caption, TermBatch, TermRun } from '../term.js';

/**
 * A step's constraints: the tasks' examples against the class prompts, by the candidate and by the reference.
 *
 * `classes` are the label space of every task.
 */
export function estimateConstraints(
  { runId, plan, tasks: { protectedTasks }, clients }: TermRun,
  classes: readonly Caption[],
  batches: readonly TaskBatch[],
): TermBatch {
  const isPaired = plan.constraints.augmentation === 'paired';
  return {
    texts: classes,
    async estimate(step, { images, texts, omitImageGradients, reference }) {
      const known = isPaired ? await reference() : undefined;
      const { value, tasks, ...gradients } = await clients.constraint.estimate({
        runId,
        step,
        tasks: [...batches],
        imageEmbeddings: fromMatrix(images),
        classEmbeddings: fromMatrix(texts),
        omitImageGradients,
        referenceImageEmbeddings: known && fromMatrix(known.images),
        referenceClassEmbeddings: known && fromMatrix(known.texts),
      });
      return {
        value,
        parts: tasks.map(({ task, constraintEstimate }) => ({
          name: `the constraint of "${protectedTasks[task]?.name ?? task}"`,
          value: constraintEstimate,
        })),
        imageGradients: toMatrix(gradients.imageGradients, 'image_gradients'),
        textGradients: toMatrix(gradients.classGradients, 'class_gradients'),
        log: { penalty: value, tasks },
      };
    },
  };
}
