import { resolveName, sha256File } from '@holdfast/artifacts';
import { openClipDirectory } from '@holdfast/clip';
import type { Sample } from '@holdfast/dataset';
import { classifySamples, type FirstModel, findHead, openEncoder } from '@holdfast/evaluation';
import { nameCache } from '../run/name-cache.js';
import type { OpenRun } from '../run/open-run.js';

/**
 * Classifies samples of a run with the first released model that the plan names; undefined where it names
 * none, or the very model that the run starts from.
 */
export async function classifyFirstModel(
  run: OpenRun,
  samples: readonly Sample[],
  signal: AbortSignal,
): Promise<FirstModel | undefined> {
  const { plan, folder, tasks, prompts } = run;
  if (plan.gate.firstModel === undefined) return undefined;
  const modelPath = resolveName(run.basePath, plan.gate.firstModel);
  const { heads } = await openClipDirectory(modelPath);
  const runId = `${run.runId}-first`;
  const encoder = run.encoders.any();
  try {
    const { modelSha256 } = await openEncoder(
      encoder,
      {
        runId,
        plan,
        modelPath,
        samplesPath: folder.samples,
        samplesSha256: await sha256File(folder.samples),
        cachePath: nameCache(folder),
        heads: heads && { count: heads.count, rank: heads.rank, seed: 0 },
      },
      { onProgress: () => {}, signal },
    );
    if (modelSha256 === run.opened.modelSha256) return undefined;
    const { classes, spaces } = tasks;
    const headOf = (index: number) => findHead(index, classes, heads);
    const temperature = plan.constraints.constraintTemperature;
    const predictions = await classifySamples(
      { encoder, runId, headOf },
      { classes, spaces, prompts, samples, temperature },
      { signal },
    );
    return { sha256: modelSha256, predictions };
  } finally {
    await encoder.unloadModel({ runId });
  }
}
