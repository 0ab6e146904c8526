// Holds the clients in clients/ against running services: their generated code, types, tests, examples and notebook.
//
//   node scripts/check-clients.mjs PYTHON [GO]     # an interpreter with clients/python[all,dev,check]; Go 1.24 or newer
//
// Needs a built repository and openssl. Exits with 1 if anything fails.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createExampleFolder, examplePlan } from '../apps/cli/dist/test-support/example.js';
import { createTestAuthority } from '../libs/service-kit/dist/test-support/tls-files.js';
import { startServices } from './start-services.mjs';

const [python, go] = process.argv.slice(2);
if (python === undefined) {
  console.error('usage: node scripts/check-clients.mjs PYTHON [GO]');
  process.exit(1);
}
const root = fileURLToPath(new URL('..', import.meta.url));
const example = join(root, 'examples/gtsrb');
const program = [process.execPath, join(root, 'apps/cli/bin/holdfast.mjs')];

/** A cell that fails fails it; what the cells show is counted, so that one which did not run would be seen. */
const runNotebook = `
import sys, nbclient, nbformat
notebook = nbformat.read(sys.argv[1], 4)
nbclient.NotebookClient(notebook, timeout=300).execute()
cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
assert all(cell.execution_count for cell in cells), "a cell was not run"
print(f"{len(cells)} cells, the last scores: {cells[-2].outputs[-1].data['text/plain']}")
`;
const longPlan = examplePlan
  .replace('steps: 4', 'steps: 4000, weightAverage: 0.9')
  .replace('everySteps: 2', 'everySteps: 100');
/** Judges by the validation photographs of the traffic signs, with a ledger of its own. */
const gatePlan = `model: ${join(example, 'model')}
data: { root: ${example}, manifest: ${join(example, 'manifest.csv')} }
target: { class: speed limit 80 }
prompts: { templates: ["a photo of a {} sign."] }
gate: { tolerance: 0.15, judgementsMax: 1, ledger: ledger.jsonl }
engine: { threads: 1 }
`;

const folder = await createExampleFolder();
const at = (name) => join(folder.path, name);
const started = [];

/** Services in a process of their own, until the end. */
async function start(names, flags) {
  const { child, address } = await startServices(names, flags, { cwd: folder.path });
  started.push(child);
  return address;
}

/** Runs a program for up to ten minutes and shows what it says. @param allowed exit codes that are no failure */
function run(title, [command, ...args], { allowed = [0], ...options } = {}) {
  const begin = performance.now();
  const { status } = spawnSync(command, args, { stdio: 'inherit', timeout: 600_000, ...options });
  if (!allowed.includes(status)) throw new Error(`${title}: failed with ${status}`);
  console.log(`clients: ${title}, ${((performance.now() - begin) / 1000).toFixed(0)} s`);
}

try {
  writeFileSync(at('long.yaml'), longPlan);
  writeFileSync(at('gate.yaml'), gatePlan);
  writeFileSync(at('token'), 'secret\n');
  const { authority, issue } = createTestAuthority();
  const { certificate, privateKey } = issue('DNS:localhost,IP:127.0.0.1');
  for (const [name, content] of Object.entries({ authority, certificate, key: privateKey })) {
    writeFileSync(at(`${name}.pem`), content);
  }
  const roots = ['--roots', `${root}:${folder.path}`, '--threads', '1'];
  const access = ['--token-path', at('token'), '--models', `sign@1=${join(example, 'model')}`];
  const address = await start(['all'], [...roots, ...access]);
  // Asks for a certificate, too.
  const tls = ['certificate', 'private-key', 'client-authority'].flatMap((name, index) => [
    `--tls-${name}-path`,
    at(['certificate.pem', 'key.pem', 'authority.pem'][index]),
  ]);
  const evaluator = await start(['evaluator'], tls);
  const env = {
    ...process.env,
    HOLDFAST_CONTROLLER: address,
    HOLDFAST_TOKEN_PATH: at('token'),
    HOLDFAST_TEST_ADDRESS: address,
    HOLDFAST_TEST_EVALUATOR: evaluator,
    HOLDFAST_TEST_EXAMPLE: example,
    HOLDFAST_TEST_FOLDER: folder.path,
    HOLDFAST_TEST_COMMAND: JSON.stringify(program),
    PLAN: at('plan.yaml'),
  };
  const generator = [process.execPath, join(root, 'scripts/generate-clients.mjs'), python];
  run('generated code is what the protos give', [...generator, '--check']);
  checkPython(env);
  if (go !== undefined) checkGo(env);
} finally {
  for (const child of started) child.kill('SIGTERM');
  await Promise.all(started.map((child) => new Promise((done) => child.once('exit', done))));
  await folder.remove();
}

function checkPython(env) {
  const home = join(root, 'clients/python');
  const examples = join(home, 'examples');
  for (const name of readdirSync(examples).filter((file) => file.endsWith('.py'))) {
    const lines = readFileSync(join(examples, name), 'utf8').trimEnd().split('\n').length;
    if (lines >= 30) throw new Error(`${name} has ${lines} lines, 30 or more`);
  }
  const inHome = { cwd: home, env };
  run('python is typed', [python, '-m', 'mypy'], inHome);
  run('python tests', [python, '-m', 'pytest', '-q', '-p', 'no:cacheprovider'], inHome);
  const images = join(folder.path, 'images');
  const signs = readdirSync(join(images, 'road work')).map((name) =>
    join(images, 'road work', name),
  );
  const model = join(example, 'model');
  // 2: a verdict that does not release.
  const inFolder = { cwd: folder.path, env, allowed: [0, 2] };
  for (const [name, ...args] of [
    ['train.py', 'plan.yaml'],
    ['watch_async.py', 'plan.yaml'],
    ['embed.py', 'sign', 'a photo of a road work sign.', ...signs.slice(0, 3)],
    ['classify.py', 'sign', 'road work,no passing', ...signs.slice(0, 2)],
    ['gate.py', model, model, images, 'speed limit 80'],
    ['runs.py'],
  ]) {
    run(`python ${name}`, [python, join(examples, name), ...args], inFolder);
  }
  run('notebook', [python, '-c', runNotebook, join(examples, 'tour.ipynb')], {
    ...inFolder,
    allowed: [0],
  });
}

function checkGo(env) {
  const inHome = { cwd: join(root, 'clients/go'), env };
  run('go vet', [go, 'vet', './...'], inHome);
  run('go tests', [go, 'test', '-count=1', './...'], inHome);
  const args = [
    ['train', at('plan.yaml')],
    ['classify', 'sign', 'road work,no passing', join(folder.path, 'images/road work/0.png')],
  ];
  for (const [name, ...rest] of args) {
    run(`go ${name}`, [go, 'run', `./examples/${name}`, ...rest], inHome);
  }
}
