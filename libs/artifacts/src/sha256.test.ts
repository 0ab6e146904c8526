import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sha256, sha256File } from './sha256.js';

// FIPS 180-2, appendix B.1.
const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

it('hashes bytes, texts and files alike', async () => {
  expect(sha256('abc')).toBe(abc);
  expect(sha256(Uint8Array.of(97, 98, 99))).toBe(abc);
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-sha256-'));
  await writeFile(join(folder, 'file'), 'abc');
  expect(await sha256File(join(folder, 'file'))).toBe(abc);
  await rm(folder, { recursive: true });
});

it('names a file that cannot be read', async () => {
  await expect(sha256File('nothing-here')).rejects.toMatchObject({
    kind: 'not-found',
    message: expect.stringContaining('nothing-here'),
  });
});
