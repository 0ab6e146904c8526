// A step of the engine's vision tower on each execution provider, and in PyTorch on CUDA: wall time.
//
//   node bench/device.mjs [PYTHON] [--providers cpu,webgpu,cuda] [--size vit-b-16-vision] [--batch 64] [--rounds 2] [--steps 10]
//                         [--chunk 32] [--threads 4]
//
// A step is forward, backward from a given gradient of the embeddings, gradient norm, clipping and AdamW, as in tower.mjs. Rounds
// run every row in turn, each in a process of its own; the fastest step of all and the median of the medians are printed. PYTHON is
// an interpreter with torch for CUDA and safetensors: float32, and TF32 where that is said. Errors are distances of embeddings and gradient
// from the first provider's, relative, in the 2-norm. Memory is what the device has less of (nvidia-smi) when the steps end.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRandom } from '@holdfast/random';
import { createLocalEngine } from '../libs/engine/dist/engine-core.js';
import { sizes, writeRandomModel } from './random-model.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    providers: { type: 'string', default: 'cpu,webgpu,cuda' },
    size: { type: 'string', default: 'vit-b-16-vision' },
    batch: { type: 'string', default: '64' },
    rounds: { type: 'string', default: '2' },
    steps: { type: 'string', default: '10' },
    /** Images that a session takes at once; default: the engine's choice. */
    chunk: { type: 'string' },
    /** Of the processor. */
    threads: { type: 'string', default: '4' },
    /** Internal: measure one provider in this process. */
    provider: { type: 'string' },
    folder: { type: 'string' },
  },
});
const batch = Number(values.batch);
const steps = Number(values.steps);
const warmup = 2;
const runId = 'bench';

async function measureEngine(executionProvider) {
  const { vision, projectionSize } = sizes[values.size];
  const engine = createLocalEngine({
    ...{ threads: Number(values.threads), activationBudgetBytes: 2 ** 40 },
    provider: { executionProvider, providerReason: 'a measurement' },
  });
  const { arrayLength } = await engine.openModel({ runId, path: values.folder });
  const { imageChunkSize } = await engine.prepareEncoding({
    ...{ runId, imageBatchSize: batch },
    ...(values.chunk && { imageChunkSize: Number(values.chunk) }),
  });
  const random = createRandom(1);
  const draw = (length) => Float32Array.from({ length }, () => random.normal());
  const pixels = draw(batch * 3 * vision.imageSize ** 2);
  const imageGradients = draw(batch * projectionSize).map((x) => x / batch);
  const images = { count: batch, pixels };
  const parts = {
    forward: () => engine.encode({ runId, step: 0, array: 'parameters', retain: false, images }),
    encode: (step) => engine.encode({ runId, step, array: 'parameters', retain: true, images }),
    backward: (step) => engine.backpropagate({ runId, step, imageGradients }),
    update: async (step) => {
      const norm = Math.sqrt(await engine.computeSquaredNorm({ runId, array: 'gradient' }));
      await engine.applyAdamw({
        ...{ runId, step: step + 1, learningRate: 1e-5, weightDecay: 0.1, beta1: 0.9 },
        ...{ beta2: 0.999, epsilon: 1e-8, gradientScale: Math.min(1, 1 / norm) },
      });
    },
  };
  // The first step's numbers, before the ways part.
  const { imageEmbeddings } = await parts.encode(0);
  await parts.backward(0);
  const gradient = await engine.readArray({
    ...{ runId, array: 'gradient', offset: 0, count: arrayLength },
  });
  const save = (name, data) =>
    writeFileSync(join(values.folder, `${executionProvider}.${name}`), Buffer.from(data.buffer));
  save('embeddings', imageEmbeddings);
  save('gradient', gradient);

  const times = { forward: [], encode: [], backward: [], update: [], step: [] };
  for (let step = 0; step < warmup + steps; step += 1) {
    let total = 0;
    for (const [name, run] of Object.entries(parts)) {
      const start = performance.now();
      await run(step);
      const ms = performance.now() - start;
      if (name !== 'forward') total += ms;
      if (step >= warmup) times[name].push(ms);
    }
    if (step >= warmup) times.step.push(total);
  }
  console.log(
    JSON.stringify({
      ...{ peer: `Holdfast, ${executionProvider}`, chunk: imageChunkSize },
      ...Object.fromEntries(Object.entries(times).map(([name, all]) => [name, describe(all)])),
      ...{ device_mb: readDeviceMemory() },
      host_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    }),
  );
  process.exit(0);
}

