import { type RunFacts, writeModelCard } from '@holdfast/publish';
import { readVerdict } from '@holdfast/run-store';
import { copyCandidate } from '../candidate/copy-candidate.js';
import { readClassifier } from '../onnx/read-classifier.js';
import { writeOnnx } from '../onnx/write-onnx.js';
import type { Terminal } from '../terminal/terminal.js';

/** Writes a run's candidate to a new folder: the model directory with its card, its towers and classifier as ONNX files, checked against it. */
export async function packModel(
  { folder, origin, softwareVersion }: RunFacts,
  target: string,
  terminal: Terminal,
): Promise<void> {
  const { verdict } = await readVerdict(folder.verdict);
  await copyCandidate(folder.candidate, target, verdict.candidate.sha256);
  await writeModelCard(target, { verdict, planName: origin.planName, softwareVersion });
  const classifier = await readClassifier(folder.candidate, terminal);
  await writeOnnx(target, { weightType: 'fp32', classifier }, terminal);
}
