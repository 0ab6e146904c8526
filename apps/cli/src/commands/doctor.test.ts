import { describe, expect, it } from 'vitest';
import { runCli } from '../create-program.js';
import type { EngineTools, Sources } from '../doctor/diagnose.js';
import { createFakeTerminal } from '../test-support/fake-terminal.js';
import { examine } from './doctor.js';

const gib = 2 ** 30;

const tools: EngineTools = {
  runtimeVersion: '1.30.0',
  defaultThreads: 2,
  tryProvider: async (provider) =>
    provider === 'webgpu'
      ? { works: true, adapter: 'Radeon', isSoftware: false, speedup: 3 }
      : { works: false, hasDevice: false, reason: 'it is not installed', remedy: 'Install it' },
  measureProducts: async ({ threads }) => threads * 1e11,
  measureTraining: async () => ({
    model: 'a model',
    imagesPerSecond: 12.34,
    operationsPerSecond: 1.5e11,
  }),
};

const sources: Sources = {
  readMachine: async () => ({
    node: '22.1.0',
    platform: 'linux x64',
    processor: 'A Fast One',
    processors: 2,
    load: 0.2,
    simd: ['avx512f'],
    hasWasmSimd: true,
    memory: { totalBytes: 32 * gib, availableBytes: 24 * gib, limitBytes: 28 * gib },
    disk: { path: '/data', freeBytes: 100 * gib },
  }),
  findTfjs: async () => [
    { name: 'tfjs-node-gpu', works: false, reason: 'not installed' },
    {
      ...{ name: 'wasm', works: true },
      backEnd: { name: 'wasm', version: '4.22.0', device: 'CPU' },
    },
  ],
  loadEngine: async () => tools,
};

describe('holdfast doctor', () => {
  it('shows what it found, what it measured and what to change', async () => {
    const terminal = createFakeTerminal();
    expect(await examine({ measure: true }, terminal, sources)).toBe(0);
    expect(terminal.written.output).toBe(`Machine
  Node          22.1.0
  platform      linux x64
  processor     A Fast One
  processors    2; the engine takes 2 threads by default; load 0.2
  SIMD          avx512f; WebAssembly: yes
  memory        32.0 GiB, 24.0 GiB available, a container's limit of 28.0 GiB
  disk          100.0 GiB free in /data
  onnxruntime   1.30.0

Providers of onnxruntime
  cpu      works: A Fast One
  webgpu   works: Radeon, 3.0 times the processor
  cuda     not here: it is not installed. Install it

Back ends of TensorFlow.js, for objectives and constraints of your own
  tfjs-node-gpu   not taken: not installed (npm run install-tfjs)
  wasm            taken: TensorFlow.js 4.22.0 on wasm, CPU

Measured
  matrix products, 1 thread    100 GFLOP/s at the sizes of ViT-B/16
  matrix products, 2 threads   200 GFLOP/s at the sizes of ViT-B/16
  training step, 2 threads     12.3 images/s (a model): 150 GFLOP/s, 75 % of the products' rate

What to change to be faster
  - webgpu (Radeon) runs matrix products 3.0 times as fast as the processor: try --execution-provider webgpu.
`);
  });

  it('exits with 1 where the native library does not load, and still says the rest', async () => {
    const terminal = createFakeTerminal();
    const loadEngine = () => Promise.reject(new Error('libstdc++.so.6: not found\n    at x'));
    const code = await examine({ measure: true }, terminal, { ...sources, loadEngine });
    expect(code).toBe(1);
    expect(terminal.written.output).toContain('cpu   broken: libstdc++.so.6: not found\n');
    expect(terminal.written.output).toContain('Broken\n  - onnxruntime-node does not load');
    expect(terminal.written.output).not.toMatch(/Measured|faster|by default/);
  });

  it('measures this machine, as JSON', async () => {
    const terminal = createFakeTerminal();
    expect(await runCli(['doctor', '--json'], terminal)).toBe(0);
    const found = JSON.parse(terminal.written.output);
    expect(found).toMatchObject({ schema: 'holdfast.doctor/1', onnxruntime: '1.30.0', broken: [] });
    // One that is always there stands at the end.
    expect(found.tfjs.at(-1)).toMatchObject({ works: true });
    const { products, training } = found.measurements;
    for (const { gflops } of products) expect(gflops).toBeGreaterThan(0.5);
    expect(training.imagesPerSecond).toBeGreaterThan(0);
    // Of the same products, in a step that does more: other work on the machine makes either slower.
    expect(training.shareOfProducts).toBeGreaterThan(0.05);
    expect(training.shareOfProducts).toBeLessThan(3);
  }, 120_000);

  it('measures nothing if told so', async () => {
    const terminal = createFakeTerminal();
    expect(await runCli(['doctor', '--no-measure'], terminal)).toBe(0);
    expect(terminal.written.output).toContain('Providers of onnxruntime');
    expect(terminal.written.output).not.toContain('Measured');
  });
});
