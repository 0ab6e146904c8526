import { listConstrained } from '@holdfast/evaluation';
import type { Caption, TermRun } from './term.js';

/** The classes that a step has to embed so that the protected images of training can be told apart. */
export interface ConstrainedClasses {
  /** Their prompts, in the order of the classes. */
  readonly captions: readonly Caption[];
  /** Where classes of the run, by index, are among them. */
  place(classes: readonly number[]): number[];
}

/**
 * Classes of the label spaces of tasks that training is held to. Others, such as thousands of captions that are only judged,
 * are embedded where that is done.
 */
export function listConstrainedClasses({
  tasks,
  prompts,
  headOf,
}: Pick<TermRun, 'tasks' | 'prompts' | 'headOf'>): ConstrainedClasses {
  // Tasks of one space share its list.
  const spaces = new Set(listConstrained(tasks.protectedTasks).map(({ among }) => among));
  const classes = [...new Set([...spaces].flat())].sort((a, b) => a - b);
  const places = new Map(classes.map((index, place) => [index, place]));
  return {
    captions: classes.map((index) => ({ text: prompts.classPrompts[index]!, head: headOf(index) })),
    place: (asked) => asked.map((index) => places.get(index)!),
  };
}
