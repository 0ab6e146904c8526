// A training step on cached features with 50 task-dependent heads against the same step in plain PyTorch: process CPU time, one thread each.
//
//   node bench/heads.mjs PYTHON [--rounds 3] [--steps 200]
//
// PYTHON is an interpreter with torch (2.13 CPU was used). Rounds alternate between the two, each in a process of its own; medians and
// the ratio are printed. CPU time is that of the whole process, all threads.
//
// Twice: the engine alone (features and gradients of embeddings given: forward, back, norm, AdamW, average), and the whole step.
//
// Widths are those of ViT-B/16; the towers below them have no weight, because a step does not run them. Holdfast's whole step is everything that a
// run does for it: drawing, encoder, losses, AdamW, weight average, metrics, journal. pytorch_heads.py says what the step is.

import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { hostServices } from '@holdfast/cli';
import { createRandom } from '@holdfast/random';
import { encodePng } from '@holdfast/testing';
import { stringify } from 'yaml';
import { createLocalEngine } from '../libs/engine/dist/engine-core.js';
import { writeRandomModel } from './random-model.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '200' },
    only: { type: 'string' },
    engine: { type: 'boolean', default: false },
  },
});
const scopes = ['heads', 'projections'];
const steps = Number(values.steps);
const warmupSteps = 50;
const classes = Array.from({ length: 50 }, (_, index) => `class ${index}`);
/** Images of each class and role. */
const roles = { train: 40, validation: 2 };

/** Writes random images with a manifest. */
function writeImages(folder) {
  const random = createRandom(0);
  const lines = ['path,label,group,role'];
  mkdirSync(folder, { recursive: true });
  for (const [index, label] of classes.entries()) {
    const train = index === 0 ? 'target' : 'protected';
    for (const [role, count] of [
      [train, roles.train],
      ['validation', roles.validation],
    ]) {
      for (let i = 0; i < count; i += 1) {
        const name = `${index}-${role}-${i}.png`;
        const pixels = Uint8Array.from({ length: 3 * 32 * 32 }, () => random.integer(256));
        writeFileSync(join(folder, name), encodePng(32, 32, pixels));
        lines.push([name, label, name, role].join(','));
      }
    }
  }
  writeFileSync(join(folder, 'manifest.csv'), `${lines.join('\n')}\n`);
}

function makePlan(folder, scope) {
  return {
    model: join(folder, 'model'),
    data: { root: join(folder, 'images'), manifest: join(folder, 'images/manifest.csv') },
    target: { class: classes[0] },
    objective: { kind: 'target' },
    constraints: { penalty: 'squaredHinge', penaltyCoefficient: 20 },
    heads: { enabled: true },
    training: { scope, steps: steps + warmupSteps, targetBatch: 64, examplesPerTask: 10 },
    selection: { everySteps: steps + warmupSteps, alphas: [1] },
    engine: { threads: 1 },
  };
}

/** Runs the engine's part of the step in this process and prints one JSON line. */
async function measureEngine(scope) {
  const path = join(mkdtempSync(join(tmpdir(), 'holdfast-bench-')), 'model');
  writeRandomModel(path, 'vit-b-16-features');
  const engine = createLocalEngine({ threads: 1, activationBudgetBytes: 2 ** 30 });
  const runId = 'bench';
  await engine.openModel({ runId, path, scope, heads: { count: 50, rank: 32, seed: 1 } });
  const prepared = await engine.prepareEncoding({ runId });
  const random = createRandom(1);
  const draw = (length) => Float32Array.from({ length }, () => random.normal());
  const imageCount = 64 + 49 * 10;
  const features = draw(imageCount * prepared.imageFeatureSize);
  const texts = { count: 50, heads: Int32Array.from(classes.keys()), features: draw(50 * 512) };
  const imageGradients = draw(imageCount * 512);
  const textGradients = draw(50 * 512);
  const trainsImages = scope === 'projections';
  async function step(index) {
    await engine.encode({
      ...{ runId, step: index, array: 'parameters', retain: true, texts },
      ...(trainsImages && { images: { count: imageCount, features } }),
    });
    await engine.backpropagate({
      ...{ runId, step: index, textGradients },
      ...(trainsImages && { imageGradients }),
    });
    await engine.computeSquaredNorm({ runId, array: 'gradient' });
    await engine.applyAdamw({
      ...{ runId, step: index + 1, learningRate: 3e-4, weightDecay: 0.1, gradientScale: 1 },
      ...{ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, averageDecay: 0.99 },
    });
  }
  for (let index = 0; index < warmupSteps; index += 1) await step(index);
  const cpu = process.cpuUsage();
  const wall = performance.now();
  for (let index = 0; index < steps; index += 1) await step(warmupSteps + index);
  printRow(scope, cpu, wall);
}

