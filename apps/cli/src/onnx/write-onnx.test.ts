import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '@holdfast/engine';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { modelPath } from '../test-support/example.js';
import { createFakeTerminal } from '../test-support/fake-terminal.js';
import { writeOnnx } from './write-onnx.js';

let engines = 0;
vi.mock('@holdfast/engine', async (importOriginal) => {
  const original = await importOriginal<{ createEngine(): Promise<Engine> }>();
  return {
    ...original,
    async createEngine() {
      const engine = await original.createEngine();
      engines += 1;
      const close = async () => {
        engines -= 1;
        await engine.close();
      };
      return { ...engine, close };
    },
  };
});

describe('writeOnnx', () => {
  let folder = '';
  afterEach(() => rm(folder, { recursive: true }));

  it('leaves no engine behind, whether it succeeds or fails', async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-onnx-'));
    const write = () => writeOnnx(folder, { weightType: 'fp32' }, createFakeTerminal());
    await expect(write()).rejects.toThrow();
    expect(engines).toBe(0);
    await cp(modelPath, folder, { recursive: true });
    expect(await write()).toHaveLength(3);
    expect(engines).toBe(0);
  });
});
