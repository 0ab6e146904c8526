import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@holdfast/artifacts';
import { type CardFacts, renderModelCard } from './render-model-card.js';

/** Writes `README.md` of a candidate, from what stands there and the verdict. Once more, it writes the same. */
export async function writeModelCard(
  candidate: string,
  facts: Omit<CardFacts, 'library' | 'baseModel'>,
): Promise<void> {
  const path = join(candidate, 'README.md');
  const before = await readFile(path, 'utf8').catch(() => '');
  // A directory of open_clip has another file.
  const config = await readFile(join(candidate, 'config.json'), 'utf8').catch(() => undefined);
  const library = config === undefined ? 'open_clip' : 'transformers';
  const baseModel = config === undefined ? undefined : findBaseModel(config);
  await writeFileAtomic(path, renderModelCard({ ...facts, library, baseModel }, before));
}

/** `_name_or_path` of `config.json`, where it is the name of a model of the hub and no path. */
function findBaseModel(config: string): string | undefined {
  const name = (JSON.parse(config) as { _name_or_path?: unknown })._name_or_path;
  return typeof name === 'string' && /^[\w-][\w.-]*\/[\w.-]+$/.test(name) ? name : undefined;
}
