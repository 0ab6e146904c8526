// A step of the engine's vision tower against the same step in plain PyTorch: process CPU time, one thread each.
//
//   node bench/tower.mjs PYTHON [--size vit-b-16-vision] [--batch 8] [--rounds 3] [--steps 5]
//
// PYTHON is an interpreter with torch and safetensors (2.13 CPU and 0.8 were used). Sizes are in random-model.mjs; weights
// are random. Rounds run every row in turn, each in a process of its own. The fastest step of all rounds is printed: what else a
// shared machine does makes steps slower, never faster; and the median over rounds of the ratio of medians.
//
// A step is forward, backward from a given gradient of the embeddings, gradient norm, clipping and AdamW. Memory is what
// steps add to the weights and AdamW's moments, gradients included. The last row is the time of the products of the step's linear
// layers alone, each by onnxruntime's Gemm in a session of its own at the same shapes; the last line compares its rate with that of
// forward and backward, whose operations are the products of linear layers and attention.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createGraphBuilder } from '@holdfast/onnx-graph';
import { createRandom } from '@holdfast/random';
import { Tensor } from 'onnxruntime-node';
import { createLocalEngine } from '../libs/engine/dist/engine-core.js';
import { buildPieceGraphs } from '../libs/engine/dist/graphs/build-piece-graphs.js';
import { createFinalBlock } from '../libs/engine/dist/graphs/final-block.js';
import { createTransformerBlock } from '../libs/engine/dist/graphs/transformer-block.js';
import { createVisionEmbedding } from '../libs/engine/dist/graphs/vision-embedding.js';
import { countProductOperations } from '../libs/engine/dist/measure/count-products.js';
import { createArena } from '../libs/engine/dist/memory/arena.js';
import { chooseChunkSize } from '../libs/engine/dist/run/choose-chunk-size.js';
import { createInPlaceSession } from '../libs/engine/dist/runtime/in-place-session.js';
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
  },
});
const batch = Number(values.batch);
const steps = Number(values.steps);
const warmup = 2;
const runId = 'bench';

const { vision, projectionSize } = sizes[values.size];
const tokens = (vision.imageSize / vision.patchSize) ** 2 + 1;

/** Bytes that activations may take, by mode: a block keeps 3 widths a token of checkpoints, 14 of activations. */
const budgets = {
  ...{ forward: 2 ** 40, step: 2 ** 40, 'two passes': 0 },
  recomputed: 4 * vision.layers * tokens * batch * 6 * vision.width,
};

async function measureEngine(mode) {
  const engine = createLocalEngine({ threads: 1, activationBudgetBytes: budgets[mode] });
  const { arrayLength } = await engine.openModel({ runId, path: values.model });
  const { imageChunkSize } = await engine.prepareEncoding({ runId, imageBatchSize: batch });
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
  const passes = [];
  for (let index = 0; index < warmup + steps; index += 1) {
    const times = await step(index);
    if (index < warmup) continue;
    totals.push(times.at(-1) - times[0]);
    passes.push(times[Math.min(2, times.length - 1)] - times[0]);
    Object.keys(parts).forEach((part, i) => {
      if (times.length > i + 1) parts[part].push(times[i + 1] - times[i]);
    });
  }
  const moments = mode === 'forward' ? 0 : (8 * arrayLength) / 2 ** 20;
  console.log(
    JSON.stringify({
      ...{ peer: 'Holdfast', mode, cpu_ms: median(totals), cpu_ms_min: Math.min(...totals) },
      memory_mb: Math.round(readMemory('VmHWM') - baseline - moments),
      chunk: imageChunkSize,
      passes_ms_min: Math.min(...passes),
      ...Object.fromEntries(Object.entries(parts).map(([part, times]) => [part, median(times)])),
    }),
  );
}

/** The graphs of a forward and backward pass, and how often each runs in a step. */
function listGraphs() {
  const rows = chooseChunkSize(vision, tokens, { batchSize: batch });
  const chunks = Math.ceil(batch / rows);
  const config = { ...vision, channels: 3, layerNormEpsilon: 1e-5, activation: 'quick_gelu' };
  const projection = { name: 'projection', size: projectionSize, rank: 0 };
  const final = { rows, tokens, masked: false, block: 'last.', norm: 'norm', projection };
  return [
    [createVisionEmbedding(config, rows), chunks],
    [createTransformerBlock(config, { rows, tokens, causal: false }), (vision.layers - 1) * chunks],
    [createFinalBlock(config, final), chunks],
  ].flatMap(([definition, runs]) => {
    const { forward, backward } = buildPieceGraphs(definition);
    return [forward, backward].map((graph) => ({ graph, runs }));
  });
}

