import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const script = new URL('../../../scripts/install-cuda.mjs', import.meta.url).href;
const { describeProvider, extract, verify } = await import(script);
const needed = ['libone.so', 'libtwo.so'];
let folder: string;
let provider: { needed: string[]; binaries: string };

/** A package with these files below some folder of it. */
async function pack(name: string, files: readonly string[]): Promise<string> {
  const AdmZip = createRequire(import.meta.url)('adm-zip');
  const zip = new AdmZip();
  for (const file of files) zip.addFile(`runtimes/native/${file}`, Buffer.from('\x7fELF of it'));
  const path = join(folder, name);
  await writeFile(path, zip.toBuffer());
  return path;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-cuda-'));
  provider = { needed, binaries: join(folder, 'bin') };
  await mkdir(provider.binaries);
});

afterAll(() => rm(folder, { recursive: true }));

describe('installing CUDA', () => {
  it('knows the libraries of the onnxruntime-node that is there', () => {
    expect(describeProvider('linux/x64')).toMatchObject({
      version: '1.30.0',
      needed: ['libonnxruntime_providers_cuda.so', 'libonnxruntime_providers_shared.so'],
      binaries: expect.stringContaining('linux/x64'),
    });
  });

  it('says where there is none', () => {
    expect(() => describeProvider('darwin/arm64')).toThrow(
      'onnxruntime-node 1.30.0 has no CUDA provider for darwin/arm64: only for linux/x64.',
    );
  });

  it('takes the libraries out of a package that was brought, and checks them', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    expect(() => verify(provider)).toThrow('libone.so is missing');
    extract(await pack('whole.nupkg', [...needed, 'other.so']), provider);
    verify(provider);
    expect(log.mock.calls.map(([line]) => line)).toEqual([
      `libone.so: 1 MiB in ${provider.binaries}`,
      `libtwo.so: 1 MiB in ${provider.binaries}`,
    ]);
    expect(await readFile(join(provider.binaries, 'libtwo.so'), 'latin1')).toBe('\x7fELF of it');
    await writeFile(join(provider.binaries, 'libtwo.so'), '<html>');
    expect(() => verify(provider)).toThrow('is no library of this system');
    log.mockRestore();
  });

  it('refuses another package', async () => {
    const other = await pack('other.zip', ['libone.so']);
    expect(() => extract(other, provider)).toThrow('holds no libtwo.so: is it the right package?');
  });
});
