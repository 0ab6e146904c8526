// Makes images/ and manifest.csv of this example from CIFAR-10's binary version (README.md says where it is).
//
//   node examples/cifar10/make-images.mjs FOLDER
//
// FOLDER holds data_batch_1.bin to data_batch_5.bin and test_batch.bin: images of one byte of label and 3,072 of
// pixels, planes of red, green and blue. roles.txt has, for each class, a letter for each of its 5,000 training
// images in the order of those files.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const side = 32;
const plane = side * side;
const imagesPerFile = 10_000;
/** In the order of CIFAR-10's labels, which is the alphabet's. */
const classes = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');
/** The base model's images (b) and those left over (-) are not needed. */
const roleOf = { p: 'protected', t: 'target', s: 'steering', v: 'validation' };

const here = dirname(fileURLToPath(import.meta.url));
const source = process.argv[2];
if (source === undefined || !existsSync(join(source, 'test_batch.bin'))) {
  console.error('usage: node examples/cifar10/make-images.mjs FOLDER (with test_batch.bin in it)');
  process.exit(1);
}

/** Images of a file as `[label, interleaved pixels]`. */
function* readImages(name) {
  const bytes = readFileSync(join(source, name));
  const length = 1 + 3 * plane;
  if (bytes.length !== imagesPerFile * length) {
    throw new Error(`${name} has ${bytes.length} bytes, not those of ${imagesPerFile} images`);
  }
  for (let at = 0; at < bytes.length; at += length) {
    const pixels = Buffer.alloc(3 * plane);
    for (let i = 0; i < 3 * plane; i += 1) {
      pixels[3 * (i % plane) + Math.floor(i / plane)] = bytes[at + 1 + i];
    }
    yield [bytes[at], pixels];
  }
}

/** The letters of every class. */
function readRoles() {
  const roles = new Map();
  let letters;
  for (const line of readFileSync(join(here, 'roles.txt'), 'utf8').trim().split('\n')) {
    if (classes.includes(line)) {
      letters = [];
      roles.set(line, letters);
    } else {
      letters.push(...line);
    }
  }
  return roles;
}

const roles = readRoles();
rmSync(join(here, 'images'), { recursive: true, force: true });
const table = ['path,label,role'];
for (const [part, files] of [
  ['train', [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`)],
  ['test', ['test_batch.bin']],
]) {
  for (const label of classes) mkdirSync(join(here, 'images', part, label), { recursive: true });
  const seen = classes.map(() => 0);
  for (const file of files) {
    for (const [index, pixels] of readImages(file)) {
      const label = classes[index];
      const number = seen[index]++;
      const role = part === 'test' ? 'test' : roleOf[roles.get(label)[number]];
      if (role === undefined) continue;
      const path = `images/${part}/${label}/${String(number).padStart(4, '0')}.png`;
      const raw = { width: side, height: side, channels: 3 };
      await sharp(pixels, { raw }).png().toFile(join(here, path));
      table.push(`${path},${label},${role}`);
    }
  }
}
writeFileSync(join(here, 'manifest.csv'), `${table.join('\n')}\n`);
console.log(`${table.length - 1} images`);
