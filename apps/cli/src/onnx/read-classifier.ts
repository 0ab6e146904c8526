import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pullFile } from '@holdfast/artifacts';
import { openClipDirectory } from '@holdfast/clip';
import { readSampleTable } from '@holdfast/dataset';
import type { ClassifierPrompts } from '@holdfast/engine/export';
import { createPrompts, findHead, listSpaces } from '@holdfast/evaluation';
import { Fault } from '@holdfast/fault';
import { readPlanFile } from '../read-plan-file.js';
import type { Terminal } from '../terminal/terminal.js';

/** The classifier of a run: the classes of the target's label space in order, their prompts and heads. */
export interface RunClassifier extends ClassifierPrompts {
  readonly labels: readonly string[];
}

/**
 * Reads which classes a run tells apart, and by which prompts, from the run's folder that a candidate
 * lies in.
 *
 * @throws Fault `not-found` if the candidate lies in no run's folder.
 */
export async function readClassifier(
  candidate: string,
  terminal: Terminal,
): Promise<RunClassifier> {
  const run = dirname(candidate);
  const [planPath, samplesPath] = ['plan.yaml', 'samples.csv'].map((name) => join(run, name));
  for (const path of [planPath!, samplesPath!]) {
    await pullFile(path);
    if ((await stat(path).catch(() => undefined)) !== undefined) continue;
    throw new Fault(
      'not-found',
      `--classifier needs the run's classes and prompts, but there is no ${path}; name a run's folder`,
    );
  }
  const { plan } = await readPlanFile(planPath!, terminal);
  const { samples } = await readSampleTable(samplesPath!);
  // In the order of a run's classes: that of code units.
  const labels = [...new Set(samples.map(({ label }) => label))].sort();
  const { heads } = await openClipDirectory(candidate);
  const prompts = createPrompts(plan, labels).classifierPrompts;
  // Classes of other label spaces are not told apart from these.
  const { classes } = listSpaces(plan, labels)[0]!;
  return {
    labels: classes.map((index) => labels[index]!),
    prompts: classes.map((index) => prompts[index]!),
    heads: classes.map((index) => findHead(index, labels, heads)),
  };
}
