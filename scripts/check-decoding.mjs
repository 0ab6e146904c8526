// Holds the reading of damaged images, and of orientations wherever they stand, against Pillow: refused where
// Pillow refuses, else the same pixels.
//
//   node scripts/check-decoding.mjs PYTHON [SEED]      # an interpreter with Pillow 13.0 and numpy
//
// Exits with 1 if one image is read that Pillow refuses, refused that it reads, or has other pixels; of the
// damaged JPEGs that Pillow reads, one in a hundred may be too much for the decoder library; damaged PNGs, WebPs
// and TIFFs that it reads may be refused (most for a checksum), but not read with other pixels.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareImage } from '../libs/image/dist/index.js';

const [python, seed = '0'] = process.argv.slice(2);
if (python === undefined) {
  console.error('usage: node scripts/check-decoding.mjs PYTHON [SEED]');
  process.exit(1);
}

/** sha256 of an image's pixels at its own size, or why it is refused. */
async function read(file, { width = 1, height = 1 }) {
  const plain = { doResize: false, doRescale: false, doNormalize: false };
  const rest = { shortestEdge: 1, rescaleFactor: 1, mean: [0, 0, 0], std: [1, 1, 1] };
  const crop = { cropHeight: height, cropWidth: width };
  try {
    const pixels = await prepareImage(file, { ...plain, ...rest, ...crop });
    return { sha256: createHash('sha256').update(pixels).digest('hex') };
  } catch (error) {
    return { refused: error.message.replace(file, 'it') };
  }
}

const folder = mkdtempSync(join(tmpdir(), 'holdfast-decoding-'));
try {
  const script = fileURLToPath(new URL('make-odd-images.py', import.meta.url));
  const fixtures = fileURLToPath(new URL('../libs/image/fixtures', import.meta.url));
  const { status } = spawnSync(python, [script, fixtures, folder, seed], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the images could not be made');
  const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
  const counts = { refused: 0, identical: 0, spared: 0, stricter: 0, different: 0 };
  for (const [name, pillow] of Object.entries(expected)) {
    const own = await read(join(folder, name), pillow);
    const isSame = own.sha256 === pillow.sha256;
    // libvips gives up where libjpeg warns too often; a few of these may be (docs/images.md).
    if (/Corrupt JPEG data|Inconsistent progression/.test(own.refused) && pillow.sha256) {
      counts.spared += 1;
      continue;
    }
    if (/^\d+-.*(png|webp|tif)$/.test(name) && own.refused && pillow.sha256) {
      counts.stricter += 1;
      continue;
    }
    counts[!isSame ? 'different' : own.sha256 === undefined ? 'refused' : 'identical'] += 1;
    if (isSame) continue;
    const describe = ({ refused }) => refused ?? 'read';
    console.log(`${name}: here ${describe(own)}; Pillow ${describe(pillow)}`);
  }
  console.log(
    `${counts.refused} refused by both, ${counts.identical} read with the same pixels, ${counts.spared} with too many warnings, ${counts.stricter} damaged PNGs, WebPs and TIFFs that Pillow reads refused`,
  );
  const sparedMax = Object.keys(expected).length / 100;
  if (counts.different > 0 || counts.spared > sparedMax) {
    console.log(`${counts.different} of ${Object.keys(expected).length} differ`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
