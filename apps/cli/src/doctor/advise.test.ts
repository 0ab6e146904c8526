import { expect, it } from 'vitest';
import { advise } from './advise.js';
import type { Diagnosis, ProviderState } from './diagnosis.js';
import type { Machine } from './machine.js';

const gib = 2 ** 30;

const machine: Machine = {
  node: '22.1.0',
  platform: 'linux x64',
  processor: 'A Fast One',
  processors: 4,
  load: 0.2,
  simd: ['avx2', 'fma', 'avx512f'],
  hasWasmSimd: true,
  memory: { totalBytes: 32 * gib, availableBytes: 24 * gib },
  disk: { path: '/data', freeBytes: 100 * gib },
};

const cpu: ProviderState = { provider: 'cpu', state: 'works', detail: 'A Fast One' };

const sound: Diagnosis = {
  machine,
  onnxruntime: '1.30.0',
  providers: [cpu],
  tfjs: [],
  defaultThreads: 4,
};

const withMachine = (facts: Partial<Machine>): Diagnosis => ({
  ...sound,
  machine: { ...machine, ...facts },
});

const withProvider = (state: Omit<ProviderState, 'provider'>): Diagnosis => ({
  ...sound,
  providers: [cpu, { provider: 'webgpu', ...state }],
});

const rates = (one: number, four: number, eight: number) => [
  { threads: 1, gflops: one },
  { threads: 4, gflops: four },
  { threads: 8, gflops: eight },
];

const measured = (share: number, products = rates(100, 350, 600)): Diagnosis => ({
  ...withMachine({ processors: 8 }),
  measurements: {
    products,
    training: {
      model: 'a model',
      threads: 4,
      imagesPerSecond: 9,
      gflops: 350 * share,
      shareOfProducts: share,
    },
  },
});

it('finds nothing wrong with a sound machine', () => {
  expect(advise(sound)).toEqual({ broken: [], changes: [] });
});

it.each<[string, Diagnosis, string]>([
  [
    'a quota',
    withMachine({ processorQuota: 1.5 }),
    'may use 1.5 of 4 processors, but the engine takes 4 threads by default: run with --threads 2',
  ],
  [
    'other work',
    withMachine({ load: 7.25 }),
    '7.3 processes want to run on 4 processors: stop what else runs',
  ],
  [
    'processors that idle',
    withMachine({ processors: 16 }),
    'The engine takes 4 threads by default: try --threads 16.',
  ],
  ['threads that help', measured(0.9), 'try --threads 8 (matrix products ran 1.7 times as fast)'],
  ['no AVX-512', withMachine({ simd: ['avx2', 'fma'] }), 'AVX2 but no AVX-512'],
  ['no AVX2', withMachine({ simd: ['sse4_2', 'avx'] }), 'no AVX2 and FMA'],
  [
    'little memory',
    withMachine({ memory: { totalBytes: 8 * gib, availableBytes: 3 * gib } }),
    '3.0 GiB of memory are free; a ViT-B/16 trained whole takes about 6.0 GiB',
  ],
  [
    'a full disk',
    withMachine({ disk: { path: '/data', freeBytes: gib } }),
    '1.0 GiB are free where runs are written',
  ],
  [
    'a GPU',
    withProvider({ state: 'works', detail: 'Radeon', speedup: 8 }),
    'webgpu (Radeon) runs matrix products 8.0 times as fast as the processor: try --execution-provider webgpu.',
  ],
  ['a slow GPU', withProvider({ state: 'works', detail: 'Radeon', speedup: 0.5 }), 'stay with cpu'],
  [
    'a GPU without a driver',
    withProvider({ state: 'broken', detail: 'no driver. Install one' }),
    'There is a device for webgpu, which does not work: no driver. Install one.',
  ],
  [
    'a slow step',
    measured(0.4),
    'A training step reaches 40 % of the rate of its matrix products: memory may be slow',
  ],
])('says what to do about %s', (_, diagnosis, line) => {
  expect(advise(diagnosis).changes.join('\n')).toContain(line);
  expect(advise(diagnosis).broken).toEqual([]);
});

it.each<[string, Diagnosis]>([
  ['software', withProvider({ state: 'software', detail: 'SwiftShader' })],
  ['nothing', withProvider({ state: 'absent', detail: 'no adapter. Install one' })],
  ['threads that do not help', measured(0.9, rates(100, 350, 360))],
  ['another instruction set', withMachine({ platform: 'linux arm64', simd: ['asimd'] })],
])('says nothing about %s', (_, diagnosis) => {
  expect(advise(diagnosis).changes).toEqual([]);
});

it.each<[string, Diagnosis, string]>([
  [
    'an old Node',
    withMachine({ node: '20.11.1' }),
    'Node 20.11.1 is too old: Holdfast needs 20.19 or newer.',
  ],
  [
    'a runtime that does not load',
    { ...sound, onnxruntime: null },
    'onnxruntime-node does not load',
  ],
  ['WebAssembly without SIMD', withMachine({ hasWasmSimd: false }), 'WebAssembly has no SIMD'],
])('calls %s broken', (_, diagnosis, line) => {
  expect(advise(diagnosis).broken.join('\n')).toContain(line);
});
