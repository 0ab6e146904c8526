import { join } from 'node:path';
import { removeStored, toUri, writeFileAtomic, writeFolder } from '@holdfast/artifacts';
import { embedClassifier } from '@holdfast/evaluation';
import type { Candidate } from '@holdfast/run-store';
import { serializeSafetensors } from '@holdfast/safetensors';
import { toBytes } from '@holdfast/tensor';
import type { OpenRun } from '../run/open-run.js';
import { selectorOf } from './contenders.js';
import { prepareVersion, toEncodedModel } from './predict-samples.js';

/**
 * Writes the candidate's model directory; with heads, also their folded classifier.
 *
 * @returns sha256 of its weights.
 */
export async function writeCandidate(run: OpenRun, candidate: Candidate): Promise<string> {
  // One that was stopped after its verdict has that in it, too.
  await removeStored(run.folder.candidate, run.lease.requireHeld);
  const write = (path: string) => writeInto(path, run, candidate);
  return writeFolder(run.folder.candidate, write, run.lease.requireHeld);
}

async function writeInto(path: string, run: OpenRun, candidate: Candidate): Promise<string> {
  const selector = selectorOf(run, candidate);
  const { modelSha256 } = await run.clients.optimizer.exportModel({
    runId: run.runId,
    selector,
    modelUri: toUri(path),
  });
  if (run.plan.heads.enabled) {
    const parameters = await prepareVersion(run, selector);
    const model = toEncodedModel(run, parameters);
    const { rows, columns, data } = await embedClassifier(model, run.prompts);
    const bytes = serializeSafetensors(
      new Map([['classifier', { dtype: 'F32', shape: [rows, columns], data: toBytes(data) }]]),
      new Map([['classes', JSON.stringify(run.tasks.classes)]]),
    );
    await writeFileAtomic(join(path, 'classifier.safetensors'), bytes, run.lease.requireHeld);
  }
  return modelSha256;
}
