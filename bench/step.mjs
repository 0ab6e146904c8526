// The demo's training step against the same step in plain PyTorch: process CPU time, one thread each.
//
//   node bench/step.mjs PYTHON [--rounds 3] [--steps 200]
//
// PYTHON is an interpreter with torch and safetensors (2.13 CPU and 0.8 were used). Rounds alternate between
// the two, each in a process of its own; medians and their ratio are printed, with peak memory. CPU time is that of
// the whole process, all threads.
//
// Both compute the same step: the script has its pixels in memory, so Holdfast's images are not augmented either.
// Holdfast's step is everything else that a run does for it: drawing, normalising pixels, both towers, losses, AdamW,
// weight average, metrics, journal. It embeds equal captions once, which the script does not. A second row has the
// augmentation that training has by default.

import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { hostServices } from '@holdfast/cli';
import { stringify } from 'yaml';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '200' },
    only: { type: 'boolean', default: false },
    augment: { type: 'boolean', default: false },
  },
});
const steps = Number(values.steps);
const warmupSteps = 50;
const plainImages = { shift: 0, contrast: 0, brightness: 0, flip: false };

/** The reference's step: 64 target pairs, ten examples of each of nine protected tasks, squared hinge. */
function makePlan() {
  const example = readFileSync(join(root, 'examples/gtsrb/plan.yaml'), 'utf8');
  return {
    model: join(root, 'examples/gtsrb/model'),
    data: {
      root: join(root, 'examples/gtsrb'),
      manifest: join(root, 'examples/gtsrb/manifest.csv'),
    },
    target: { class: 'speed limit 80' },
    prompts: { templates: [...example.matchAll(/^ {4}- (.*)$/gm)].map((match) => match[1]) },
    objective: { kind: 'target' },
    constraints: { penalty: 'squaredHinge', penaltyCoefficient: 20, augmentation: 'candidateOnly' },
    training: {
      ...{ steps: steps + warmupSteps, targetBatch: 64, examplesPerTask: 10 },
      ...(!values.augment && { augmentation: plainImages }),
    },
    selection: { everySteps: steps + warmupSteps, alphas: [1] },
    engine: { threads: 1 },
  };
}

/** Runs the step in this process and prints one JSON line. */
async function measureHoldfast() {
  const runsPath = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  const host = await hostServices({ threads: 1 }, runsPath);
  const { runId } = await host.controller.submitRun({
    requestId: randomUUID(),
    planYaml: stringify(makePlan()),
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
  const used = process.cpuUsage(cpu);
  console.log(
    JSON.stringify({
      peer: values.augment ? 'Holdfast, augmenting' : 'Holdfast',
      threads: 1,
      cpu_ms_per_step: (used.user + used.system) / 1000 / steps,
      wall_ms_per_step: (performance.now() - wall) / steps,
      peak_memory_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    }),
  );
  process.exit(0);
}

function spawnMeasurement(command, args) {
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8', cwd: root });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

if (values.only) await measureHoldfast();
const python = positionals[0];
if (python === undefined) {
  console.error('usage: node bench/step.mjs PYTHON [--rounds 3] [--steps 200]');
  process.exit(1);
}
const self = fileURLToPath(import.meta.url);
const measureOurs = (...options) =>
  spawnMeasurement(process.execPath, [self, '--only', '--steps', values.steps, ...options]);
const measureTheirs = () =>
  spawnMeasurement(python, [
    ...['bench/pytorch_step.py', 'examples/gtsrb/model', '--steps', values.steps],
  ]);
const rounds = Array.from({ length: Number(values.rounds) }, () => {
  const round = [measureOurs(), measureTheirs(), measureOurs('--augment')];
  console.log(round.map((row) => JSON.stringify(row)).join('\n'));
  return round;
});
console.log(
  '| | CPU ms a step | of PyTorch, median of rounds | peak memory MB |\n|---|---|---|---|',
);
for (const [index, { peer }] of rounds[0].entries()) {
  const medianOf = (read) => median(rounds.map((round) => read(round[index], round[1])));
  const cpu = medianOf((row) => row.cpu_ms_per_step).toFixed(1);
  const ratio = medianOf((row, theirs) => row.cpu_ms_per_step / theirs.cpu_ms_per_step).toFixed(2);
  console.log(`| ${peer} | ${cpu} | ${ratio} | ${medianOf((row) => row.peak_memory_mb)} |`);
}
