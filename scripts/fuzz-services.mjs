// Sends each service what no client sends: messages, tensors, images, headers and bytes that are wrong.
//
//   node scripts/fuzz-services.mjs [--messages 100000] [--seed 1] [--services encoder,controller]
//
// Needs a built repository and Linux. A run is recorded first: a part of what is sent are its requests, changed in a field or in
// their bytes, to services that have the run open. Messages follow from the seed. A status other than
// INTERNAL and UNKNOWN is as it should be; those, no answer, an end of the process and memory beyond the bound are findings.
// Prints a table; exits with 1 if anything was found.
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { fuzzService } from './fuzz-services/fuzz-service.mjs';
import { recordCorpus } from './fuzz-services/record-corpus.mjs';
import { recordServing } from './fuzz-services/record-serving.mjs';
import { startService } from './kill-services/service-process.mjs';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '3000' },
    seed: { type: 'string', default: '1' },
    services: {
      type: 'string',
      default: 'encoder,constraint,optimizer,evaluator,controller,serving,inference',
    },
  },
});
const messagesMax = Number(values.messages);
const seed = Number(values.seed);

// Everything that a message can reach lies here.
const work = mkdtempSync(join(tmpdir(), 'holdfast-fuzz-'));
process.env.TMPDIR = work;
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

/** A small plan whose model and images lie in the folder of this run. */
async function writePlan() {
  const { createSmallPlan, examplePath } = await import(
    '../services/controller/dist/test-support/small-run.js'
  );
  const example = join(work, 'example');
  cpSync(examplePath, example, { recursive: true });
  const { folder, yaml } = await createSmallPlan({ training: { steps: 4 } });
  return { folder, yaml: yaml.replaceAll(examplePath, example), example };
}

async function startAll(model) {
  const services = new Map();
  const rooted = { ROOTS: work };
  const settings = {
    encoder: { ...rooted, THREADS: '1', IMAGE_WORKERS: '1', MODELS: `sign@1=${model}` },
    constraint: { ALLOW_MODULES: 'true', TERMS_MAX: '2' },
    optimizer: rooted,
    evaluator: {},
  };
  for (const [name, own] of Object.entries(settings)) {
    services.set(name, await startService(name, { settings: own, logFolder: work }));
  }
  const at = (name) => services.get(name).address;
  const addresses = {
    encoderAddress: at('encoder'),
    constraintAddress: at('constraint'),
    optimizerAddress: at('optimizer'),
    evaluatorAddress: at('evaluator'),
  };
  const runsPath = join(work, 'runs');
  mkdirSync(runsPath);
  const environment = Object.fromEntries(
    Object.entries(addresses).map(([key, value]) => [
      key.replace('Address', '_ADDRESS').toUpperCase(),
      value,
    ]),
  );
  const own = { ...rooted, RUNS_PATH: runsPath, ...environment };
  services.set('controller', await startService('controller', { settings: own, logFolder: work }));
  return { services, addresses, runsPath };
}

const started = Date.now();
const plan = await writePlan();
const { services, addresses, runsPath } = await startAll(join(plan.example, 'model'));
const recorded = await recordCorpus({ addresses, plan, runsPath });
const served = await recordServing(addresses.encoderAddress, plan.example);
const calls = [...recorded.calls, ...served];
const corpus = { ...recorded, calls, example: plan.example };
process.stderr.write(`recorded ${calls.length} calls\n`);
const known = [
  corpus.runId,
  'run',
  'sign',
  pathToFileURL(work).href,
  pathToFileURL(join(plan.example, 'model')).href,
  join(work, 'x'),
];

let found = 0;
for (const name of values.services.split(',')) {
  const since = Date.now();
  const service = services.get(name) ?? services.get('encoder');
  const row = await fuzzService(name, { service, corpus, known, seed, messagesMax, work });
  const counts = [...row.statuses]
    .sort(([, a], [, b]) => b - a)
    .map(([status, count]) => `${status} ${count}`);
  process.stdout.write(
    `${name}: ${row.sent} sent, of which ${row.images} images and ${row.connections} connections of raw bytes, in ${Math.round((Date.now() - since) / 1000)} s; ${Math.round(row.beforeMib)} MiB and at most ${Math.round(row.peakMib)} more\n  ${counts.join(', ')}\n`,
  );
  for (const [what, { count, sample }] of row.findings)
    process.stdout.write(`  FOUND ${count} times: ${what}\n    ${sample}\n`);
  found += row.findings.size;
}
process.stdout.write(
  `seed ${seed}, ${Math.round((Date.now() - started) / 1000)} s: ${found} findings\n`,
);
process.exit(found === 0 ? 0 : 1);
