// Repeats the reference PyTorch results on GTSRB-10 with Holdfast (docs/results.md).
//
//   node bench/parity.mjs FOLDER [METHOD ...]
//
// FOLDER is the extracted full archive (manifest.csv with the reference's roles, images below it).
// METHOD: flyp, squaredHinge, fixed; default all. Seeds 0, 1, 2; 450 steps each; the last step's weights.
// Prints one row a run and the table of means, from each run's verdict.json.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = process.argv[2];
if (folder === undefined) {
  console.error('usage: node bench/parity.mjs FOLDER [flyp|squaredHinge|fixed ...]');
  process.exit(1);
}

const constraints = { drive: 'loss', augmentation: 'candidateOnly', constraintTemperature: 0.05 };
/** The reference's table: mean and population deviation over seeds 0-2, percentage points. */
const methods = {
  flyp: { plan: { method: 'flyp' }, reference: ['+53.1 ± 1.3', '-0.5 ± 0.7'] },
  squaredHinge: {
    plan: {
      objective: { kind: 'target' },
      constraints: { ...constraints, penalty: 'squaredHinge', penaltyCoefficient: 20 },
    },
    reference: ['+32.8 ± 1.7', '-3.7 ± 0.3'],
  },
  fixed: {
    plan: {
      objective: { kind: 'target' },
      constraints: { ...constraints, penalty: 'fixed', penaltyCoefficient: 1 },
    },
    reference: ['+31.7 ± 2.7', '-0.4 ± 0.5'],
  },
};
const example = readFileSync(join(root, 'examples/gtsrb/plan.yaml'), 'utf8');
const templates = [...example.matchAll(/^ {4}- (.*)$/gm)].map((match) => match[1]);
const work = mkdtempSync(join(tmpdir(), 'holdfast-parity-'));

function runOnce(method, seed) {
  const plan = {
    model: join(root, 'libs/testing/golden/gtsrb-speed80'),
    data: { root: resolve(folder), manifest: resolve(folder, 'manifest.csv') },
    target: { class: 'speed limit 80' },
    prompts: { templates },
    training: {
      ...{ steps: 450, targetBatch: 64, examplesPerTask: 10, weightAverage: 0 },
      ...{ learningRate: 3e-4, warmupSteps: 30 },
      // The reference shifts by 4 of 32 pixels.
      augmentation: { shift: 0.125 },
    },
    selection: { everySteps: 450 },
    // Nothing is released: every run may look at the same images.
    gate: { ledger: join(work, `${method}-${seed}.jsonl`) },
    seed,
    ...methods[method].plan,
    objective: { contrastiveTemperature: 0.05, ...methods[method].plan.objective },
  };
  const planPath = join(work, `${method}-${seed}.yaml`);
  const runPath = join(work, `${method}-${seed}`);
  writeFileSync(planPath, stringify(plan));
  const command = [join(root, 'apps/cli/dist/main.js'), 'run', planPath, '--run-folder', runPath];
  const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  if (status !== 0 && status !== 2) throw new Error(`${method} seed ${seed}: ${stderr}`);
  const { test } = JSON.parse(readFileSync(join(runPath, 'verdict.json'), 'utf8'));
  const target = test.tasks.find((task) => task.target);
  return { gain: 100 * target.accuracyChange, safety: 100 * test.devSafetyAccuracy };
}

function summarize(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
  return `${mean >= 0 ? '+' : ''}${mean.toFixed(1)} ± ${deviation.toFixed(1)}`;
}

const chosen = process.argv.length > 3 ? process.argv.slice(3) : Object.keys(methods);
const table = [
  '| method | target gain | reference | DevSafety(acc) | reference |',
  '|---|---|---|---|---|',
];
for (const method of chosen) {
  const results = [0, 1, 2].map((seed) => {
    const result = runOnce(method, seed);
    console.log(
      `${method} seed ${seed}: gain ${result.gain.toFixed(1)}, DevSafety ${result.safety.toFixed(1)}`,
    );
    return result;
  });
  const [gain, safety] = methods[method].reference;
  table.push(
    `| ${method} | ${summarize(results.map((r) => r.gain))} | ${gain} | ${summarize(results.map((r) => r.safety))} | ${safety} |`,
  );
}
console.log(table.join('\n'));
