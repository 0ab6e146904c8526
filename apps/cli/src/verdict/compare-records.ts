import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { hasFile, sha256 } from '@holdfast/artifacts';
import type { Difference } from '@holdfast/evaluation';
import {
  describeRunFolder,
  pullRunFile,
  readRunJournal,
  type VerdictFile,
} from '@holdfast/run-store';

/**
 * Holds a candidate's verdict against what else its run's folder says of it: the verdict beside the report, and how the journal
 * ended. A candidate that lies elsewhere has neither.
 *
 * @param candidate folder of the candidate
 */
export async function compareRecords(
  candidate: string,
  { text, verdict }: VerdictFile,
): Promise<Difference[]> {
  if (basename(candidate) !== 'candidate') return [];
  const folder = describeRunFolder(dirname(candidate));
  const differences: Difference[] = [];
  if (await hasFile(folder.verdict)) {
    const beside = await readFile(folder.verdict, 'utf8');
    if (beside !== text) {
      const path = 'sha256 of candidate/verdict.json and of verdict.json';
      differences.push({ path, stated: sha256(text), found: sha256(beside) });
    }
  }
  await pullRunFile(folder, folder.journal);
  if (existsSync(folder.journal)) {
    const end = (await readRunJournal(folder)).findLast(({ event }) => event === 'run.completed');
    if (end?.event === 'run.completed' && end.outcome !== verdict.outcome) {
      const found = `${end.outcome} in journal.jsonl`;
      differences.push({ path: 'outcome', stated: verdict.outcome, found });
    }
  }
  return differences;
}
