import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSafetensors, toFloat32 } from '@holdfast/safetensors';
import { onTestFinished } from 'vitest';

const fixtures = fileURLToPath(new URL('../../fixtures/clip-formats/', import.meta.url));
const tokenizer = fileURLToPath(new URL('../../../clip/fixtures/tokenizer', import.meta.url));

/** Copies a golden model, with a tokenizer, to a folder `model` in one that is gone after the test. */
export async function copyModel(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-formats-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const model = join(folder, 'model');
  await cp(tokenizer, model, { recursive: true });
  await cp(join(fixtures, name), model, { recursive: true });
  return model;
}

/** The tensors that a golden model's own library computed, as float32. */
export async function readExpected(name: string) {
  const bytes = await readFile(join(fixtures, name, 'expected.safetensors'));
  const { tensors } = parseSafetensors(bytes);
  return (tensor: string) => toFloat32(tensors.get(tensor)!);
}
