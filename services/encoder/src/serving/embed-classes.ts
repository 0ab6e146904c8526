import { Fault } from '@holdfast/fault';
import { averageClassifier } from '@holdfast/metrics';
import { keyText } from '../key-text.js';
import type { RequestQueue } from './batch-queue.js';
import { prepareTextRows } from './prepare-rows.js';
import type { ServedClass, ServedModel } from './served-model.js';

/** Classes whose rows a model keeps. */
const keptMax = 16_384;
/** Prompts embedded at once, but for a class that has more. */
const promptsAtOnce = 128;

/** Classes to embed. */
interface ClassesRequest {
  readonly served: ServedModel;
  readonly classes: readonly ServedClass[];
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal;
}

/**
 * The rows [classes, d] of a classifier, for a request that is taken on. A class's row is the mean of its prompts' embeddings, normalised; where the model
 * has a head of the class's name, the head is folded in. Rows are kept: a class is embedded when it is first met.
 *
 * @throws Fault `cancelled` if its caller leaves before all of them are embedded.
 */
export async function embedClasses(
  queue: RequestQueue,
  request: ClassesRequest,
): Promise<Float32Array> {
  const { served, classes, signal } = request;
  const { classifiers: known, directory } = served;
  const size = directory.config.projectionSize;
  const keyed = classes.map((each) => ({ ...each, key: identify(each) }));
  const missing = keyed.filter(({ key }) => !known.has(key));
  if (known.size + missing.length > keptMax) known.clear();
  for (const group of groupClasses(missing)) {
    if (signal.aborted) throw new Fault('cancelled', 'the caller left');
    const rows = await embedGroup(queue, served, group);
    for (const [i, { key }] of group.entries()) known.set(key, rows[i]!);
  }
  const classifier = new Float32Array(classes.length * size);
  // What another caller's new classes pushed out is embedded again.
  const lost = keyed.some(({ key }) => !known.has(key));
  if (lost) return embedClasses(queue, request);
  for (const [i, { key }] of keyed.entries()) classifier.set(known.get(key)!, i * size);
  return classifier;
}

/** Tokens of the prompts that `embedClasses` has embedded at once: of rows that are kept, none. */
export function weighClasses(served: ServedModel, classes: readonly ServedClass[]): number {
  const missing = classes.filter((each) => !served.classifiers.has(identify(each)));
  const counts = groupClasses(missing).map((group) =>
    group.reduce((sum, { prompts }) => sum + prompts.length, 0),
  );
  return Math.max(0, ...counts) * served.directory.config.text.contextLength;
}

/** Under which a class's row is kept. */
function identify({ name, prompts }: ServedClass): string {
  return keyText(JSON.stringify([name, prompts]));
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

async function embedGroup(
  queue: RequestQueue,
  served: ServedModel,
  classes: readonly ServedClass[],
): Promise<readonly Float32Array[]> {
  const { config, heads } = served.directory;
  const columns = config.projectionSize;
  const texts = classes.flatMap(({ prompts }) => prompts);
  const headOf = (name: string) => heads?.names?.indexOf(name) ?? -1;
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
}