function printRow(scope, cpu, wall) {
  const used = process.cpuUsage(cpu);
  console.log(
    JSON.stringify({
      ...{ peer: 'Holdfast', scope, engine: values.engine, threads: 1 },
      cpu_ms_per_step: (used.user + used.system) / 1000 / steps,
      wall_ms_per_step: (performance.now() - wall) / steps,
      peak_memory_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    }),
  );
  process.exit(0);
}

/** Runs the step in this process and prints one JSON line. */
async function measureHoldfast(scope) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  writeRandomModel(join(folder, 'model'), 'vit-b-16-features');
  writeImages(join(folder, 'images'));
  const host = await hostServices({ threads: 1 }, join(folder, 'runs'));
  const { runId } = await host.controller.submitRun({
    requestId: randomUUID(),
    planYaml: stringify(makePlan(folder, scope)),
    planName: 'bench.yaml',
    baseUri: pathToFileURL(root).href,
  });
  let cpu;
  let wall;
  for await (const { event } of host.controller.watchRun({ runId })) {
    if (event?.$case === 'ended') throw new Error(event.value.run.failure?.message);
    if (event?.$case !== 'stepApplied') continue;
    if (event.value.step === warmupSteps - 1) {
      cpu = process.cpuUsage();
      wall = performance.now();
    }
    if (event.value.step === warmupSteps + steps - 1) break;
  }
  printRow(scope, cpu, wall);
}

function spawnMeasurement(command, args) {
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8', cwd: root });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

if (values.only) await (values.engine ? measureEngine : measureHoldfast)(values.only);
const python = positionals[0];
if (python === undefined) {
  console.error('usage: node bench/heads.mjs PYTHON [--rounds 3] [--steps 200]');
  process.exit(1);
}
const self = fileURLToPath(import.meta.url);
const common = ['--steps', values.steps];
const rows = scopes.flatMap((scope) => [[scope, '--engine'], [scope]]);
const rounds = Array.from({ length: Number(values.rounds) }, () => {
  const round = rows.map((options) => [
    spawnMeasurement(process.execPath, [self, '--only', ...options, ...common]),
    spawnMeasurement(python, ['bench/pytorch_heads.py', ...options, ...common]),
  ]);
  console.log(
    round
      .flat()
      .map((row) => JSON.stringify(row))
      .join('\n'),
  );
  return round;
});
console.log(
  '| scope | Holdfast, CPU ms a step | PyTorch | ratio, median of rounds (range) | peak memory MB |',
);
console.log('|---|---|---|---|---|');
for (const [index, [scope, isEngine]] of rows.entries()) {
  const pairs = rounds.map((round) => round[index]);
  const cpu = (which) => median(pairs.map((pair) => pair[which].cpu_ms_per_step)).toFixed(2);
  const memory = (which) => median(pairs.map((pair) => pair[which].peak_memory_mb));
  const ratios = pairs.map(([ours, theirs]) => ours.cpu_ms_per_step / theirs.cpu_ms_per_step);
  const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
  console.log(
    `| \`${scope}\`, ${isEngine ? 'the engine' : 'the whole step'} | ${cpu(0)} | ${cpu(1)} | ${median(ratios).toFixed(2)} (${range}) | ${memory(0)}, ${memory(1)} |`,
  );
}
