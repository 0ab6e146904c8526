import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@holdfast/artifacts';
import { type CardFacts, renderModelCard } from './render-model-card.js';

/** Writes `README.md` of a candidate, from what stands there and the verdict. Once more, it writes the same. */
export async function writeModelCard(
  candidate: string,
  facts: Omit<CardFacts, 'baseModel'>,
): Promise<void> {
  const path = join(candidate, 'README.md');
  const before = await readFile(path, 'utf8').catch(() => '');
  const baseModel = await readBaseModel(candidate);
  await writeFileAtomic(path, renderModelCard({ ...facts, baseModel }, before));
}

/** `_name_or_path` of `config.json`, where it is the name of a model of the hub and no path. */
async function readBaseModel(candidate: string): Promise<string | undefined> {
  const text = await readFile(join(candidate, 'config.json'), 'utf8').catch(() => '{}');
  const name = (JSON.parse(text) as { _name_or_path?: unknown })._name_or_path;
  return typeof name === 'string' && /^[\w-][\w.-]*\/[\w.-]+$/.test(name) ? name : undefined;
}
