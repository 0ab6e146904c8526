import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMirrored, sha256, sha256File, writeFolderAtomic } from '@holdfast/artifacts';
import type { ArrayName, Engine } from '@holdfast/engine';
import { Fault } from '@holdfast/fault';
import type {
  CheckpointRequest,
  CheckpointResponse,
} from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { confineUri } from '@holdfast/run-kit';
import { collectViolations } from '@holdfast/service-kit';
import { writeArrayFile } from './array-file.js';
import {
  type CheckpointState,
  formatCheckpointState,
  normalizersFileName,
  stateFileName,
} from './checkpoint-state.js';
import { dropRemoved } from './drop-removed.js';
import { formatNormalizers } from './normalizer-file.js';
import type { OptimizerRun, RunStore } from './optimizer-run.js';
import type { OpenRunSettings } from './parse-open-run.js';

/** Arrays that a checkpoint of a run holds. */
export function listCheckpointArrays({ adamw }: OpenRunSettings): readonly ArrayName[] {
  const arrays: ArrayName[] = ['parameters', 'moment1', 'moment2'];
  return adamw.weightAverageDecay === undefined ? arrays : [...arrays, 'average'];
}

/** Writes a run's arrays, normalizers and counters into a folder that appears whole. */
export function createCheckpoint(
  store: RunStore,
  { engine, roots }: { engine: Engine; roots: readonly string[] },
) {
  return async ({
    runId,
    leaseTerm,
    checkpointUri,
  }: CheckpointRequest): Promise<CheckpointResponse> => {
    store.fence(runId, leaseTerm);
    const run = await store.get(runId);
    const violations = collectViolations('Checkpoint');
    const target = await confineUri(checkpointUri, 'checkpoint_uri', { roots, violations });
    violations.throwIfAny();
    return run.enqueue(async () => {
      refuseMidStep(run, runId);
      await dropRemoved(run);
      if (isMirrored(target)) run.storedCheckpoints.add(target);
      return writeFolderAtomic(target, (folder) => writeCheckpoint(run, { engine, runId, folder }));
    });
  };
}

/** The normalizers are already those of the next step: a run resumed from here would fold it in twice. */
function refuseMidStep({ estimatedStep, stepsTaken }: OptimizerRun, runId: string): void {
  if (estimatedStep < stepsTaken) return;
  throw new Fault(
    'out-of-step',
    `run '${runId}' is in the middle of step ${estimatedStep}: take the step first`,
  );
}

async function writeCheckpoint(
  run: OptimizerRun,
  { engine, runId, folder }: { engine: Engine; runId: string; folder: string },
): Promise<CheckpointResponse> {
  const { settings, layout, opened, lastStep } = run;
  const files: Record<string, string> = {};
  for (const array of listCheckpointArrays(settings)) {
    const name = `${array}.safetensors`;
    await writeArrayFile(join(folder, name), { engine, runId, array, layout });
    files[name] = await sha256File(join(folder, name));
  }
  const normalizers = formatNormalizers(run.normalizers);
  await writeFile(join(folder, normalizersFileName), normalizers);
  files[normalizersFileName] = sha256(normalizers);
  const { learningRate = 0, gradientNorm = 0 } = lastStep ?? {};
  const state: CheckpointState = {
    format: 'holdfast optimizer checkpoint 1',
    modelSha256: opened.modelSha256,
    heads: settings.heads ? { count: settings.heads.count, rank: settings.heads.rank } : null,
    scope: settings.trainable.scope,
    adapters: describeAdapters(settings),
    stepsTaken: run.stepsTaken,
    estimatedStep: run.estimatedStep,
    lastStep: lastStep ? { learningRate, gradientNorm } : null,
    files,
  };
  const text = formatCheckpointState(state);
  await writeFile(join(folder, stateFileName), text);
  return { stepsTaken: run.stepsTaken, sha256: { ...files, [stateFileName]: sha256(text) } };
}

function describeAdapters({ trainable: { adapters } }: OpenRunSettings) {
  return adapters === undefined ? null : { rank: adapters.rank, scale: adapters.scale };
}
