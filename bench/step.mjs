// The demo's training step against the same step in plain PyTorch: process CPU time, one thread each.
//
//   node bench/step.mjs PYTHON [--rounds 3] [--steps 200]
//
// PYTHON is an interpreter with torch and safetensors (2.13 CPU and 0.8 were used). Rounds alternate between
// the two, each in a process of its own; medians and their ratio are printed, with peak memory. Holdfast's step is
// everything a run does for it: drawing, augmentation, both towers, losses, AdamW, weight average, metrics.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
  },
});
const steps = Number(values.steps);
const warmupSteps = 50;

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
    training: { steps: steps + warmupSteps, targetBatch: 64, examplesPerTask: 10 },
    selection: { everySteps: steps + warmupSteps, alphas: [1] },
    engine: { threads: 1 },
  };
}

/** Runs the step in this process and prints one JSON line. */
async function measureHoldfast() {
  const runsPath = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  const host = await hostServices({ threads: 1 }, runsPath);
  const { runId } = await host.controller.submitRun({
    planYaml: stringify(makePlan()),
    planName: 'bench.yaml',
    basePath: root,
  });
  let cpu;
  let wall;
  for await (const { event } of host.controller.watchRun({ runId })) {
    if (event?.$case === 'ended') throw new Error(event.value.run.failure);
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
      peer: 'Holdfast',
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
const rows = [];
for (let round = 0; round < Number(values.rounds); round += 1) {
  rows.push(spawnMeasurement(process.execPath, [self, '--only', '--steps', values.steps]));
  rows.push(
    spawnMeasurement(python, [
      'bench/pytorch_step.py',
      'examples/gtsrb/model',
      '--steps',
      values.steps,
    ]),
  );
  console.log(
    rows
      .slice(-2)
      .map((row) => JSON.stringify(row))
      .join('\n'),
  );
}
const ours = rows.filter((row) => row.peer === 'Holdfast');
const theirs = rows.filter((row) => row.peer !== 'Holdfast');
const ratios = ours.map((row, i) => row.cpu_ms_per_step / theirs[i].cpu_ms_per_step);
console.log('| | CPU ms a step | peak memory MB |\n|---|---|---|');
for (const group of [ours, theirs]) {
  console.log(
    `| ${group[0].peer} | ${median(group.map((r) => r.cpu_ms_per_step)).toFixed(1)} | ${median(group.map((r) => r.peak_memory_mb))} |`,
  );
}
console.log(`ratio of CPU time, median of pairs: ${median(ratios).toFixed(2)}`);
