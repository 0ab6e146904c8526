import type { MlflowClient } from './mlflow-client.js';
import { type ModelVersion, readTag } from './model-version.js';

/** The alias by which a released model is served. */
const championAlias = 'champion';
/** Says of a version that the alias was decided: who moves it back by hand is not undone by publishing again. */
const decidedTag = 'holdfast.champion';

/**
 * Moves the alias to a released version, once, unless a version that was judged later has it: runs may be published in
 * any order.
 *
 * @param at when it was judged, in milliseconds since 1970
 */
export async function moveChampion(
  client: MlflowClient,
  version: ModelVersion,
  at: number,
): Promise<void> {
  if (readTag(version, decidedTag) !== undefined) return;
  const { name, version: number } = version;
  const current = await findChampion(client, name);
  const judgedAt = Number(current && readTag(current, 'holdfast.judged_at'));
  const isLater = !(judgedAt > at);
  if (isLater) {
    const fields = { name, alias: championAlias, version: number };
    await client.call('POST', 'registered-models/alias', fields);
  }
  const value = isLater ? 'moved' : 'a later one has it';
  await client.call('POST', 'model-versions/set-tag', {
    name,
    version: number,
    key: decidedTag,
    value,
  });
}

/** The version that has the alias. Asking for an alias that is not there is an error of another kind in each release. */
async function findChampion(client: MlflowClient, name: string): Promise<ModelVersion | undefined> {
  const found = await client.call<{
    registered_model: { aliases?: { alias: string; version: string }[] };
  }>('GET', 'registered-models/get', { name });
  const { aliases = [] } = found!.registered_model;
  const version = aliases.find(({ alias }) => alias === championAlias)?.version;
  if (version === undefined) return undefined;
  const answer = await client.call<{ model_version: ModelVersion }>('GET', 'model-versions/get', {
    name,
    version,
  });
  return answer?.model_version;
}