function describe(times) {
  return { min: round(Math.min(...times)), median: round(median(times)) };
}

const round = (x) => Math.round(x * 10) / 10;

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

/** MB in use on the device, by everyone; 0 without one. */
function readDeviceMemory() {
  const query = ['--query-gpu=memory.used', '--format=csv,noheader,nounits'];
  return Number(spawnSync('nvidia-smi', query, { encoding: 'utf8' }).stdout ?? 0);
}

function spawnMeasurement(command, args) {
  const before = readDeviceMemory();
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8', cwd: root });
  if (status !== 0) {
    console.log(`failed: ${args.join(' ')}\n${stderr.slice(-2000)}`);
    return undefined;
  }
  const row = JSON.parse(stdout.trim().split('\n').at(-1));
  row.device_mb -= before;
  console.log(JSON.stringify(row));
  return row;
}

/** |a - b| / |b| of two files of float32. */
function measureDistance(a, b) {
  const [x, y] = [a, b].map((path) => {
    // A small file is read into a part of a larger buffer.
    const { buffer, byteOffset, length } = readFileSync(path);
    return new Float32Array(buffer, byteOffset, length / 4);
  });
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < y.length; i += 1) {
    difference += (x[i] - y[i]) ** 2;
    norm += y[i] ** 2;
  }
  return Math.sqrt(difference / norm);
}

function compare(python, folder) {
  const providers = values.providers.split(',');
  const ours = (provider) =>
    spawnMeasurement(process.execPath, [
      ...[fileURLToPath(import.meta.url), '--provider', provider, '--folder', folder],
      ...['--size', values.size, '--batch', values.batch, '--steps', values.steps],
      ...['--threads', values.threads, ...(values.chunk ? ['--chunk', values.chunk] : [])],
    ]);
  const theirs = (mode, ...options) =>
    spawnMeasurement(python, [
      ...['bench/pytorch_tower.py', folder, '--mode', mode, '--device', 'cuda', ...options],
      ...['--batch', values.batch, '--steps', values.steps],
    ]);
  const rounds = Array.from({ length: Number(values.rounds) }, () => [
    ...providers.map(ours),
    ...(python ? [[], ['--tf32']] : []).map((options) => theirs('step', ...options)),
    ...(python ? [[], ['--tf32']] : []).map((options) => theirs('forward', ...options)),
  ]);
  console.log('| | step ms, fastest | median | forward ms | images/s | device MB |');
  console.log('|---|---|---|---|---|---|');
  for (const index of rounds[0].keys()) {
    const rows = rounds.map((row) => row[index]).filter((row) => row !== undefined);
    if (rows.length === 0) continue;
    const fastest = (part) => Math.min(...rows.map((row) => row[part]?.min ?? Number.NaN));
    const middle = median(rows.map(({ step }) => step?.median ?? Number.NaN));
    const rate = round((1000 * batch) / fastest('step'));
    const cells = [rows[0].peer, fastest('step'), middle, fastest('forward'), rate];
    console.log(`| ${[...cells, Math.max(...rows.map((row) => row.device_mb))].join(' | ')} |`);
  }
  const [first, ...others] = providers;
  for (const provider of others) {
    for (const what of ['embeddings', 'gradient']) {
      const path = (name) => join(folder, `${name}.${what}`);
      try {
        const distance = measureDistance(path(provider), path(first));
        console.log(`${what}: ${provider} is ${distance.toExponential(1)} from ${first}`);
      } catch (error) {
        console.log(`${what}: none of ${provider} (${error.code})`);
      }
    }
  }
}

if (values.provider !== undefined) {
  await measureEngine(values.provider);
} else {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  try {
    writeRandomModel(folder, values.size);
    compare(positionals[0], folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
