import { type CountedPool, countDisagreements } from './count-pool.js';

/** How far the labels of a pool go, for the first screen of a report. */
export function summarizePool(pool: CountedPool): string {
  const { images, disagreements, disagreement, asked, labelled, unlabelled, level } =
    describePool(pool);
  const percent = (share: number) => `${Number((100 * share).toFixed(2))} %`;
  const number = (count: number) => count.toLocaleString('en');
  const opening = `Judged by a pool of ${number(images)} images, of which ${number(disagreements)} (${percent(disagreement)}) are answered otherwise; ${number(asked)} labels were asked for and ${number(labelled)} of them given.`;
  if (unlabelled === 0) return opening;
  return `${opening} ${number(unlabelled)} images have no label: accuracies and changes below are those of the images that count, picked because the models disagree or to be checked, and only lower bounds hold. Bounds take a level of ${percent(level)}, the checks ${percent(level / 9)}.`;
}

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
