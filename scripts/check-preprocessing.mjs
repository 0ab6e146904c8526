// Holds the preparation of images against transformers' CLIPImageProcessor on Pillow: many kinds and sizes.
//
//   node scripts/check-preprocessing.mjs PYTHON      # an interpreter with transformers 5.24, Pillow 13.0 and safetensors
//
// Exits with 1 if a value differs by more than 2 of 255.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareImage } from '../libs/image/dist/index.js';
import { parseSafetensors } from '../libs/safetensors/dist/index.js';

const [python] = process.argv.slice(2);
if (python === undefined) {
  console.error('usage: node scripts/check-preprocessing.mjs PYTHON');
  process.exit(1);
}
const allowed = 2;
const preprocessing = {
  ...{ doResize: true, shortestEdge: 224, cropHeight: 224, cropWidth: 224 },
  ...{
    doRescale: true,
    rescaleFactor: 1 / 255,
    doNormalize: false,
    mean: [0, 0, 0],
    std: [1, 1, 1],
  },
};
const folder = mkdtempSync(join(tmpdir(), 'holdfast-images-'));
try {
  const script = fileURLToPath(new URL('make-images.py', import.meta.url));
  const { status } = spawnSync(python, [script, folder], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the images could not be made');
  const { tensors } = parseSafetensors(readFileSync(join(folder, 'expected.safetensors')));
  const counts = new Map();
  for (const [name, { data }] of tensors) {
    const pixels = await prepareImage(join(folder, name), preprocessing);
    const worst = pixels.reduce((most, value, i) => Math.max(most, Math.abs(value - data[i])), 0);
    counts.set(worst, (counts.get(worst) ?? 0) + 1);
    if (worst > 0) console.log(`${name} differs by up to ${worst} of 255`);
  }
  for (const [worst, images] of counts)
    console.log(`${images} of ${tensors.size} images: ${worst}`);
  if (Math.max(...counts.keys()) > allowed) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
