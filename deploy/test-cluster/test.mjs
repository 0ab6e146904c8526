// Installs the chart in a real Kubernetes on this machine, runs a small plan over pods, deletes a pod of each kind during
// a second run, holds both against a run in one process, and leaves the machine as it was. Needs Linux, root, and registries of packages.
//
//   npm run test:cluster [-- --tools FOLDER] [--image FILE]
//
// FOLDER keeps what was built for the next time. FILE is an image that build-image.sh wrote; without it the image is built.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(here));
const { values } = parseArgs({
  options: {
    tools: { type: 'string', default: join(homedir(), '.cache/holdfast-cluster') },
    image: { type: 'string' },
  },
});
const tools = values.tools;
const state = mkdtempSync(join(tmpdir(), 'holdfast-cluster-'));
const data = join(state, 'data');
const image = values.image ?? join(state, 'holdfast.tar');
const namespace = `hf${process.pid}`;
const started = performance.now();

function say(text) {
  console.log(`${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  ${text}`);
}

const cluster = {
  CLUSTER_DIR: join(state, 'cluster'),
  TOOLS: tools,
  IMAGES: `${join(tools, 'pause.tar')} ${image}`,
  KUBECONFIG: join(state, 'cluster/admin.kubeconfig'),
};
const options = { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' };

function run(command, ...args) {
  return execFileSync(command, args, { ...options, env: { ...process.env, ...cluster } });
}

/** Runs a command in the cluster's network. `ip netns exec` would mount /sys anew. */
const inside = (...command) => run('nsenter', `--net=/run/netns/${namespace}`, ...command);
const kubectl = (...args) => inside(join(tools, 'hyperkube'), 'kubectl', ...args);
const helm = (...args) => inside(join(tools, 'helm'), ...args);

/** Two plans that differ in nothing but where judgements are counted, and are short. */
function writePlans() {
  cpSync(join(root, 'examples/gtsrb'), data, { recursive: true });
  mkdirSync(join(data, 'runs'));
  const plan = readFileSync(join(data, 'plan.yaml'), 'utf8')
    .replace('steps: 900', 'steps: 120')
    .replace('everySteps: 90', 'everySteps: 15');
  for (const name of ['alone', 'first', 'second']) {
    const ledger = `ledger: runs/${name}-ledger.jsonl`;
    writeFileSync(join(data, `${name}.yaml`), plan.replace(/ledger: .*/, ledger));
  }
}

/** The folder of the run of a plan: `second-366fa97b`. */
function findRun(name) {
  const runs = join(data, 'runs');
  return join(
    runs,
    readdirSync(runs).find((each) => each.startsWith(`${name}-`) && !each.endsWith('.jsonl')) ?? '',
  );
}

/** What a run computed: its steps, and the hash of its candidate's weights. */
function readResult(name) {
  const path = findRun(name);
  const weights = readFileSync(join(path, 'candidate/model.safetensors'));
  const journal = readFileSync(join(path, 'journal.jsonl'), 'utf8');
  return {
    steps: readFileSync(join(path, 'metrics.jsonl'), 'utf8'),
    weights: createHash('sha256').update(weights).digest('hex'),
    verdict: JSON.parse(readFileSync(join(path, 'verdict.json'), 'utf8')).outcome,
    recoveries: journal.match(/"run\.(recovered|resumed)"/g)?.length ?? 0,
  };
}

/** Steps that a run has taken; 0 before it has begun. */
function countSteps(name) {
  try {
    return readFileSync(join(findRun(name), 'metrics.jsonl'), 'utf8').split('\n').length - 1;
  } catch {
    return 0;
  }
}

/** Waits until a run has taken so many steps. */
async function untilStep(name, steps) {
  for (let tries = 0; countSteps(name) < steps; tries++) {
    if (tries > 3000) throw new Error(`run '${name}' does not reach step ${steps}`);
    await sleep(100);
  }
}

/** Waits until a run has its verdict. */
async function untilVerdict(name) {
  for (let tries = 0; ; tries++) {
    try {
      return readResult(name);
    } catch (error) {
      if (tries > 3000) throw error;
    }
    await sleep(100);
  }
}

/** What a cluster could leave on the machine. */
function listTraces() {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .filter((line) => /holdfast-cluster|netns\/cni-|netns\/hf/.test(line));
  const processes = run('ps', '-e', '-o', 'comm=').match(
    /^(hyperkube|coredns|etcd|containerd\S*)$/gm,
  );
  const settings = ['vm/overcommit_memory', 'kernel/panic', 'kernel/panic_on_oops'].map((name) =>
    readFileSync(`/proc/sys/${name}`, 'utf8'),
  );
  return JSON.stringify([mounts, processes, settings, run('ip', 'netns', 'list')]);
}

function expectSame(what, actual, expected) {
  if (actual !== expected) throw new Error(`${what}: other than in one process`);
}

/** `helm test` submits the plan of the values and waits for the verdict. */
function test(plan) {
  helm(
    'upgrade',
    'holdfast',
    'deploy/helm/holdfast',
    '--reuse-values',
    '--set',
    `test.plan=/data/${plan}.yaml`,
    '--wait',
    '--timeout',
    '3m',
  );
  const args = [
    `--net=/run/netns/${namespace}`,
    join(tools, 'helm'),
    'test',
    'holdfast',
    '--timeout',
    '9m',
  ];
  const child = spawn('nsenter', args, {
    cwd: root,
    stdio: 'ignore',
    env: { ...process.env, ...cluster },
  });
  return new Promise((resolve, reject) => {
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`helm test of '${plan}' failed`)),
    );
  });
}

