// Makes images/ and manifest.csv of this example from the extracted full archive (README.md says which).
//
//   node examples/gtsrb/make-images.mjs FOLDER
//
// FOLDER holds manifest.csv (path,label,group,role) and the images it names. Every third photograph of
// every sign is taken, and the official test part. Roles are given anew, by sign, so that no sign is in two:
// signs that trained the base model only train; of the others, per class and in a seeded order, some train,
// some steer, and the rest judge (validation).
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRandom } from '@holdfast/random';

const target = 'speed limit 80';
const seed = 0;
/** Shares of the signs outside the base model's training, for a protected class and for the target. */
const shares = {
  protected: { train: 0.18, steering: 0.16 },
  target: { train: 0.52, steering: 0.16 },
};
/** Of the 30 photographs of a sign, every third. */
const stride = 3;

const here = dirname(fileURLToPath(import.meta.url));
const source = process.argv[2];
if (source === undefined || !existsSync(join(source, 'manifest.csv'))) {
  console.error('usage: node examples/gtsrb/make-images.mjs FOLDER (with manifest.csv in it)');
  process.exit(1);
}

const [, ...lines] = readFileSync(join(source, 'manifest.csv'), 'utf8').trim().split(/\r?\n/);
const rows = lines.map((line) => {
  const [path, label, group, role] = line.split(',');
  return { path, label, group, role };
});

/** The signs of a class, those of the base model apart. */
function listSigns(label) {
  const signs = new Map();
  for (const row of rows) {
    if (row.label === label && row.role !== 'test') signs.set(row.group, row.role.includes('base'));
  }
  const names = [...signs.keys()].sort();
  return { base: names.filter((n) => signs.get(n)), others: names.filter((n) => !signs.get(n)) };
}

const roles = new Map();
const labels = [...new Set(rows.map((row) => row.label))].sort();
for (const [index, label] of labels.entries()) {
  const { base, others } = listSigns(label);
  createRandom(seed, index).shuffle(others);
  const isTarget = label === target;
  const share = isTarget ? shares.target : shares.protected;
  const train = Math.round(others.length * share.train);
  const steering = Math.round(others.length * share.steering);
  for (const sign of base) roles.set(sign, isTarget ? 'base' : 'base+protected');
  for (const [i, sign] of others.entries()) {
    const role =
      i < train
        ? isTarget
          ? 'target'
          : 'protected'
        : i < train + steering
          ? 'steering'
          : 'validation';
    roles.set(sign, role);
  }
}

const kept = rows.filter(
  ({ role, path }) => role === 'test' || Number(/-(\d+)\.png$/.exec(path)[1]) % stride === 0,
);
rmSync(join(here, 'images'), { recursive: true, force: true });
const table = ['path,label,group,role'];
for (const { path, label, group, role } of kept) {
  const to = join(here, 'images', path);
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(join(source, path), to);
  table.push(
    [`images/${path}`, label, group, role === 'test' ? 'test' : roles.get(group)].join(','),
  );
}
writeFileSync(join(here, 'manifest.csv'), `${table.join('\n')}\n`);
console.log(`${kept.length} images`);
