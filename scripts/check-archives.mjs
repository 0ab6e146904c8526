// Holds the reading of archives against the tools that people write them with, webdataset, Python's tarfile, pyarrow and datasets:
// the same images, labels and groups; damaged archives are refused by name; and a run has the same bits whether its images lie in
// a folder, in tars, or in Parquet.
//
//   node scripts/check-archives.mjs PYTHON [SEED]      # an interpreter with webdataset, pyarrow, datasets, Pillow, numpy
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadDataset, readSampleImageSync } from '../libs/dataset/dist/index.js';
import { defaultImageLimits } from '../libs/image/dist/index.js';
import { createRandom } from '../libs/random/dist/index.js';

const [python, seed = '0'] = process.argv.slice(2);
if (python === undefined) {
  console.error('usage: node scripts/check-archives.mjs PYTHON [SEED]');
  process.exit(1);
}

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'holdfast-archives-'));
// Every archive is read, not known from the last time.
process.env.XDG_CACHE_HOME = join(folder, 'cache');

const load = (pattern, columns) =>
  loadDataset({
    root: folder,
    archives: { patterns: [{ pattern }], columns },
    split: { steering: 0.2, validation: 0.3, seed: 0 },
    targetClasses: ['speed limit 80'],
  });

function require(isSo, what) {
  if (!isSo) throw new Error(what);
}

/** Columns of what make-archives.py writes. */
function columnsOf(name) {
  if (name.endsWith('.parquet')) return { group: 'drive' };
  return name.startsWith('webdataset') ? { label: 'name', group: 'drive' } : {};
}

async function checkWhole(name, expected) {
  const { samples } = await load(name, columnsOf(name));
  require(samples.length === Object.keys(expected).length, `${name}: ${samples.length} images`);
  for (const { relativePath, path, sha256, label, group } of samples) {
    const image = relativePath.slice(relativePath.indexOf('/') + 1);
    const found = JSON.stringify([sha256, label, group]);
    require(found === JSON.stringify(expected[image]), `${relativePath}: ${found}`);
    const bytes = await readSampleImageSync(path, defaultImageLimits);
    const hash = createHash('sha256').update(bytes).digest('hex');
    require(hash === sha256, `${relativePath} has other bytes when it is read again`);
  }
}

/** Cuts an archive off, or changes bytes of it: it is read or refused by name, and what is cut off is refused. */
async function checkDamaged(name, random, counts) {
  const content = readFileSync(join(folder, name));
  for (let i = 0; i < 60; i += 1) {
    const isCut = i % 3 === 0;
    const damaged = Buffer.from(
      isCut ? content.subarray(0, random.integer(content.length)) : content,
    );
    const changes = isCut ? 0 : 1 + random.integer(20);
    for (let j = 0; j < changes; j += 1) {
      // Half of the changes where the structure is: at the end of Parquet, in headers of a tar.
      const place =
        j % 2 === 0
          ? random.integer(content.length)
          : name.endsWith('.tar')
            ? 512 * random.integer(content.length / 512) + random.integer(512) * (j % 4 === 1)
            : content.length - 1 - random.integer(Math.min(2000, content.length));
      damaged[place] = random.integer(256);
    }
    const path = `damaged${name.slice(name.lastIndexOf('.'))}`;
    writeFileSync(join(folder, path), damaged);
    const start = performance.now();
    const end = await load(path, columnsOf(name)).then(
      () => 'read',
      (error) => {
        const isTold = error.constructor.name === 'Fault' && error.kind === 'invalid';
        require(isTold, `${name}, variant ${i}: ${error.stack}`);
        return 'refused';
      },
    );
    require(!isCut || end === 'refused', `${name}, variant ${i}, cut off, is read`);
    require(performance.now() - start < 20_000, `${name}, variant ${i} takes too long`);
    counts[end] += 1;
  }
}

const plan = `model: ${here('../examples/gtsrb/model')}
target: { class: speed limit 80 }
training: { steps: 4, targetBatch: 8, examplesPerTask: 4 }
selection: { everySteps: 2, alphas: [1] }
gate: { judgementsMax: 40 }
engine: { threads: 1 }
`;

/** Files of a run that depend on images, classes and groups, and on nothing else. */
function run(name, data) {
  writeFileSync(join(folder, `${name}.yaml`), `${plan}data: ${JSON.stringify(data)}\n`);
  const argv = [here('../apps/cli/bin/holdfast.mjs'), 'run', `${name}.yaml`, '--run-folder', name];
  const { status, stderr } = spawnSync(process.execPath, argv, { cwd: folder, encoding: 'utf8' });
  require(status === 0 || status === 2, `the run of the ${name} ended with ${status}: ${stderr}`);
  const read = (file) => readFileSync(join(folder, name, file));
  const { data: _, plan: __, ...verdict } = JSON.parse(read('verdict.json'));
  const files = ['metrics.jsonl', 'candidate/model.safetensors'].map(read);
  return createHash('sha256')
    .update(JSON.stringify([verdict, files]))
    .digest('hex');
}

try {
  const { status, stderr } = spawnSync(python, [here('make-archives.py'), folder], {
    encoding: 'utf8',
    env: { ...process.env, HF_HUB_OFFLINE: '1' },
  });
  require(status === 0, `the archives could not be made: ${stderr}`);
  const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
  for (const [name, images] of Object.entries(expected)) await checkWhole(name, images);
  console.log(`${Object.keys(expected).length} archives read as they were written`);

  const large = await load('large.parquet', {}).catch((error) => error.message);
  require(/row_group_size=100/.test(large), `large.parquet: ${large}`);

  const counts = { read: 0, refused: 0 };
  const random = createRandom(Number(seed));
  const damaged = ['webdataset-000000.tar', 'pax.tar', 'gnu.tar', 'datasets.parquet'];
  for (const name of [...damaged, 'pyarrow.parquet', 'pages.parquet', 'brotli.parquet']) {
    await checkDamaged(name, random, counts);
  }
  const { maxRSS } = process.resourceUsage();
  console.log(
    `of ${counts.read + counts.refused} damaged archives ${counts.refused} are refused by name, ${counts.read} read, with ${Math.round(maxRSS / 1024)} MiB at most`,
  );
  require(maxRSS < 2 * 2 ** 20, 'that is too much memory');

  const runs = [
    run('folder', { root: 'images' }),
    run('tars', { archives: 'webdataset-*.tar', columns: { label: 'name' } }),
    run('parquet', { archives: 'datasets.parquet' }),
  ];
  require(new Set(runs).size === 1, `runs differ: ${runs}`);
  console.log('a folder, tars and Parquet of the same images: the same weights and verdict');
} finally {
  rmSync(folder, { recursive: true });
}
