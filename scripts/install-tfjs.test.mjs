import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { extract } from './install-tfjs.mjs';

const folders = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A tarball of empty files. */
function writeTarball(names) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-tfjs-'));
  folders.push(folder);
  for (const name of names) {
    mkdirSync(dirname(join(folder, 'from', name)), { recursive: true });
    writeFileSync(join(folder, 'from', name), '');
  }
  spawnSync('tar', ['-czf', join(folder, 'library.tar.gz'), '-C', join(folder, 'from'), '.']);
  return { file: join(folder, 'library.tar.gz'), target: join(folder, 'to') };
}

it.each([
  ['a wheel', ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/include/tensorflow/c/c_api.h']],
  ['a C library', ['lib/libtensorflow.so.2', 'include/tensorflow/c/c_api.h']],
])('takes library and headers as %s has them', (_, names) => {
  const framework = names[0].replace(/libtensorflow[^/]*$/, 'libtensorflow_framework.so.2');
  const { file, target } = writeTarball([...names, framework, 'tensorflow/other.py']);
  extract(file, target);
  expect(existsSync(join(target, 'include', 'tensorflow', 'c', 'c_api.h'))).toBe(true);
  expect(readlinkSync(join(target, 'lib', 'libtensorflow.so'))).toBe(names[0].split('/').at(-1));
  expect(existsSync(join(target, 'lib', 'libtensorflow_framework.so'))).toBe(true);
  expect(existsSync(join(target, 'unpacked'))).toBe(false);
});

it('refuses what holds no TensorFlow', () => {
  const { file, target } = writeTarball(['lib/libother.so.2']);
  expect(() => extract(file, target)).toThrow('holds no libtensorflow.so with include');
});
