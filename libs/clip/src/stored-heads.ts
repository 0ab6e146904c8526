import { Fault } from '@holdfast/fault';
import type { ClipConfig } from './clip-config.js';
import type { ClipDirectory, StoredHeads } from './clip-directory.js';
import type { HeadShape } from './parameter-layout.js';
import { readWeightFile, type WeightFile } from './weight-files.js';

/** Name of the file that holds task-dependent heads. */
export const headsFileName = 'heads.safetensors';

/** Name of the file that a run writes beside its heads: their classifier, one row a class. */
const classifierFileName = 'classifier.safetensors';

/** Key of the file's metadata with the heads' names, as a JSON list. */
export const headNamesKey = 'holdfast.heads';

/** Heads of a directory and the header of their file. */
export interface HeadsFile {
  readonly file: WeightFile;
  readonly heads: StoredHeads;
}

/**
 * Reads the header of `heads.safetensors`.
 *
 * @throws Fault `invalid` if the tensors are not heads for this model.
 */
export async function readHeadsFile(directory: string, config: ClipConfig): Promise<HeadsFile> {
  const file = await readWeightFile(directory, headsFileName);
  const a = file.tensors.get('heads.A');
  const b = file.tensors.get('heads.B');
  const [count = 0, width, rank = 0] = a?.shape ?? [];
  const fits =
    file.tensors.size === 2 &&
    a?.shape.length === 3 &&
    width === config.text.width &&
    count > 0 &&
    rank > 0 &&
    b?.shape.join() === [count, rank, config.projectionSize].join();
  if (!fits) {
    const found = [...file.tensors].map(([name, { shape }]) => `${name} [${shape.join(', ')}]`);
    throw new Fault(
      'invalid',
      `${directory}/${headsFileName} holds ${found.join(', ') || 'nothing'}; expected heads.A [count, ${config.text.width}, rank] and heads.B [count, rank, ${config.projectionSize}]`,
    );
  }
  const names =
    parseNames(file.metadata.get(headNamesKey), count, directory) ??
    (await readClasses(directory, count));
  return { file, heads: { count, rank, ...(names && { names }) } };
}

function parseNames(
  json: string | undefined,
  count: number,
  directory: string,
): readonly string[] | undefined {
  if (json === undefined) return undefined;
  const names = parseTexts(json);
  if (names?.length === count) return names;
  throw new Fault(
    'invalid',
    `${directory}/${headsFileName}: its metadata "${headNamesKey}" is not a list of ${count} names`,
  );
}

/** The classes of a run's heads, in order: a run says them beside. A head that all negatives share has no class. */
async function readClasses(directory: string, count: number): Promise<string[] | undefined> {
  const file = await readWeightFile(directory, classifierFileName).catch(() => undefined);
  const json = file?.metadata.get('classes');
  if (json === undefined) return undefined;
  const classes = parseTexts(json);
  if (classes !== undefined && [0, 1].includes(count - classes.length)) return classes;
  throw new Fault(
    'invalid',
    `${directory}/${classifierFileName}: its metadata "classes" is not a list of a class for each of ${count} heads`,
  );
}

/** A JSON list of texts; undefined where it is something else. */
function parseTexts(json: string): string[] | undefined {
  try {
    const texts: unknown = JSON.parse(json);
    const isList = Array.isArray(texts) && texts.every((text) => typeof text === 'string');
    return isList ? texts : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Refuses to take a model's heads for others.
 *
 * @throws Fault `invalid` if the directory has heads of another number or rank.
 */
export function checkHeadShape(
  { path, heads }: Pick<ClipDirectory, 'path' | 'heads'>,
  wanted: HeadShape,
): void {
  if (heads === undefined || (wanted.count === heads.count && wanted.rank === heads.rank)) return;
  throw new Fault(
    'invalid',
    `${path} has ${heads.count} heads of rank ${heads.rank}, but ${wanted.count} of rank ${wanted.rank} are asked for: keep the model's heads, or start from a model without`,
  );
}
