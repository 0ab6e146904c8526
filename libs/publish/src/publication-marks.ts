import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@holdfast/artifacts';

/** `published.json` of a run's folder: who knows which end of the run. */
type Marks = Readonly<Record<string, string>>;

const fileName = 'published.json';

/** Whether a listener was told of the run as it is now. @param end what names the run's end, as the time of its last entry */
export async function isPublished(
  runPath: string,
  listener: string,
  end: string,
): Promise<boolean> {
  return (await readMarks(runPath))[listener] === end;
}

/** Notes that a listener was told. Two that note at once may lose one note: it is then told again, which changes nothing. */
export async function markPublished(runPath: string, listener: string, end: string): Promise<void> {
  const marks = { ...(await readMarks(runPath)), [listener]: end };
  await writeFileAtomic(join(runPath, fileName), `${JSON.stringify(marks, null, 2)}\n`);
}

async function readMarks(runPath: string): Promise<Marks> {
  try {
    return JSON.parse(await readFile(join(runPath, fileName), 'utf8')) as Marks;
  } catch {
    return {};
  }
}