/** Every Gemm of a step by its shapes, with how often it runs. */
function listProducts() {
  const products = new Map();
  for (const { graph, runs } of listGraphs()) {
    for (const { op, inputs, outputs, attributes } of graph.nodes) {
      if (op !== 'Gemm') continue;
      const [transA, transB] = ['transA', 'transB'].map((name) => attributes[name]?.value === 1);
      const [m, n] = outputs[0].shape;
      const k = inputs[0].shape[transA ? 0 : 1];
      // A sum of a column of ones is a product, but no matrix product.
      if (m === 1) continue;
      const accumulate = inputs[2]?.shape[0] === m;
      const key = JSON.stringify({ m, n, k, transA, transB, accumulate });
      products.set(key, (products.get(key) ?? 0) + runs);
    }
  }
  return [...products].map(([key, count]) => ({ ...JSON.parse(key), count }));
}

async function createProduct({ m, n, k, transA = false, transB = false, accumulate = false }) {
  const b = createGraphBuilder('product');
  const shapes = { a: transA ? [k, m] : [m, k], b: transB ? [n, k] : [k, n], c: [m, n] };
  const c = accumulate ? { c: b.input('c', shapes.c) } : {};
  b.output(b.gemm(b.input('a', shapes.a), b.input('b', shapes.b), { transA, transB, ...c }), 'y');
  const session = await createInPlaceSession(b.build(), 1);
  const arena = createArena();
  const tensor = (shape) => {
    const data = arena.allocate(shape[0] * shape[1]);
    data.forEach((_, i) => {
      data[i] = Math.sin(i);
    });
    return new Tensor('float32', data, shape);
  };
  const y = tensor(shapes.c);
  const all = { a: tensor(shapes.a), b: tensor(shapes.b), c: y };
  const feeds = Object.fromEntries(session.inputNames.map((name) => [name, all[name]]));
  return () => session.run(feeds, { y });
}

/** Time and rate of the step's products alone, and the operations of the whole step, attention included. */
async function measureProducts() {
  let total = 0;
  let operations = 0;
  for (const product of listProducts()) {
    const run = await createProduct(product);
    const times = [];
    for (let index = 0; index < warmup + 4 * steps; index += 1) {
      const start = process.cpuUsage();
      await run();
      const { user, system } = process.cpuUsage(start);
      if (index >= warmup) times.push((user + system) / 1000);
    }
    total += product.count * Math.min(...times);
    operations += 2 * product.count * product.m * product.n * product.k;
  }
  const gigaflops = operations / total / 1e6;
  const step_gigaflop = listGraphs().reduce(
    (sum, { graph, runs }) => sum + (runs * countProductOperations(graph)) / 1e9,
    0,
  );
  const cpu = { cpu_ms: total, cpu_ms_min: total };
  console.log(JSON.stringify({ peer: 'Gemm', ...cpu, gigaflops, step_gigaflop }));
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
  const ours = (mode) =>
    spawnMeasurement(process.execPath, [
      ...[fileURLToPath(import.meta.url), '--mode', mode, '--model', model],
      ...['--size', values.size, '--batch', values.batch, '--steps', values.steps],
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
    'Holdfast step, recomputed, in two passes': ours('two passes'),
    'Gemm alone, at the shapes of the step': ours('gemm'),
  }));
  console.log('| | CPU ms | of PyTorch | of medians | memory MB |\n|---|---|---|---|---|');
  const fastest = (name) => Math.min(...rounds.map((round) => round[name].cpu_ms_min));
  for (const name of Object.keys(rounds[0])) {
    const peer = name.includes('forward') ? 'PyTorch forward' : 'PyTorch step';
    const medians = median(rounds.map((round) => round[name].cpu_ms / round[peer].cpu_ms));
    const ratio = fastest(name) / fastest(peer);
    const memory = median(rounds.map((round) => round[name].memory_mb));
    const cells = [fastest(name).toFixed(0), ratio.toFixed(2), medians.toFixed(2), memory ?? ''];
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
  const gemm = rounds.map((round) => round['Gemm alone, at the shapes of the step']);
  const rate = Math.max(...gemm.map(({ gigaflops }) => gigaflops));
  const passes = Math.min(...rounds.map((round) => round['Holdfast step'].passes_ms_min));
  const share = (1000 * gemm[0].step_gigaflop) / rate / passes;
  console.log(
    `Gemm alone: ${rate.toFixed(0)} GFLOP/s; forward and backward reach ${share.toFixed(2)} of it.`,
  );
}

if (values.mode === 'gemm') {
  await measureProducts();
} else if (values.mode !== undefined) {
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
