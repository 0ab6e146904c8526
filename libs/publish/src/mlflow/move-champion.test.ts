import { beforeEach, describe, expect, it } from 'vitest';
import type { MlflowClient } from './mlflow-client.js';
import type { ModelVersion } from './model-version.js';
import { moveChampion } from './move-champion.js';

/** MLflow's registry, as far as aliases and tags of versions of one model go. */
function createRegistry() {
  const versions = new Map<string, { name: string; version: string; tags: Map<string, string> }>();
  const aliases = new Map<string, string>();
  const read = (version: string): ModelVersion => {
    const { name, tags } = versions.get(version)!;
    return { name, version, tags: [...tags].map(([key, value]) => ({ key, value })) };
  };
  const answer = (path: string, fields: Record<string, string>): unknown => {
    switch (path) {
      case 'registered-models/get': {
        const list = [...aliases].map(([alias, version]) => ({ alias, version }));
        return { registered_model: list.length === 0 ? {} : { aliases: list } };
      }
      case 'model-versions/get':
        return { model_version: read(fields['version']!) };
      case 'registered-models/alias':
        return aliases.set(fields['alias']!, fields['version']!) && {};
      case 'model-versions/set-tag':
        return versions.get(fields['version']!)!.tags.set(fields['key']!, fields['value']!) && {};
      default:
        throw new Error(path);
    }
  };
  const client = {
    call: async (_: string, path: string, fields: object) => answer(path, { ...fields }),
    upload: async () => {},
  } as MlflowClient;
  return {
    aliases,
    /** Publishes a released version, as often as one likes. */
    async release(version: string, at: number) {
      const tags = new Map([['holdfast.judged_at', String(at)]]);
      if (!versions.has(version)) versions.set(version, { name: 'signs', version, tags });
      await moveChampion(client, read(version), at);
    },
  };
}

describe('the champion', () => {
  let registry: ReturnType<typeof createRegistry>;
  beforeEach(() => {
    registry = createRegistry();
  });
  const champion = () => registry.aliases.get('champion');

  it('is the version that was judged last, in whatever order they are published', async () => {
    await registry.release('1', 200);
    expect(champion()).toBe('1');
    await registry.release('2', 100);
    expect(champion()).toBe('1');
    await registry.release('3', 300);
    expect(champion()).toBe('3');
  });

  it('stays where a person has put it when a run is published again', async () => {
    await registry.release('1', 100);
    await registry.release('2', 200);
    registry.aliases.set('champion', '1');
    await registry.release('2', 200);
    expect(champion()).toBe('1');
    await registry.release('3', 300);
    expect(champion()).toBe('3');
  });

  it('may be a version that Holdfast did not make, until the next release', async () => {
    await registry.release('1', 100);
    registry.aliases.clear();
    await registry.release('2', 50);
    expect(champion()).toBe('2');
  });
});
