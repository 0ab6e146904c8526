import { type FileHandle, open } from 'node:fs/promises';
import { Fault } from '@holdfast/fault';

/** Bytes of a message of a streamed file: far below the 4 MiB that gRPC's clients accept by default. */
export const chunkBytesMax = 256 * 1024;

/** A piece of a file. */
export interface FileChunk {
  /** Bytes of the whole file when its reading began. */
  readonly size: number;
  readonly bytes: Buffer<ArrayBuffer>;
}

/**
 * Streams a file from `offset` to where it ends now, at least one piece. The reader's pace is the file's: nothing is read ahead.
 *
 * @throws Fault `not-found` if it is no file, `invalid` if the offset lies behind its end, `aborted` if it becomes
 *   shorter while it is read.
 */
export async function* streamFile(path: string, offset = 0): AsyncGenerator<FileChunk> {
  const file = await openFile(path);
  try {
    const { size } = await file.stat();
    if (offset > size) {
      const description = `must be at most the file's size, ${size}`;
      const violations = [{ field: 'offset_bytes', description }];
      throw new Fault('invalid', `offset_bytes ${description}`, { violations });
    }
    let position = offset;
    do {
      const bytes = Buffer.alloc(Math.min(chunkBytesMax, size - position));
      await fill(file, bytes, position);
      yield { size, bytes };
      position += bytes.byteLength;
    } while (position < size);
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  const file = await open(path, 'r').catch((cause: Error) => {
    throw new Fault('not-found', `there is no file ${path}`, { cause });
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new Fault('not-found', `${path} is no file`);
}

async function fill(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    const { bytesRead } = await file.read(bytes, done, bytes.byteLength - done, position + done);
    if (bytesRead === 0) throw new Fault('aborted', 'the file became shorter while it was read');
    done += bytesRead;
  }
}
