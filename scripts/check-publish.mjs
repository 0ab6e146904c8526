// Publishes a run to a real MLflow server on loopback, twice, to TensorBoard's files and as a model card, and has
// check-publish.py read all of it with their own libraries.
//
//   node scripts/check-publish.mjs PYTHON RUN     # libs/publish/python/requirements.txt, tensorboard, huggingface_hub
//
// Needs a built repository. Exits with 1 if anything is not there.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

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
} finally {
  // Its workers are in its group.
  process.kill(-server.pid);
  rmSync(folder, { recursive: true, force: true });
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
