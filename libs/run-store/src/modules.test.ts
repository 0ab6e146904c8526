import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@holdfast/artifacts';
import { expect, it } from 'vitest';
import { describeModules, readModules, writeModules } from './modules.js';
import { describeRunFolder } from './run-folder.js';

const source = 'export default {};';
const module = { name: 'mine.mjs', source, sha256: sha256(source) };

it('keeps modules by their content, and refuses one that was changed or is missing', async () => {
  const folder = describeRunFolder(await mkdtemp(join(tmpdir(), 'holdfast-modules-')));
  const modules = new Map([
    ['./mine.mjs', module],
    ['../same/mine.mjs', module],
  ]);
  await writeModules(folder, modules);
  const described = describeModules(modules);
  expect(await readdir(folder.modules)).toEqual([`${module.sha256}.mjs`]);
  expect(await readModules(folder, described)).toEqual(modules);
  const path = join(folder.modules, `${module.sha256}.mjs`);
  await writeFile(path, 'export default 1;');
  await expect(readModules(folder, described)).rejects.toMatchObject({ kind: 'precondition' });
  await rm(path);
  await expect(readModules(folder, described)).rejects.toThrow(/mine\.mjs, is missing or was/);
});

it('says nothing of a run without modules', async () => {
  const folder = describeRunFolder('/nowhere');
  await writeModules(folder, new Map());
  expect(describeModules(new Map())).toBeUndefined();
  expect(await readModules(folder, undefined)).toEqual(new Map());
});
