// A real Kubernetes on this machine: its commands, how it begins and ends, and what it could leave.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    tools: { type: 'string', default: join(homedir(), '.cache/holdfast-cluster') },
    image: { type: 'string' },
    steps: { type: 'string', default: '360' },
    state: { type: 'string' },
  },
});
const started = performance.now();

export const root = dirname(dirname(here));
export const tools = values.tools;
/** Steps of each run: on a machine of two processors enough for what happens to pods meanwhile. */
export const plannedSteps = Number(values.steps);
/** Everything of this test lies here, and goes with it. */
export const state = values.state ?? mkdtempSync(join(tmpdir(), 'holdfast-cluster-'));
const namespace = basename(state);
/** What `listTraces` found before the cluster. */
const tracesBefore = join(state, 'traces.json');
/** What the cluster's volume holds. */
export const data = join(state, 'data');

const image = values.image ?? join(state, 'holdfast.tar');
const env = {
  ...process.env,
  CLUSTER_DIR: join(state, 'cluster'),
  TOOLS: tools,
  IMAGES: [
    ...['pause', 'jobset', 'kueue', 'trainer'].map((name) => join(tools, `${name}.tar`)),
    image,
  ].join(' '),
  KUBECONFIG: join(state, 'cluster/admin.kubeconfig'),
};

export function say(text) {
  console.log(`${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  ${text}`);
}

/** What a command prints. @throws with what it said, unless it ends with 0. */
function execute([command, ...args], input) {
  const options = { cwd: root, env, input: input ?? '', stdio: 'pipe', encoding: 'utf8' };
  return execFileSync(command, args, options);
}

export const run = (...command) => execute(command);
/** In a session of its own, which a terminal's Ctrl-C does not reach. */
const runInSession = (...command) => run('setsid', '--wait', ...command);

/** A command in the cluster's network. `ip netns exec` would mount /sys anew. */
const within = (...command) => ['nsenter', `--net=/run/netns/${namespace}`, ...command];
const kubectlCommand = (args) => within(join(tools, 'hyperkube'), 'kubectl', ...args);

export const inside = (...command) => execute(within(...command));
export const kubectl = (...args) => execute(kubectlCommand(args));
export const helm = (...args) => inside(join(tools, 'helm'), ...args);

/** Upgrades the release with values, and waits until its pods are ready. */
export function upgrade(...values) {
  helm(
    ...['upgrade', 'holdfast', 'deploy/helm/holdfast', '--reset-then-reuse-values', '--wait'],
    ...['--timeout', '5m', ...values.flatMap((value) => ['--set', value])],
  );
}

/** kubectl with a text, or what becomes JSON, on its standard input: `-f -`. */
export function kubectlWith(input, ...args) {
  return execute(kubectlCommand(args), typeof input === 'string' ? input : JSON.stringify(input));
}

/** Starts a command in the cluster's network, which goes on meanwhile. */
export function start(...command) {
  const [program, ...args] = within(...command);
  return spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'ignore'] });
}

export function getTools() {
  run(join(here, 'get-tools.sh'), tools);
  say('tools are there');
  if (values.image === undefined) run(join(here, 'build-image.sh'), image);
  say('the image is there');
}

export function up() {
  writeFileSync(tracesBefore, JSON.stringify(listTraces()));
  run('ip', 'netns', 'add', namespace);
  inside('ip', 'link', 'set', 'lo', 'up');
  inside('sysctl', '-qw', 'net.ipv4.ip_forward=1');
  inside(join(here, 'cluster.sh'), 'up');
  say('the node is ready');
}

/** Ends what `up` began, as far as it came. @throws if something is left. */
export function down() {
  let before;
  try {
    if (!existsSync(tracesBefore)) return;
    before = JSON.parse(readFileSync(tracesBefore, 'utf8'));
    if (listTraces().includes(`network ${namespace}`)) {
      try {
        runInSession(...within(join(here, 'cluster.sh'), 'down'));
      } finally {
        runInSession('ip', 'netns', 'del', namespace);
      }
    }
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
  const left = listTraces().filter((trace) => !before.includes(trace));
  if (left.length > 0) throw new Error(`something is left:\n${left.join('\n')}`);
  say('the machine is as it was');
}

/** What a cluster could leave on the machine: mounts, processes, settings, network namespaces, a line each. */
function listTraces() {
  const linesOf = (text, pattern) => text.split('\n').filter((line) => pattern.test(line));
  // Without those that have ended, and wait for the machine's first process to see it.
  const processes = /^ *\d+ (hyperkube|coredns|etcd|prometheus|containerd\S*) +[^Z\s]\S*$/;
  const settings = ['vm/overcommit_memory', 'kernel/panic', 'kernel/panic_on_oops'];
  return [
    ...linesOf(readFileSync('/proc/mounts', 'utf8'), /holdfast-cluster|netns\/cni-/),
    ...linesOf(runInSession('ps', '-e', '-o', 'pid=,comm=,stat='), processes).map((line) =>
      line.replace(/ +\S+$/, ''),
    ),
    ...settings.map((name) => `${name} ${readFileSync(`/proc/sys/${name}`, 'utf8').trim()}`),
    ...linesOf(runInSession('ip', 'netns', 'list'), /./).map(
      (line) => `network ${line.split(' ')[0]}`,
    ),
  ];
}
