import { confusionMatrix } from '@holdfast/metrics';
import type { RunReport } from '@holdfast/report';
import type { Predictions } from '../classify/classify-samples.js';
import type { PredictionPair } from '../classify/pair-predictions.js';
import type { RunTasks } from '../tasks/tasks.js';

/** Classes of a label space that are counted against one another: of more, such as captions, the table would not fit. */
const classesMax = 2000;

/** What both models take the images of each class for, as they are: in label spaces of at most 2000 classes. */
export function countConfusion(
  { classes, spaces }: Pick<RunTasks, 'classes' | 'spaces'>,
  { samples, reference, candidate }: PredictionPair,
): Pick<RunReport, 'classes' | 'confusion'> {
  const shown = spaces
    .flatMap((space) => (space.classes.length > classesMax ? [] : space.classes))
    .sort((a, b) => a - b);
  const places = new Map(shown.map((index, place) => [index, place]));
  const placeOf = new Map(shown.map((index, place) => [classes[index]!, place]));
  const rows = [...samples.keys()].filter((row) => {
    const { label, corruption } = samples[row]!;
    return corruption === undefined && placeOf.has(label);
  });
  const labels = rows.map((row) => placeOf.get(samples[row]!.label)!);
  // An image is told apart among the classes of its own space.
  const count = ({ classes: predicted }: Predictions) => {
    const predictions = rows.map((row) => places.get(predicted[row]!)!);
    return confusionMatrix({ labels, predictions }, shown.length);
  };
  return {
    classes: shown.map((index) => classes[index]!),
    confusion: { reference: count(reference), candidate: count(candidate) },
  };
}
