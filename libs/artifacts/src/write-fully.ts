import type { FileHandle } from 'node:fs/promises';

/** Writes all bytes to a place in a file: one write may take fewer, where a disk is nearly full. */
export async function writeFully(
  file: FileHandle,
  position: number,
  bytes: Uint8Array,
): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    const { bytesWritten } = await file.write(
      bytes,
      done,
      bytes.byteLength - done,
      position + done,
    );
    done += bytesWritten;
  }
}
