// Publishes a run to a real MLflow server on loopback, twice, to TensorBoard's files and as a model card, and has
// check-publish.py read all of it with their own libraries. Then makes a small run, and finds its metrics in MLflow while it trains.
//
//   node scripts/check-publish.mjs PYTHON RUN     # libs/publish/python/requirements.txt, tensorboard, huggingface_hub
//
// Needs a built repository. Exits with 1 if anything is not there.
import { ok, strictEqual } from 'node:assert';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { writeSignsPlan } from './write-signs-plan.mjs';

const [python, run] = process.argv.slice(2);
if (python === undefined || run === undefined) {
  console.error('usage: node scripts/check-publish.mjs PYTHON RUN');
  process.exit(1);
}
const program = fileURLToPath(new URL('../apps/cli/bin/holdfast.mjs', import.meta.url));
const check = fileURLToPath(new URL('check-publish.py', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'holdfast-publish-'));
const tensorboard = join(folder, 'tensorboard');
const port = await findPort();
const url = `http://127.0.0.1:${port}`;
const server = startMlflow();
try {
  await awaitMlflow();
  const publish = ['publish', run, '--mlflow', url, '--tensorboard', tensorboard, '--model-card'];
  // The second time nothing may be there twice.
  for (let i = 0; i < 2; i += 1) {
    execFileSync(process.execPath, [program, ...publish], { stdio: 'inherit' });
  }
  const env = { ...process.env, MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: 'false' };
  execFileSync(python, [check, run, url, tensorboard], { stdio: 'inherit', env });
  await checkLive();
} finally {
  // Its workers are in its group.
  process.kill(-server.pid);
  rmSync(folder, { recursive: true, force: true });
}

async function checkLive() {
  writeSignsPlan(folder, { training: { steps: 300 }, selection: { everySteps: 150 } });
  const live = join(folder, 'live');
  const publish = ['--mlflow', url, '--mlflow-experiment', 'live'];
  const argv = [program, 'run', 'plan.yaml', '--run-folder', live, ...publish];
  const child = spawn(process.execPath, argv, { cwd: folder, stdio: 'inherit' });
  const ended = new Promise((resolve) => child.on('close', resolve));
  let seen = 0;
  while (child.exitCode === null && seen === 0) {
    await sleep(500);
    const found = await findLive();
    const objective = found?.data.metrics?.find(({ key }) => key === 'objective');
    // The journal has no word of an end: it trains.
    const journal = objective ? readFileSync(join(live, 'journal.jsonl'), 'utf8') : '';
    if (objective && !journal.includes('training.completed')) {
      strictEqual(found.info.status, 'RUNNING');
      seen = Number(objective.step) + 1;
    }
  }
  // 0: released; 2: not.
  ok([0, 2].includes(await ended), 'the run failed');
  ok(seen > 0, 'MLflow had no metrics while the run trained');
  const { info, data } = await findLive();
  strictEqual(info.status, 'FINISHED');
  strictEqual(Number(data.metrics.find(({ key }) => key === 'objective').step), 299);
  const { registered_model: model } = await get('registered-models/get?name=live');
  const { outcome } = JSON.parse(readFileSync(join(live, 'verdict.json'), 'utf8'));
  // Few photographs decide little: a candidate that is not released has a version, and no alias.
  strictEqual(model.latest_versions[0].run_id, info.run_id);
  strictEqual(model.aliases !== undefined, outcome === 'RETAINED', `${outcome} and its alias`);
  console.log(`mlflow: ${seen} of 300 steps while the run trained, all after it`);
}

async function get(path, options) {
  return (await fetch(`${url}/api/2.0/mlflow/${path}`, options)).json();
}

async function findLive() {
  const { experiment } = await get('experiments/get-by-name?experiment_name=live');
  if (experiment === undefined) return undefined;
  const body = JSON.stringify({ experiment_ids: [experiment.experiment_id] });
  const headers = { 'content-type': 'application/json' };
  const { runs } = await get('runs/search', { method: 'POST', headers, body });
  return runs?.[0];
}

function startMlflow() {
  const argv = [
    ...['server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'],
    ...['--backend-store-uri', `sqlite:///${folder}/mlflow.db`],
    ...['--artifacts-destination', join(folder, 'artifacts')],
  ];
  const env = { ...process.env, MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' };
  const options = { detached: true, stdio: ['ignore', 'ignore', 'inherit'], env };
  return spawn(join(dirname(python), 'mlflow'), argv, options);
}

/** A loaded machine takes minutes to import it. */
async function awaitMlflow() {
  for (let i = 0; i < 300; i += 1) {
    const answer = await fetch(`${url}/health`).catch(() => undefined);
    if (answer?.ok) return;
    if (server.exitCode !== null) break;
    await sleep(1000);
  }
  throw new Error('MLflow did not start');
}

async function findPort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const found = probe.address().port;
  await new Promise((resolve) => probe.close(resolve));
  return found;
}
