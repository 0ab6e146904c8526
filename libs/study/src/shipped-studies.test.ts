import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parsePlan } from '@holdfast/plan';
import { expect, it } from 'vitest';
import { listCells } from './list-cells.js';
import { parseStudy } from './parse-study.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const folders = ['bench/evidence', 'examples/gtsrb', 'examples/cifar10'];
const studies = folders
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)))
  .filter((path) => path.endsWith('.yaml') && /^methods:/m.test(read(path)));

it('finds the studies of the documents', () => {
  expect(studies.map((path) => basename(path))).toContain('rivals.yaml');
});

it.each(studies)('%s says runs that can begin', (path) => {
  const study = parseStudy(read(path), basename(path));
  const text = read(join(path, '..', study.plan));
  const base = { text, plan: parsePlan(text, study.plan) };
  const cells = listCells({ study, name: basename(path), base, folder: '/studies/one' });
  const variants = study.variants?.size ?? 1;
  expect(cells).toHaveLength(study.methods.size * study.seeds.length * variants);
});
