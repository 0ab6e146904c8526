import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VerdictFile } from '@holdfast/run-store';
import { isReleased } from '../run/run-end.js';
import type { RunFacts } from '../run/run-facts.js';
import { findOrMake } from './find-or-make.js';
import type { MlflowClient } from './mlflow-client.js';
import type { MlflowSettings } from './mlflow-settings.js';
import type { ModelVersion } from './model-version.js';
import { moveChampion } from './move-champion.js';
import { listFiles, uploadFolder } from './upload-folder.js';
import { writeModelFiles } from './write-model-files.js';

/** A judged candidate. */
export interface JudgedModel extends Pick<MlflowSettings, 'model' | 'packModel'> {
  readonly run: { readonly runId: string; readonly artifactUri: string };
  readonly facts: RunFacts;
  readonly verdict: VerdictFile['verdict'];
  readonly tags: readonly (readonly [string, string])[];
  /** When it was judged. */
  readonly at: number;
}

/**
 * Makes the candidate a version of the registered model, and the champion if it was released. A version that is there already is
 * left as it is.
 */
export async function registerModel(client: MlflowClient, judged: JudgedModel): Promise<void> {
  const { model: name, run, facts, verdict, at } = judged;
  await findOrMake(
    () => client.call('GET', 'registered-models/get', { name }),
    () => client.call('POST', 'registered-models/create', { name }),
  );
  const version = await findOrMake(
    () => findVersion(client, name, run.runId),
    () => makeVersion(client, judged),
  );
  if (isReleased(verdict.outcome, facts.origin)) await moveChampion(client, version, at);
}

async function findVersion(
  client: MlflowClient,
  name: string,
  runId: string,
): Promise<ModelVersion | undefined> {
  const found = await client.call<{ model_versions?: ModelVersion[] }>(
    'GET',
    'model-versions/search',
    {
      filter: `name='${name.replaceAll("'", '')}' and run_id='${runId}'`,
    },
  );
  return found?.model_versions?.[0];
}

async function makeVersion(client: MlflowClient, judged: JudgedModel): Promise<ModelVersion> {
  const { model: name, run, facts, verdict, tags, at } = judged;
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-mlflow-'));
  try {
    const model = join(folder, 'model');
    await judged.packModel(facts, join(model, 'data'));
    await writeModelFiles(model, { runId: run.runId, sha256: verdict.candidate.sha256, at });
    await uploadFolder(client, run.artifactUri, folder, await listFiles(model));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const made = await client.call<{ model_version: ModelVersion }>('POST', 'model-versions/create', {
    name,
    source: `${run.artifactUri}/model`,
    run_id: run.runId,
    description: verdict.reason,
    tags: [...tags, ['holdfast.judged_at', String(at)]].map(([key, value]) => ({ key, value })),
  });
  return made!.model_version;
}
