import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '@holdfast/fault';

/**
 * Writes a file that is not there yet, piece by piece; what was written is taken away again if the pieces fail.
 *
 * @param name of the file, for messages
 * @throws Fault `precondition` if it exists or cannot be written.
 */
export async function writeNewRows(
  { path, name }: { readonly path: string; readonly name: string },
  pieces: AsyncIterable<string> | Iterable<string>,
): Promise<void> {
  const file: FileHandle = await open(path, 'wx').catch((cause: NodeJS.ErrnoException) => {
    const reason =
      cause.code === 'EEXIST'
        ? `${name} exists; remove it or name another file`
        : `${name}: nothing can be written in ${dirname(path)} (${cause.code})`;
    throw new Fault('precondition', reason, { cause });
  });
  try {
    for await (const piece of pieces) await file.writeFile(piece);
    await file.close();
  } catch (error) {
    await file.close().catch(() => {});
    await rm(path, { force: true });
    throw error;
  }
}
