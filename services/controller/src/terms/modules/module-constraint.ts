import type { PlannedModule } from '@holdfast/plan';
import { fromMatrix } from '@holdfast/run-kit';
import { createMatrix, scatterAddRows, selectRows } from '@holdfast/tensor';
import { classOf } from '../class-of.js';
import type { OutsideStep, OutsideTask } from '../constraint/outside-task.js';
import { evaluateModule } from './evaluate-module.js';

/** A constraint of the user's own, over a step's examples of the protected tasks that it sees, all together. */
export function planModuleConstraint({ name, requiredSlack, tasks }: PlannedModule): OutsideTask {
  return {
    name,
    requiredSlack,
    async evaluate(asked) {
      const { rows, labels } = listExamples(asked, tasks);
      if (rows.length === 0) return undefined;
      const { run, step, embeddings } = asked;
      const { images, texts, omitImageGradients } = embeddings;
      const reference = await embeddings.reference();
      const found = await evaluateModule(run, {
        name,
        step,
        batch: {
          $case: 'constraint',
          value: {
            imageEmbeddings: fromMatrix(selectRows(images, rows)),
            classEmbeddings: fromMatrix(texts),
            labels,
            referenceImageEmbeddings: fromMatrix(selectRows(reference.images, rows)),
            referenceClassEmbeddings: fromMatrix(reference.texts),
          },
        },
      });
      const imageGradients = createMatrix(omitImageGradients ? 0 : images.rows, images.columns);
      if (!omitImageGradients) scatterAddRows(imageGradients, rows, found.imageGradients);
      return { ...found, imageGradients };
    },
  };
}

/** Rows of the examples of some tasks among a step's protected images, and their classes. */
function listExamples(
  { run, draw }: OutsideStep,
  names: readonly string[] | undefined,
): { readonly rows: number[]; readonly labels: number[] } {
  const rows: number[] = [];
  const labels: number[] = [];
  let first = 0;
  for (const { task, samples } of draw.tasks) {
    const { name, ceiling } = run.tasks.protectedTasks[task]!;
    // It asks that something is kept: of a ceiling only where the plan says so.
    if (names === undefined ? !ceiling : names.includes(name)) {
      rows.push(...samples.map((_, i) => first + i));
      labels.push(...samples.map((sample) => classOf(run, sample)));
    }
    first += samples.length;
  }
  return { rows, labels };
}
