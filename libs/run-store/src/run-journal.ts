import { type Fence, openJournal, readJsonLines } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { type JournalEntry, journalEntrySchema } from './journal.js';
import type { RunFolder } from './run-folder.js';

/** The journal of a run, opened by the one who works on it. */
export interface RunJournal {
  /** What stands in it. */
  readonly entries: readonly JournalEntry[];
  /** Appends an entry; on disk when the promise resolves. */
  append(entry: JournalEntry): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the journal of a run.
 *
 * @throws Fault `invalid` naming the entry if one is not what a run writes.
 */
export async function openRunJournal(
  { journal: path }: RunFolder,
  fence: Fence,
): Promise<RunJournal> {
  const journal = await openJournal(path, fence);
  try {
    const entries = parseEntries(journal.entries, path);
    return {
      entries,
      async append(entry) {
        await journal.append(entry);
        entries.push(entry);
      },
      close: () => journal.close(),
    };
  } catch (error) {
    await journal.close();
    throw error;
  }
}

/** Reads the journal of a run that another may work on; throws as {@link openRunJournal} does. */
export async function readRunJournal({ journal }: RunFolder): Promise<readonly JournalEntry[]> {
  return parseEntries(await readJsonLines(journal), journal);
}

function parseEntries(entries: readonly unknown[], path: string): JournalEntry[] {
  return entries.map((entry, index) => {
    const parsed = journalEntrySchema.safeParse(entry);
    if (parsed.success) return parsed.data;
    const message = `${path}, entry ${index + 1} is not one of a run's journal`;
    throw new Fault('invalid', message, { cause: parsed.error });
  });
}
