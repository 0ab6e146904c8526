import { Fault } from '@holdfast/fault';
import type { ConstrainedTask } from './constrained-task.js';
import type { ConstraintSettings } from './constraint-settings.js';
import { drives } from './drives.js';
import { type ExampleScores, scoreBatch } from './example-scores.js';
import { fitTemperature } from './fit-temperature.js';
import { createReferenceRecord, type ReferenceRecord } from './reference-record.js';
import type { ConstraintBatch, TaskBatch } from './task-batch.js';

/** What the reference model gives on the protected examples of a run; written to in place. */
export interface References {
  /** [tasks]: tau of each task; NaN until it is fitted. */
  readonly temperatures: Float64Array;
  /** By task, by sample. */
  readonly records: readonly Map<number, ReferenceRecord>[];
  /** By task, by sample: what a temperature still has to be fitted on. Empty once it is. */
  readonly unfitted: readonly Map<number, ExampleScores>[];
}

/** No examples yet. Drives that fit no temperature have theirs from the start. */
export function createReferences(
  tasks: readonly ConstrainedTask[],
  settings: ConstraintSettings,
): References {
  const temperature = drives[settings.drive].fitsTemperature ? Number.NaN : settings.temperature;
  return {
    // A task without classes has no cosines to fit it on.
    temperatures: Float64Array.from(tasks, ({ classes }) =>
      classes.length === 0 ? settings.temperature : temperature,
    ),
    records: tasks.map(() => new Map()),
    unfitted: tasks.map(() => new Map()),
  };
}

/**
 * Records the reference model's embeddings of some examples; a sample recorded again replaces its record.
 *
 * Samples of a task whose temperature is not fitted yet wait for {@link fitReferences}.
 * @throws Fault 'invalid' if a loss is not finite; then nothing is recorded.
 */
export function recordReferences(
  references: References,
  tasks: readonly ConstrainedTask[],
  batch: ConstraintBatch,
): void {
  const all = scoreBatch(tasks, batch);
  const scored = batch.tasks.map((taskBatch, i) => ({ taskBatch, scores: all[i]! }));
  for (const { taskBatch, scores } of scored) {
    checkScores(tasks[taskBatch.task]!, taskBatch, scores, 'invalid');
  }
  for (const { taskBatch, scores } of scored) {
    const temperature = references.temperatures[taskBatch.task]!;
    const [records, unfitted] = [references.records, references.unfitted];
    scores.forEach((example, i) => {
      const sample = taskBatch.samples[i]!;
      if (Number.isNaN(temperature)) unfitted[taskBatch.task]!.set(sample, example);
      else records[taskBatch.task]!.set(sample, createReferenceRecord(example, temperature));
    });
  }
}

/**
 * Fits the temperature of every task that has none, on all its samples recorded so far, and records them
 * with it. Tasks with a temperature keep it.
 *
 * @throws Fault 'precondition' if such a task has no samples.
 */
export function fitReferences(
  references: References,
  tasks: readonly ConstrainedTask[],
  settings: ConstraintSettings,
): void {
  const open = tasks.map((_, task) => task).filter((k) => Number.isNaN(references.temperatures[k]));
  const empty = open.filter((task) => references.unfitted[task]!.size === 0);
  if (empty.length > 0) {
    const names = empty.map((task) => `'${tasks[task]!.name}'`).join(', ');
    throw new Fault(
      'precondition',
      `no reference examples to fit a temperature on: task ${names}; record some before the last call`,
    );
  }
  for (const task of open) {
    const examples = references.unfitted[task]!;
    const temperature = fitTemperature([...examples.values()], settings.temperature);
    for (const [sample, scores] of examples) {
      references.records[task]!.set(sample, createReferenceRecord(scores, temperature));
    }
    references.temperatures[task] = temperature;
    examples.clear();
  }
}

/**
 * The records of a batch's examples: [tasks of the batch][examples].
 *
 * @throws Fault 'precondition' naming the samples that have none.
 */
export function findReferences(
  references: References,
  tasks: readonly ConstrainedTask[],
  batch: ConstraintBatch,
): ReferenceRecord[][] {
  const missing: string[] = [];
  const found = batch.tasks.map(({ task, samples }) =>
    Array.from(samples, (sample) => {
      const record = references.records[task]!.get(sample);
      if (record === undefined) missing.push(`sample ${sample} of task '${tasks[task]!.name}'`);
      return record!;
    }),
  );
  if (missing.length === 0) return found;
  const [named, more] = [missing.slice(0, 5).join(', '), missing.length - 5];
  throw new Fault(
    'precondition',
    `no reference is recorded for ${named}${more > 0 ? ` and ${more} more` : ''}; ` +
      'record the reference of every protected example before the first step',
  );
}

/**
 * Records of a batch made from the reference's own embeddings of it, for images augmented alike on both sides.
 *
 * @throws Fault 'invalid' if a loss is not finite.
 */
export function computeReferences(
  references: References,
  tasks: readonly ConstrainedTask[],
  batch: ConstraintBatch,
): ReferenceRecord[][] {
  const all = scoreBatch(tasks, batch);
  return batch.tasks.map((taskBatch, i) => {
    const scores = all[i]!;
    checkScores(tasks[taskBatch.task]!, taskBatch, scores, 'invalid');
    const temperature = references.temperatures[taskBatch.task]!;
    return scores.map((example) => createReferenceRecord(example, temperature));
  });
}

/** @throws Fault naming the task, the sample and the class whose cosine is not finite. */
export function checkScores(
  task: ConstrainedTask,
  batch: TaskBatch,
  scores: readonly ExampleScores[],
  kind: 'invalid' | 'diverged',
): void {
  scores.forEach(({ cosines }, i) => {
    const bad = cosines.findIndex((cosine) => !Number.isFinite(cosine));
    if (bad === -1) return;
    const model = kind === 'invalid' ? 'reference' : 'candidate';
    throw new Fault(
      kind,
      `task '${task.name}': the ${model}'s cosine of sample ${batch.samples[i]} with class ${bad} is ` +
        `${cosines[bad]}` +
        (kind === 'diverged'
          ? '; training has diverged: lower the learning rate or the penalty'
          : ''),
    );
  });
}
