// A step of the engine's vision tower against the same step in plain PyTorch: process CPU time, one thread each.
//
//   node bench/tower.mjs PYTHON [--size vit-b-16-vision] [--batch 8] [--rounds 3] [--steps 5]
//
// PYTHON is an interpreter with torch and safetensors (2.13 CPU and 0.8 were used). Sizes are in random-model.mjs; weights
// are random. Rounds run every row in turn, each in a process of its own; medians of the ratios are printed.
//
// A step is forward, backward from a given gradient of the embeddings, gradient norm, clipping and AdamW. Memory is what
// steps add to the weights and AdamW's moments, gradients included. `Gemm` is the time of the step's matrix products alone,
// each by onnxruntime's Gemm in a session of its own at the same shapes.
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
    size: { type: 'string', default: 'vit-b-16-vision' },
    batch: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '5' },
    /** Internal: measure one mode in this process. */
    mode: { type: 'string' },
    model: { type: 'string' },
    chunk: { type: 'string' },
  },
});
const batch = Number(values.batch);
const steps = Number(values.steps);
const warmup = 2;
const runId = 'bench';

const budgets = { forward: 2 ** 40, step: 2 ** 40, recomputed: 0, 'two passes': 0 };

async function measureEngine(mode) {
  const { vision, projectionSize } = sizes[values.size];
  const engine = createLocalEngine({ threads: 1, activationBudgetBytes: budgets[mode] });
  const { arrayLength } = await engine.openModel({ runId, path: values.model });
  await engine.prepareEncoding({ runId, imageChunkSize: Number(values.chunk ?? batch) });
  const random = createRandom(1);
  const draw = (length) => Float32Array.from({ length }, () => random.normal());
  const pixels = draw(batch * 3 * vision.imageSize ** 2);
  const imageGradients = draw(batch * projectionSize);
  const parts = { encode: [], backward: [], update: [] };
  async function step(index) {
    const times = [process.cpuUsage()];
    await engine.encode({
      ...{ runId, step: index, array: 'parameters', retain: mode !== 'forward' },
      images: { count: batch, pixels },
    });
    times.push(process.cpuUsage());
    if (mode !== 'forward') {
      await engine.backpropagate({ runId, step: index, imageGradients });
      times.push(process.cpuUsage());
      const norm = Math.sqrt(await engine.computeSquaredNorm({ runId, array: 'gradient' }));
      await engine.applyAdamw({
        ...{ runId, step: index + 1, learningRate: 1e-5, weightDecay: 0.1, beta1: 0.9 },
        ...{ beta2: 0.999, epsilon: 1e-8, gradientScale: Math.min(1, 1 / norm) },
      });
      times.push(process.cpuUsage());
    }
    return times.map(({ user, system }) => (user + system) / 1000);
  }
  writeFileSync('/proc/self/clear_refs', '5');
  const baseline = readMemory('VmRSS');
  const totals = [];
  for (let index = 0; index < warmup + steps; index += 1) {
    const times = await step(index);
    if (index < warmup) continue;
    totals.push(times.at(-1) - times[0]);
    Object.keys(parts).forEach((part, i) => {
      if (times.length > i + 1) parts[part].push(times[i + 1] - times[i]);
    });
  }
  const moments = mode === 'forward' ? 0 : (8 * arrayLength) / 2 ** 20;
  console.log(
    JSON.stringify({
      ...{ peer: 'Holdfast', mode, cpu_ms: median(totals), cpu_ms_min: Math.min(...totals) },
      memory_mb: Math.round(readMemory('VmHWM') - baseline - moments),
      ...Object.fromEntries(Object.entries(parts).map(([part, times]) => [part, median(times)])),
    }),
  );
}

function readMemory(field) {
  const status = readFileSync('/proc/self/status', 'ascii');
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)[1]) / 1024;
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

function spawnMeasurement(command, args) {
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8', cwd: root });
  if (status !== 0) throw new Error(stderr);
  const row = JSON.parse(stdout.trim().split('\n').at(-1));
  console.log(JSON.stringify(row));
  return row;
}

function compare(python, model) {
  const ours = (mode, ...options) =>
    spawnMeasurement(process.execPath, [
      ...[fileURLToPath(import.meta.url), '--mode', mode, '--model', model],
      ...['--size', values.size, '--batch', values.batch, '--steps', values.steps, ...options],
    ]);
  const theirs = (mode) =>
    spawnMeasurement(python, [
      ...['bench/pytorch_tower.py', model, '--mode', mode],
      ...['--batch', values.batch, '--steps', values.steps],
    ]);
  const rounds = Array.from({ length: Number(values.rounds) }, () => ({
    'PyTorch forward': theirs('forward'),
    'Holdfast forward': ours('forward'),
    'PyTorch step': theirs('step'),
    'Holdfast step': ours('step'),
    'PyTorch step, checkpointed': theirs('checkpointed'),
    'Holdfast step, recomputed': ours('recomputed'),
    'Holdfast step, two passes': ours('two passes', '--chunk', String(Math.ceil(batch / 2))),
  }));
  console.log('| | CPU ms | of PyTorch | memory MB |\n|---|---|---|---|');
  for (const name of Object.keys(rounds[0])) {
    const peer = name.endsWith('forward') ? 'PyTorch forward' : 'PyTorch step';
    const cpu = median(rounds.map((round) => round[name].cpu_ms));
    const ratio = median(rounds.map((round) => round[name].cpu_ms / round[peer].cpu_ms));
    const memory = median(rounds.map((round) => round[name].memory_mb));
    console.log(`| ${name} | ${cpu.toFixed(1)} | ${ratio.toFixed(2)} | ${memory} |`);
  }
}

if (values.mode !== undefined) {
  await measureEngine(values.mode);
} else {
  const [python] = positionals;
  if (python === undefined) {
    console.error('usage: node bench/tower.mjs PYTHON [--size vit-b-16-vision] [--batch 8]');
    process.exit(1);
  }
  const model = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  try {
    writeRandomModel(model, values.size);
    compare(python, model);
  } finally {
    rmSync(model, { recursive: true });
  }
}
