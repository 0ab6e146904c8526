import { Fault } from '@holdfast/fault';
import type { ClipConfig } from './clip-config.js';
import type { ClipDirectory, StoredHeads } from './clip-directory.js';
import type { HeadShape } from './parameter-layout.js';
import { readWeightFile, type WeightFile } from './weight-files.js';

/** Name of the file that holds task-dependent heads. */
export const headsFileName = 'heads.safetensors';

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
  const names = parseNames(file.metadata.get(headNamesKey), count, directory);
  return { file, heads: { count, rank, ...(names && { names }) } };
}

function parseNames(
  json: string | undefined,
  count: number,
  directory: string,
): readonly string[] | undefined {
  if (json === undefined) return undefined;
  let names: unknown;
  try {
    names = JSON.parse(json);
  } catch {
    names = undefined;
  }
  const isList =
    Array.isArray(names) &&
    names.length === count &&
    names.every((name) => typeof name === 'string');
  if (isList) return names as string[];
  throw new Fault(
    'invalid',
    `${directory}/${headsFileName}: its metadata "${headNamesKey}" is not a list of ${count} names`,
  );
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
