// Lays out the bench of scarce protected images (docs/evidence.md): a CLIP that knows ten signs and the ten classes of CIFAR-10,
// to be improved at one sign.
//
//   node bench/evidence/make-scarce.mjs FOLDER
//
// FOLDER has model/ (signs-and-objects), gtsrb/ and cifar10/ (the extracted archives with their manifests) and manifest.csv
// (signs-and-objects-20.csv). It gets pool/, 5,000 images of CIFAR-10's training part that manifest.csv has for nothing and the
// model was not trained on, in an order that knows no label and under names that tell none; manifest-100.csv, manifest.csv with 100
// images of each class of objects to train on, none of them in pool/; texts.txt, the prompts of the ten classes; and the plan and
// studies beside this script.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const poolSize = 5000;
const protectedSize = 100;
const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node bench/evidence/make-scarce.mjs FOLDER');
  process.exit(1);
}

/** Paths that a manifest gives a role, from `folder`. */
function listUsed(name, prefix) {
  const [header, ...rows] = readFileSync(join(folder, name), 'utf8').trim().split(/\r?\n/);
  const columns = header.split(',');
  const [path, role] = [columns.indexOf('path'), columns.indexOf('role')];
  // Training of CIFAR-10's own task does not concern this model; what it was trained on does.
  const counts = (cell) => prefix === '' || cell.includes('base');
  return rows
    .map((row) => row.split(','))
    .flatMap((row) => (counts(row[role]) ? [prefix + row[path]] : []));
}

const used = new Set([
  ...listUsed('manifest.csv', ''),
  ...listUsed('cifar10/manifest.csv', 'cifar10/'),
]);
const train = 'cifar10/train';
const unused = readdirSync(join(folder, train), { recursive: true })
  .map((path) => `${train}/${path.replaceAll('\\', '/')}`)
  .filter((path) => /\.(jpg|png)$/.test(path) && !used.has(path))
  .map((path) => ({ path, key: createHash('sha256').update(path).digest('hex') }))
  .sort((one, other) => (one.key < other.key ? -1 : 1));
const pool = unused.slice(0, poolSize);
mkdirSync(join(folder, 'pool'));
for (const { path, key } of pool)
  linkSync(join(folder, path), join(folder, 'pool', `${key.slice(0, 16)}.jpg`));

const objects = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
];

const rows = readFileSync(join(folder, 'manifest.csv'), 'utf8').trim().split(/\r?\n/);
const more = objects.flatMap((label) => {
  const of = `${train}/${label}/`;
  const known = rows.filter((row) => row.includes(`,${label},`) && row.endsWith(',protected'));
  return unused
    .slice(poolSize)
    .filter(({ path }) => path.startsWith(of))
    .slice(0, protectedSize - known.length)
    .map(({ path }) => `${path},${label},${path.slice('cifar10/'.length)},protected`);
});
writeFileSync(join(folder, 'manifest-100.csv'), `${[...rows, ...more].join('\n')}\n`);
writeFileSync(join(folder, 'texts.txt'), objects.map((name) => `a photo of a ${name}.\n`).join(''));
for (const name of readdirSync(import.meta.dirname).filter((file) => file.endsWith('.yaml'))) {
  copyFileSync(join(import.meta.dirname, name), join(folder, name));
}
console.log(`${pool.length} unlabelled images, ${more.length} more labelled ones`);
