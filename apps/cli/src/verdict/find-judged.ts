import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasFile, pullFile, pullFolder, toName } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';

/**
 * The folder of the candidate that a person names by its run's folder, by itself, or by a verdict file in one of the two.
 *
 * @param source absolute
 * @throws Fault `not-found` if there is no judged candidate.
 */
export async function findJudged(source: string): Promise<string> {
  await pullFile(source);
  const folder = (await stat(source).catch(() => undefined))?.isFile() ? dirname(source) : source;
  for (const candidate of [join(folder, 'candidate'), folder]) {
    if (!(await hasFile(join(candidate, 'verdict.json')))) continue;
    await pullFolder(candidate);
    return candidate;
  }
  throw new Fault(
    'not-found',
    `${toName(source)} holds no judged candidate; a run writes one when it completes`,
  );
}
