import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeFileAtomic } from '@holdfast/artifacts';
import { embedClassifier } from '@holdfast/evaluation';
import { serializeSafetensors } from '@holdfast/safetensors';
import { toBytes } from '@holdfast/tensor';
import type { Choice } from '../choose/choose-candidate.js';
import { selectorOf } from '../choose/contenders.js';
import { prepareVersion, toEncodedModel } from '../choose/predict-samples.js';
import type { OpenRun } from '../run/open-run.js';

/**
 * Writes the candidate's model directory; with heads, also their folded classifier.
 *
 * @returns sha256 of its weights.
 */
export async function writeCandidate(run: OpenRun, choice: Choice): Promise<string> {
  const selector = selectorOf(run, choice.candidate);
  const { modelSha256 } = await run.clients.optimizer.exportModel({
    runId: run.runId,
    selector,
    modelUri: pathToFileURL(run.folder.candidate).href,
  });
  if (run.plan.heads.enabled) {
    const parameters = await prepareVersion(run, selector);
    const model = toEncodedModel(run, parameters);
    const { rows, columns, data } = await embedClassifier(model, run.prompts);
    const bytes = serializeSafetensors(
      new Map([['classifier', { dtype: 'F32', shape: [rows, columns], data: toBytes(data) }]]),
      new Map([['classes', JSON.stringify(run.tasks.classes)]]),
    );
    await writeFileAtomic(join(run.folder.candidate, 'classifier.safetensors'), bytes);
  }
  return modelSha256;
}