async function testChart() {
  kubectl('apply', '-f', join(state, 'volume.yaml'));
  helm(
    'install',
    'holdfast',
    'deploy/helm/holdfast',
    '-f',
    'deploy/test-cluster/values.yaml',
    '--wait',
    '--timeout',
    '3m',
  );
  say('the chart is installed: five services, each in a pod');
  const manifests = helm('get', 'manifest', 'holdfast');
  writeFileSync(join(state, 'manifests.yaml'), manifests);
  kubectl(
    ...['apply', '--server-side', '--force-conflicts', '--dry-run=server', '--validate=strict'],
    ...['-f', join(state, 'manifests.yaml')],
  );
  say('the API server finds nothing to say of its manifests');

  await test('first');
  const alone = readResult('alone');
  const first = readResult('first');
  expectSame('steps', first.steps, alone.steps);
  expectSame('weights', first.weights, alone.weights);
  say(`a run over pods: ${first.verdict}, same steps and weights as in one process`);

  const second = test('second');
  second.catch(() => {});
  const kinds = ['encoder', 'optimizer', 'constraint', 'evaluator', 'controller'];
  for (const [index, kind] of kinds.entries()) {
    await untilStep('second', 20 * (index + 1));
    kubectl('delete', 'pod', '-l', `app.kubernetes.io/component=${kind}`, '--wait=false');
    say(`deleted the ${kind}'s pod after step ${countSteps('second')}`);
  }
  // A drained controller ends the run as interrupted, and whoever waits for it; the next one takes it up.
  await second.catch(() => {});
  const disturbed = await untilVerdict('second');
  expectSame('weights after deletions', disturbed.weights, alone.weights);
  expectSame('verdict after deletions', disturbed.verdict, alone.verdict);
  say(
    `a run over pods that were deleted: the same weights; taken up again ${disturbed.recoveries} times`,
  );
}

const before = listTraces();
let failure;
try {
  run(join(here, 'get-tools.sh'), tools);
  say('tools are there');
  if (values.image === undefined) run(join(here, 'build-image.sh'), image);
  say('the image is there');
  writePlans();
  const { status } = spawnSync(
    process.execPath,
    [
      'apps/cli/dist/main.js',
      'run',
      join(data, 'alone.yaml'),
      '--threads',
      '1',
      '--run-folder',
      join(data, 'runs/alone-1'),
    ],
    { cwd: root, stdio: 'ignore' },
  );
  if (status !== 0 && status !== 2) throw new Error('the run in one process failed');
  run('chown', '-R', '10001:10001', data);
  say('a run in one process has its verdict');
  const volume = readFileSync(join(here, 'volume.yaml'), 'utf8').replace('FOLDER', data);
  writeFileSync(join(state, 'volume.yaml'), volume);
  run('ip', 'netns', 'add', namespace);
  inside('ip', 'link', 'set', 'lo', 'up');
  inside('sysctl', '-qw', 'net.ipv4.ip_forward=1');
  inside(join(here, 'cluster.sh'), 'up');
  say('the node is ready');
  await testChart();
} catch (error) {
  failure = error;
  try {
    console.error(kubectl('get', 'pods,events', '-A'));
    for (const kind of ['controller', 'test'])
      console.error(kubectl('logs', '--tail=20', '-l', `app.kubernetes.io/component=${kind}`));
  } catch {}
} finally {
  try {
    inside(join(here, 'cluster.sh'), 'down');
    run('ip', 'netns', 'del', namespace);
  } catch (error) {
    failure ??= error;
  }
  rmSync(state, { recursive: true, force: true });
  if (listTraces() === before) say('the machine is as it was');
  else failure ??= new Error(`something is left: ${listTraces()}`);
}
if (failure !== undefined) {
  console.error(failure);
  process.exitCode = 1;
}
