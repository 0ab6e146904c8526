import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '@holdfast/fault';
import { pullFile } from '@holdfast/s3';
import type { Fence } from './fence.js';
import { parseJsonLines } from './json-lines.js';
import { openAppendFile, replaceAppendFile } from './open-append-file.js';

/** An append-only file of JSON lines, opened by one writer. */
export interface Journal {
  /** What stood in it when it was opened. */
  readonly entries: readonly unknown[];
  /**
   * Appends an entry; on disk when the promise resolves, not in the file if it rejects. Entries are
   * written in call order.
   */
  append(entry: unknown): Promise<void>;
  /** Waits for pending entries and closes the file. Closing twice changes nothing. */
  close(): Promise<void>;
}

/**
 * Opens a journal, cutting off a last line that a crash left unfinished, so that the next entry
 * starts on a line of its own. Makes missing folders.
 *
 * @param fence asked before anything is cut off, and with each entry. A new file takes the journal's place: what an earlier writer appends later is not in it
 * @param options.inPlace the file stays, because others may own it
 * @throws Fault `invalid` naming the line if a whole line is not JSON.
 */
export async function openJournal(
  path: string,
  fence?: Fence,
  { inPlace = fence === undefined }: { readonly inPlace?: boolean } = {},
): Promise<Journal> {
  await mkdir(dirname(path), { recursive: true });
  // Of a run's, its lease brought all.
  if (inPlace) await pullFile(path);
  const { objects, whole, bytes } = await parseJsonLines(path);
  const file = inPlace
    ? await openAppendFile(path, { bytes, wholeBytes: whole.byteLength }, fence)
    : await replaceAppendFile(path, whole, fence);
  let pending: Promise<void> = Promise.resolve();
  let closed = false;
  return {
    entries: objects,
    append(entry) {
      if (closed) return Promise.reject(new Fault('precondition', `${path} is closed`));
      const written = pending.then(() => file.append(`${JSON.stringify(entry)}\n`));
      // A failed write is reported to its caller; it must not stop the entries after it.
      pending = written.catch(() => {});
      return written;
    },
    async close() {
      if (closed) return;
      closed = true;
      await pending;
      await file.close();
    },
  };
}
