import type { TermRun } from './term.js';

type Labelled = Pick<TermRun, 'tasks' | 'dataset'>;

/** Where the label of a sample stands. */
interface ClassPlace {
  /** Among the classes of the run. */
  readonly classIndex: number;
  /** Among the classes of its label space. */
  readonly place: number;
}

const known = new WeakMap<TermRun['tasks'], ReadonlyMap<string, ClassPlace>>();

/** Index of a sample's class among those of the run. */
export function classOf(run: Labelled, sample: number): number {
  return find(run, sample).classIndex;
}

/** Index of a sample's class among those of its label space, which is that of every task that it is of. */
export function placeOf(run: Labelled, sample: number): number {
  return find(run, sample).place;
}

function find({ tasks, dataset }: Labelled, sample: number): ClassPlace {
  let places = known.get(tasks);
  if (places === undefined) {
    places = new Map(
      tasks.spaces.flatMap(({ classes }) =>
        classes.map((classIndex, place) => [tasks.classes[classIndex]!, { classIndex, place }]),
      ),
    );
    known.set(tasks, places);
  }
  return places.get(dataset.samples[sample]!.label)!;
}
