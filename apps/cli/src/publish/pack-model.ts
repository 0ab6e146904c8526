import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunFacts, writeModelCard } from '@holdfast/publish';
import { readVerdict, studyOf } from '@holdfast/run-store';
import { copyCandidate } from '../candidate/copy-candidate.js';
import { readClassifier } from '../onnx/read-classifier.js';
import { writeOnnx } from '../onnx/write-onnx.js';
import type { Terminal } from '../terminal/terminal.js';

/**
 * Writes a run's candidate to a new folder: the model directory with its card, its towers and classifier as ONNX files, checked
 * against it, and in `preprocessing.json` how an image becomes their input, whichever file of whichever library says it.
 */
export async function packModel(
  { folder, origin, softwareVersion }: RunFacts,
  target: string,
  terminal: Terminal,
): Promise<void> {
  const { verdict } = await readVerdict(folder.verdict);
  const { preprocessing } = await copyCandidate(folder.candidate, target, verdict.candidate.sha256);
  await writeFile(join(target, 'preprocessing.json'), `${JSON.stringify(preprocessing)}\n`);
  const { planName } = origin;
  await writeModelCard(target, { verdict, planName, study: studyOf(origin), softwareVersion });
  const classifier = await readClassifier(folder.candidate, terminal);
  await writeOnnx(target, { weightType: 'fp32', classifier }, terminal);
}
