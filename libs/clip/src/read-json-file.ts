import { readFile, stat } from 'node:fs/promises';
import { Fault } from '@holdfast/fault';
import { refuseLfsPointer } from './refuse-lfs-pointer.js';

/** A JSON object from a file. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The largest JSON file of a model directory is a tokenizer of a few MiB. */
const jsonBytesMax = 64 * 2 ** 20;

/** Whether a value from JSON is an object, and no array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads a file that holds one JSON object; undefined if there is no such file.
 *
 * @throws Fault `invalid` if it is not a JSON object, or is larger than 64 MiB.
 */
export async function readJsonFile(path: string): Promise<JsonObject | undefined> {
  const text = await readTextFile(path);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Fault('invalid', `${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
  if (!isJsonObject(value)) throw new Fault('invalid', `${path} does not hold a JSON object`);
  return value;
}

/**
 * Reads a text file; undefined if there is none.
 *
 * @throws Fault `invalid` if it is larger than 64 MiB, or a pointer of Git LFS.
 */
export async function readTextFile(path: string): Promise<string | undefined> {
  try {
    const { size } = await stat(path);
    if (size > jsonBytesMax) {
      throw new Fault('invalid', `${path} has ${size} bytes, more than the limit ${jsonBytesMax}`);
    }
    const text = await readFile(path, 'utf8');
    refuseLfsPointer(path, text);
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof Fault) throw error;
    throw new Fault('invalid', `cannot read ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
