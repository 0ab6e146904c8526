import { readFile } from 'node:fs/promises';
import { Fault } from '@holdfast/fault';

/** What a file of JSON lines holds. */
export interface JsonLines {
  readonly objects: readonly unknown[];
  /** The whole lines; what followed is a line that was cut off while being written. */
  readonly whole: Uint8Array;
  /** Length of the file. */
  readonly bytes: number;
}

/**
 * Reads a file of JSON lines. A last line without its newline was cut off by a crash and is left
 * out. A missing file is an empty one.
 *
 * @throws Fault `invalid` naming the line if any other line is not JSON.
 */
export async function parseJsonLines(path: string): Promise<JsonLines> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw new Fault('invalid', `cannot read ${path}: ${error.message}`, { cause: error });
  });
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  const lines = whole.toString('utf8').split('\n').slice(0, -1);
  const objects = lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      return [JSON.parse(line) as unknown];
    } catch (cause) {
      throw new Fault('invalid', `${path}, line ${index + 1} is not JSON`, { cause });
    }
  });
  return { objects, whole, bytes: bytes.byteLength };
}

/** The objects of a file of JSON lines, as {@link parseJsonLines} reads them. */
export async function readJsonLines(path: string): Promise<readonly unknown[]> {
  return (await parseJsonLines(path)).objects;
}
