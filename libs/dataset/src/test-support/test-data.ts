import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encodePng } from '@holdfast/testing';
import { onTestFinished } from 'vitest';

/** Makes a folder that is gone when the test has ended. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-dataset-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files, by path inside a folder of their own; a loader does not look into images. */
export async function writeFiles(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  const folder = await makeFolder();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

/** Distinct images, five of each label, as `<label>/<number>.png`. */
export function createImages(labels: readonly string[], count = 5): Record<string, string> {
  const names = labels.flatMap((label) =>
    Array.from({ length: count }, (_, i) => `${label}/${i}.png`),
  );
  return Object.fromEntries(names.map((name) => [name, `content of ${name}`]));
}

/** A PNG of one colour, 4 x 4 pixels. */
export function createPng(red: number, green: number, blue: number): Buffer {
  const colour = [red, green, blue];
  return encodePng(
    4,
    4,
    Uint8Array.from({ length: 4 * 4 * 3 }, (_, i) => colour[i % 3]!),
  );
}
