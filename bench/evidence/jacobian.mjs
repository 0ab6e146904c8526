// The smallest singular value of the Jacobian of the constraints, with and without task-dependent heads (docs/evidence.md).
//
//   node bench/evidence/jacobian.mjs PLAN FOLDER [--steps 60] [--ranks 0,16] [--seeds 0,1,2] [--threads N]
//
// PLAN is trained by `constraints: { penalty: fixed, combine: projectionByTask }`, whatever it says itself: so every step has the gradient
// of each protected task's loss. Row k of J is that of task k, on the step's examples, by all that trains. Prints the smallest singular value
// of J at step 0, and the smallest and the largest in the mean of all steps. Rank 0: no heads. FOLDER gets what a run writes.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openJournal } from '@holdfast/artifacts';
import { createConstraintService, createTermService } from '@holdfast/constraint';
import { createEncoderService, createImagePool, defaultImageWorkers } from '@holdfast/encoder';
import { createEngine, createTensorService } from '@holdfast/engine';
import { machineRoots } from '@holdfast/host';
import { createOptimizerService } from '@holdfast/optimizer';
import { parsePlan } from '@holdfast/plan';
import { ConstraintServiceDefinition } from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { EncoderServiceDefinition } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { OptimizerServiceDefinition } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { TensorServiceDefinition } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { TermServiceDefinition } from '@holdfast/proto/holdfast/term/v1/term';
import { describeRunFolder, openMetricsLog, unshared } from '@holdfast/run-store';
import { createInProcessClient } from '@holdfast/service-kit';
import { parse, stringify } from 'yaml';
import {
  prepareRun,
  readRun,
  startOrResume,
} from '../../services/controller/dist/execute/prepare-run.js';
import { trainRun } from '../../services/controller/dist/train/train-run.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: 'string', default: '60' },
    ranks: { type: 'string', default: '0,16' },
    seeds: { type: 'string', default: '0,1,2' },
    threads: { type: 'string' },
  },
});
const [planPath, out] = positionals;
if (out === undefined) {
  console.error('usage: node bench/evidence/jacobian.mjs PLAN FOLDER [--steps 60]');
  process.exit(1);
}

/** Eigenvalues of a symmetric matrix, by Jacobi's rotations, ascending. */
function listEigenvalues(matrix) {
  const a = matrix.map((row) => [...row]);
  const size = a.length;
  for (let sweep = 0; sweep < 50; sweep += 1) {
    for (let p = 0; p < size; p += 1) {
      for (let q = p + 1; q < size; q += 1) {
        if (a[p][q] === 0) continue;
        const angle = 0.5 * Math.atan2(2 * a[p][q], a[q][q] - a[p][p]);
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        for (const row of a) [row[p], row[q]] = [c * row[p] - s * row[q], s * row[p] + c * row[q]];
        const [up, uq] = [[...a[p]], [...a[q]]];
        for (let k = 0; k < size; k += 1) {
          a[p][k] = c * up[k] - s * uq[k];
          a[q][k] = s * up[k] + c * uq[k];
        }
      }
    }
  }
  return a.map((row, k) => row[k]).sort((one, other) => one - other);
}

/** Singular values of J in every step of a run: its smallest and its largest. */
async function trainAndLook(rank, seed) {
  const path = resolve(out, `rank-${rank}-seed-${seed}`);
  rmSync(path, { recursive: true, force: true });
  const folder = describeRunFolder(path);
  mkdirSync(folder.checkpoints, { recursive: true });
  const document = parse(readFileSync(planPath, 'utf8'));
  const text = stringify({
    ...document,
    seed,
    heads: { enabled: rank > 0, ...(rank > 0 && { rank }) },
    constraints: {
      ...document.constraints,
      ...{ penalty: 'fixed', penaltyCoefficient: 1, combine: 'projectionByTask' },
    },
    training: { ...document.training, steps: Number(values.steps) },
    selection: { everySteps: Number(values.steps) },
    gate: { ...document.gate, ledger: join(path, 'ledger.jsonl') },
  });
  writeFileSync(folder.plan, text);
  const plan = parsePlan(text, 'plan.yaml');
  const engine = await createEngine(
    values.threads === undefined ? {} : { threads: Number(values.threads) },
  );
  const looks = [];
  const looking = {
    ...engine,
    async multiplyGradients(request) {
      const products = await engine.multiplyGradients(request);
      const count = products.amongKept.length;
      const squares = listEigenvalues(products.amongKept);
      // A kept gradient is that of a mean over the step's tasks.
      const toSingular = (square) => count * Math.sqrt(Math.max(0, square));
      looks.push([toSingular(squares[0]), toSingular(squares.at(-1))]);
      return products;
    },
  };
  const imagePool = createImagePool(defaultImageWorkers());
  const roots = machineRoots();
  const terms = createTermService({ allowModules: false });
  const serve = createInProcessClient;
  const tensors = serve(TensorServiceDefinition, createTensorService(looking));
  const clients = {
    encoder: serve(
      EncoderServiceDefinition,
      createEncoderService({ engine: looking, roots, imagePool }),
    ),
    optimizer: serve(
      OptimizerServiceDefinition,
      createOptimizerService({ engine: looking, roots }),
    ),
    constraint: serve(ConstraintServiceDefinition, createConstraintService()),
    terms: serve(TermServiceDefinition, terms.implementation),
    ...{ encoderTensors: tensors, optimizerTensors: tensors, engine: engine.description },
  };
  const journal = await openJournal(folder.journal);
  const signal = new AbortController().signal;
  const options = {
    ...{ runId: `jacobian-${rank}-${seed}`, lease: unshared, folder },
    ...{ basePath: dirname(resolve(planPath)), planName: 'plan' },
    ...{ clients, softwareVersion: 'bench', command: 'bench', publish() {}, signal },
  };
  let metrics;
  try {
    const run = await prepareRun(options, await readRun(options, plan, journal), () => {});
    const initial = await startOrResume(run, options, async () => {});
    metrics = await openMetricsLog(folder.metrics, 0, unshared.requireHeld);
    await trainRun(run, initial, { steering: undefined, metrics, publish() {}, signal });
  } finally {
    await metrics?.close();
    await journal.close();
    await terms.close();
    await imagePool.close();
    await engine.close();
  }
  return looks;
}

const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
console.log('| seed | heads | smallest, step 0 | smallest, mean | largest, mean |');
console.log('|---|---|---|---|---|');
for (const seed of values.seeds.split(',').map(Number)) {
  for (const rank of values.ranks.split(',').map(Number)) {
    const looks = await trainAndLook(rank, seed);
    const [smallest, largest] = [0, 1].map((end) => looks.map((look) => look[end]));
    const cells = [smallest[0], mean(smallest), mean(largest)].map((value) => value.toFixed(3));
    console.log(`| ${seed} | ${rank === 0 ? 'none' : `rank ${rank}`} | ${cells.join(' | ')} |`);
  }
}
