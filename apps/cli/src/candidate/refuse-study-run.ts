import { basename, dirname } from 'node:path';
import { hasFile } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { describeRunFolder, readOrigin, studyOf } from '@holdfast/run-store';

/**
 * Refuses a candidate of a study's run: it was judged as if it were the only one, and the best of many such is more often wrong
 * than the gate promises.
 *
 * @param source what a person named
 * @throws Fault `precondition` that says how to release it.
 */
export async function refuseStudyRun(candidate: string, source: string): Promise<void> {
  const run = dirname(candidate);
  if (basename(candidate) !== 'candidate' || !(await hasFile(describeRunFolder(run).origin)))
    return;
  const study = studyOf(await readOrigin(run));
  if (study === undefined) return;
  const message = `${source} is a run of the study ${study}, which releases nothing: each of its runs was judged as if it were the only one by these images. Run the plan with that method by itself`;
  throw new Fault('precondition', message);
}
