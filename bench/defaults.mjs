// What the `auto` values rest on: runs of the example under other learning rates, temperatures and scopes.
//
//   node bench/defaults.mjs OUTPUT.jsonl VARIANT=JSON ...
//
//   node bench/defaults.mjs rates.jsonl 'lr 1e-4={"training":{"learningRate":1e-4}}'
//
// A variant is a piece of a plan. Each runs with the seeds 0 and 1 (SEEDS) for 450 steps (STEPS) on the example's
// training images; its last averaged weights are compared with the base model on the validation images. The manifest
// has no steering and no test rows: no test image is opened. Appends a line a run, and skips runs that it finds there.
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const example = join(root, 'examples/gtsrb');
const [output, ...variants] = process.argv.slice(2);
if (variants.length === 0) {
  console.error('usage: node bench/defaults.mjs OUTPUT.jsonl VARIANT=JSON ...');
  process.exit(1);
}
const seeds = (process.env.SEEDS ?? '0,1').split(',').map(Number);
const steps = Number(process.env.STEPS ?? 450);
const work = mkdtempSync(join(tmpdir(), 'holdfast-defaults-'));
const manifest = join(work, 'manifest.csv');
const rows = readFileSync(join(example, 'manifest.csv'), 'utf8').trim().split('\n');
writeFileSync(manifest, `${rows.filter((row) => !/,(steering|test)$/.test(row)).join('\n')}\n`);
const { prompts } = parse(readFileSync(join(example, 'plan.yaml'), 'utf8'));

/** A plan with a variant's sections merged over the example's. */
function writePlan(path, variant, seed) {
  const plan = {
    model: join(example, 'model'),
    data: { root: example, manifest },
    target: { class: 'speed limit 80' },
    prompts,
    training: { steps, examplesPerTask: 10 },
    gate: { ledger: `${path}.ledger` },
    seed,
  };
  for (const [section, values] of Object.entries(variant)) {
    plan[section] = { ...plan[section], ...values };
  }
  writeFileSync(path, stringify(plan));
}

function runOnce(name, variant, seed) {
  const planPath = join(work, 'plan.yaml');
  const runPath = join(work, 'run');
  writePlan(planPath, variant, seed);
  const command = [join(root, 'apps/cli/dist/main.js'), 'run', planPath, '--run-folder', runPath];
  const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  if (status !== 0 && status !== 2)
    return { name, seed, steps, failed: stderr.trim().split('\n').at(-1) };
  const verdict = JSON.parse(readFileSync(join(runPath, 'verdict.json'), 'utf8'));
  const points = ({ accuracyChange }) => Number((100 * accuracyChange).toFixed(2));
  const tasks = verdict.protected.map(points);
  rmSync(runPath, { recursive: true });
  rmSync(`${planPath}.ledger`, { force: true });
  return {
    ...{ name, seed, steps },
    target: points(verdict.target[0]),
    worst: Math.min(...tasks),
    mean: Number((tasks.reduce((sum, value) => sum + value, 0) / tasks.length).toFixed(2)),
  };
}

for (const text of variants) {
  const name = text.slice(0, text.indexOf('='));
  const variant = JSON.parse(text.slice(name.length + 1));
  for (const seed of seeds) {
    const known = existsSync(output) ? readFileSync(output, 'utf8') : '';
    if (known.includes(`"name":"${name}","seed":${seed},"steps":${steps},`)) continue;
    const line = JSON.stringify(runOnce(name, variant, seed));
    appendFileSync(output, `${line}\n`);
    console.log(line);
  }
}
rmSync(work, { recursive: true });
