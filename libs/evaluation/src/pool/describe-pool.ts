import { type CountedPool, countDisagreements } from './count-pool.js';

/** What is known of a pool, as JSON has it. */
export function describePool({ images, queue, count, measured, level }: CountedPool) {
  const { classes } = measured.data.tasks;
  const disagreements = countDisagreements(images);
  return {
    images: images.length,
    groups: new Set(images.map(({ group }) => group)).size,
    disagreements,
    disagreement: disagreements / images.length,
    asked: queue.length,
    labelled: queue.filter(({ place }) => images[place]!.label !== undefined).length,
    unlabelled: count.unlabelled,
    level,
    classes: count.classes.map((figures, index) => ({ class: classes[index]!, ...figures })),
  };
}
