import { averageClassifier } from '@holdfast/metrics';
import type { ServingContext } from './embed.js';
import { prepareTextRows } from './prepare-rows.js';
import type { ServedClass, ServedModel } from './served-model.js';

/** Classes whose rows a model keeps. */
const keptMax = 16_384;
/** Prompts embedded at once, but for a class that has more. */
const promptsAtOnce = 128;

/**
 * The rows [classes, d] of a classifier. A class's row is the mean of its prompts' embeddings, normalised; where the model
 * has a head of the class's name, the head is folded in. Rows are kept: a class is embedded when it is first met.
 *
 * @throws Fault `exhausted` if there is no room for the prompts of a class that is new.
 */
export async function embedClasses(
  { queue }: Pick<ServingContext, 'queue'>,
  served: ServedModel,
  classes: readonly ServedClass[],
): Promise<Float32Array> {
  const { classifiers: known, directory } = served;
  const size = directory.config.projectionSize;
  const keyed = classes.map((each) => ({
    ...each,
    key: JSON.stringify([each.name, each.prompts]),
  }));
  const missing = keyed.filter(({ key }) => !known.has(key));
  if (known.size + missing.length > keptMax) known.clear();
  for (const group of groupClasses(missing)) {
    const rows = await embedGroup(queue, served, group);
    for (const [i, { key }] of group.entries()) known.set(key, rows[i]!);
  }
  const classifier = new Float32Array(classes.length * size);
  // What another caller's new classes pushed out is embedded again.
  const lost = keyed.some(({ key }) => !known.has(key));
  if (lost) return embedClasses({ queue }, served, classes);
  for (const [i, { key }] of keyed.entries()) classifier.set(known.get(key)!, i * size);
  return classifier;
}

/** Classes whose prompts are embedded together. */
function groupClasses<Class extends ServedClass>(classes: readonly Class[]): Class[][] {
  const groups: Class[][] = [];
  let room = 0;
  for (const each of classes) {
    if (each.prompts.length > room) {
      groups.push([]);
      room = promptsAtOnce;
    }
    groups.at(-1)!.push(each);
    room -= each.prompts.length;
  }
  return groups;
}

function embedGroup(
  queue: ServingContext['queue'],
  served: ServedModel,
  classes: readonly ServedClass[],
): Promise<readonly Float32Array[]> {
  const { config, heads } = served.directory;
  const columns = config.projectionSize;
  const texts = classes.flatMap(({ prompts }) => prompts);
  const headOf = (name: string) => heads?.names?.indexOf(name) ?? -1;
  const load = { tokens: texts.length * config.text.contextLength, bytes: 0 };
  return queue.admit(load, async () => {
    const rows = prepareTextRows(
      {
        count: texts.length,
        texts,
        heads: classes.flatMap(({ name, prompts }) => prompts.map(() => headOf(name))),
      },
      served,
    );
    // It is kept for others, too: it goes on when the caller leaves.
    const { signal } = new AbortController();
    const { texts: data } = await queue.embed({ served, images: undefined, texts: rows, signal });
    let row = 0;
    return classes.map(({ prompts }) => {
      const own = data.subarray(row * columns, (row + prompts.length) * columns);
      row += prompts.length;
      return averageClassifier({ rows: prompts.length, columns, data: own }, 1).data;
    });
  });
}
