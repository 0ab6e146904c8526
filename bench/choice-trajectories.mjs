// Trains a plan with several seeds and writes what every version of the weights predicts: the data that
// bench/choice.mjs replays rules of choice on (docs/results.md).
//
//   node bench/choice-trajectories.mjs PLAN FOLDER [--seeds 0,1,2,3,4] [--every STEPS] [--threads N]
//
// FOLDER gets seed-N.json: samples with label, group, role and the old model's prediction; and for each checkpoint
// the predictions of the last weights, of their average and of the average's interpolations with the old model. Checkpoints are
// removed again. What is there already is not trained anew.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { openJournal } from '@holdfast/artifacts';
import { referenceParameters } from '@holdfast/evaluation';
import { hostInProcess } from '@holdfast/host';
import { parsePlan } from '@holdfast/plan';
import { checkpointPath, describeRunFolder, openMetricsLog, unshared } from '@holdfast/run-store';
import { parse, stringify } from 'yaml';
import {
  predictSamples,
  prepareVersion,
} from '../services/controller/dist/choose/predict-samples.js';
import {
  prepareRun,
  readRun,
  startOrResume,
} from '../services/controller/dist/execute/prepare-run.js';
import { trainRun } from '../services/controller/dist/train/train-run.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '0,1,2,3,4' },
    every: { type: 'string', default: '45' },
    threads: { type: 'string' },
  },
});
const [planPath, out] = positionals;
if (out === undefined) {
  console.error('usage: node bench/choice-trajectories.mjs PLAN FOLDER [--seeds 0,1] [--every 45]');
  process.exit(1);
}
/** Versions of a checkpoint: the last weights, their average, and between the old model and the average. */
const versions = [
  { average: false, alpha: 1 },
  ...[1, 0.9, 0.8, 0.6].map((alpha) => ({ average: true, alpha })),
];
const judgedRoles = ['steering', 'validation', 'test'];

async function trainAndPredict(services, seed) {
  const path = resolve(out, `run-${seed}`);
  const folder = describeRunFolder(path);
  rmSync(path, { recursive: true, force: true });
  mkdirSync(folder.checkpoints, { recursive: true });
  const document = parse(readFileSync(planPath, 'utf8'));
  const text = stringify({
    ...document,
    seed,
    selection: { everySteps: Number(values.every), keepLast: 100_000 },
    // Nothing is judged here; what others judged by these images does not matter.
    gate: { ...document.gate, ledger: join(path, 'ledger.jsonl') },
  });
  writeFileSync(folder.plan, text);
  const plan = parsePlan(text, 'plan.yaml');
  const journal = await openJournal(folder.journal);
  const signal = new AbortController().signal;
  const options = {
    ...{ runId: `choice-${seed}`, lease: unshared, folder },
    ...{ basePath: dirname(resolve(planPath)), planName: 'plan' },
    ...{ clients: services, softwareVersion: 'bench', command: 'bench', publish() {}, signal },
  };
  const run = await prepareRun(options, await readRun(options, plan, journal), () => {});
  const initial = await startOrResume(run, options, async () => {});
  const metrics = await openMetricsLog(folder.metrics, 0, unshared.requireHeld);
  await trainRun(run, initial, { steering: undefined, metrics, publish() {}, signal });
  const samples = run.dataset.samples.filter(({ roles }) =>
    judgedRoles.some((role) => roles.includes(role)),
  );
  const predict = async (parameters) => [
    ...(await predictSamples(run, parameters, samples, { signal })).classes,
  ];
  const result = {
    classes: run.tasks.classes,
    target: run.tasks.classes[run.tasks.targetIndices[0]],
    samples: samples.map(({ label, group, roles }) => [
      run.tasks.classes.indexOf(label),
      group,
      judgedRoles.find((role) => roles.includes(role)),
    ]),
    reference: await predict(referenceParameters),
    candidates: [],
  };
  for (
    let step = Number(values.every);
    step <= run.plan.training.steps;
    step += Number(values.every)
  ) {
    const checkpointUri = pathToFileURL(`${checkpointPath(folder, step)}/optimizer`).href;
    for (const { average, alpha } of versions) {
      const selector = { checkpointUri, average, interpolation: alpha };
      const predictions = await predict(await prepareVersion(run, selector));
      result.candidates.push({ step, average, alpha, predictions });
    }
    console.log(`seed ${seed}: step ${step}`);
  }
  await journal.close();
  writeFileSync(join(out, `seed-${seed}.json`), JSON.stringify(result));
  rmSync(path, { recursive: true, force: true });
}

mkdirSync(out, { recursive: true });
for (const seed of values.seeds.split(',').map(Number)) {
  if (existsSync(join(out, `seed-${seed}.json`))) continue;
  const limits = values.threads === undefined ? {} : { threads: Number(values.threads) };
  const services = await hostInProcess(limits);
  try {
    await trainAndPredict(services, seed);
  } finally {
    await services.close();
  }
}
