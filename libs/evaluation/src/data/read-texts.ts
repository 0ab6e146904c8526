import { readFile } from 'node:fs/promises';
import { pullFile } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { textLengthMax } from '@holdfast/service-kit';

/**
 * Reads a UTF-8 file with one text a line; empty lines, and a text that comes twice, count once at most.
 *
 * @param field of the plan, for messages
 * @throws Fault `not-found`, or `invalid` for a file without two different texts, with more than `most`, or with one that no tower reads.
 */
export async function readTexts(field: string, path: string, most = Infinity): Promise<string[]> {
  await pullFile(path);
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new Fault('not-found', `${field}: ${path} cannot be read (${cause.code})`, { cause });
  });
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const texts = [...new Set(lines.filter((line) => line !== ''))];
  const long = lines.findIndex(({ length }) => length > textLengthMax);
  if (long >= 0) {
    throw new Fault(
      'invalid',
      `${field}: ${path}, line ${long + 1} has ${lines[long]!.length} characters, and a text may have ${textLengthMax}`,
    );
  }
  if (texts.length > most) {
    throw new Fault('invalid', `${field}: ${path} has ${texts.length} texts, more than ${most}`);
  }
  if (texts.length >= 2) return texts;
  throw new Fault(
    'invalid',
    `${field}: ${path} has ${texts.length} text${texts.length === 1 ? '' : 's'}; an answer needs two to choose from, one a line, such as "a photo of a frog."`,
  );
}
