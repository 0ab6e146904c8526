// What measuring on steering data takes of a run: the signs and objects of both examples as 20 tasks, 4,000 steering
// images, the default plan for 600 steps (docs/performance.md).
//
//   node bench/measuring.mjs [STEPS]        # after examples/cifar10/make-images.mjs
//
// Validation images of CIFAR-10 steer here, as many as are needed; the manifest has no test rows.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const examples = join(root, 'examples');
const steps = Number(process.argv[2] ?? 600);
const steeringImages = 4000;
const work = mkdtempSync(join(tmpdir(), 'holdfast-measuring-'));

/** Rows of an example's manifest, but for test images; each image without a group is its own. */
function readRows(example) {
  const [, ...lines] = readFileSync(join(examples, example, 'manifest.csv'), 'utf8')
    .trim()
    .split('\n');
  return lines
    .map((line) => line.split(','))
    .map((cells) => ({
      path: `${example}/${cells[0]}`,
      label: cells[1],
      group: cells.length > 3 ? cells[2] : cells[0],
      role: cells.at(-1),
    }))
    .filter(({ role }) => role !== 'test');
}

const signs = readRows('gtsrb');
const objects = readRows('cifar10').map((row) =>
  row.role === 'target' ? { ...row, role: 'protected' } : row,
);
const labels = new Set(objects.map(({ label }) => label));
const share = Math.ceil(
  (steeringImages - signs.filter(({ role }) => role === 'steering').length) / labels.size,
);
for (const label of labels) {
  const of = (role) => objects.filter((row) => row.label === label && row.role === role);
  const missing = Math.max(0, share - of('steering').length);
  for (const row of of('validation').slice(0, missing)) row.role = 'steering';
}
const rows = [...signs, ...objects].map((row) => Object.values(row).join(','));
writeFileSync(join(work, 'manifest.csv'), `${['path,label,group,role', ...rows].join('\n')}\n`);
writeFileSync(
  join(work, 'plan.yaml'),
  stringify({
    model: join(examples, 'gtsrb/model'),
    data: { root: examples, manifest: 'manifest.csv' },
    target: { class: 'speed limit 80' },
    training: { steps },
  }),
);

const began = performance.now();
const run = join(work, 'run');
const command = ['run', join(work, 'plan.yaml'), '--run-folder', run];
const { status, stderr } = spawnSync(
  process.execPath,
  [join(root, 'apps/cli/dist/main.js'), ...command],
  { encoding: 'utf8' },
);
if (status !== 0 && status !== 2) throw new Error(stderr);
const seconds = (performance.now() - began) / 1000;
const journal = readFileSync(join(run, 'journal.jsonl'), 'utf8').trim().split('\n').map(JSON.parse);
const find = (name) => journal.find(({ event }) => event === name);
const trained = find('training.completed');
const { event: _, ...schedule } = find('steering.scheduled');
console.log('schedule', schedule);
console.log(
  `run ${seconds.toFixed(0)} s; steps ${trained.seconds.toFixed(0)} s, measuring ${trained.measuringSeconds.toFixed(0)} s: ` +
    `${((100 * trained.measuringSeconds) / (trained.seconds + trained.measuringSeconds)).toFixed(1)} % of both`,
);
rmSync(work, { recursive: true });
