import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '@holdfast/fault';
import { parseJsonLines } from './json-lines.js';

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
 * @throws Fault `invalid` naming the line if a whole line is not JSON.
 */
export async function openJournal(path: string): Promise<Journal> {
  await mkdir(dirname(path), { recursive: true });
  const { objects, wholeBytes } = await parseJsonLines(path);
  const file = await open(path, 'a');
  await file.truncate(wholeBytes);
  let pending: Promise<void> = Promise.resolve();
  let closed = false;
  let length = wholeBytes;
  const write = async (entry: unknown) => {
    const line = `${JSON.stringify(entry)}\n`;
    try {
      await file.appendFile(line);
      await file.sync();
      length += Buffer.byteLength(line);
    } catch (error) {
      // Half a line would spoil the next entry, and with it the whole file.
      await file.truncate(length);
      throw error;
    }
  };
  return {
    entries: objects,
    append(entry) {
      if (closed) return Promise.reject(new Fault('precondition', `${path} is closed`));
      const written = pending.then(() => write(entry));
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
