// Runs as jobs: controllers of JobSet, Kueue and Kubeflow's Trainer as they are released, and what `holdfast manifest` writes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkManifests } from './check-manifests.mjs';
import { data, kubectl, kubectlWith, plannedSteps, root, run, say, tools } from './cluster.mjs';
import { countSteps, expectSame, until, untilStep, untilVerdict } from './runs.mjs';

const image = process.env.HOLDFAST_JOBS_IMAGE ?? 'localhost/holdfast:test';

/** What `holdfast manifest` writes of a plan. */
function writeManifest(name, ...flags) {
  return run(
    ...[process.execPath, 'apps/cli/dist/main.js', 'manifest', join(data, `${name}.yaml`)],
    ...['--image', image, '--claim', 'data', '--cpus', '1', '--memory', '1Gi', ...flags],
  );
}

/** A field of an object, by a JSONPath without braces. */
const read = (kind, name, path) =>
  kubectl('get', kind, ...(name ? [name] : []), '-o', `jsonpath={${path}}`);
const readCondition = (kind, name, type) =>
  read(kind, name, `.status.conditions[?(@.type=="${type}")].status`);

/** Names of pods of a set's jobs. */
function listPods(name, job) {
  const selector = [
    `jobset.sigs.k8s.io/jobset-name=${name}`,
    ...(job ? [`jobset.sigs.k8s.io/replicatedjob-name=${job}`] : []),
  ];
  return kubectl('get', 'pods', '-l', selector.join(), '-o', 'name')
    .trim()
    .split('\n')
    .filter(Boolean);
}

// Kueue's last: once it is there, its webhook is asked about every deployment.
const namespaces = { jobset: 'jobset-system', trainer: 'kubeflow-system', kueue: 'kueue-system' };

function waitFor(name) {
  kubectl(
    ...['wait', '-n', namespaces[name], '--for=condition=Available', 'deployment', '--all'],
    '--timeout=5m',
  );
}

export function installControllers() {
  for (const name of Object.keys(namespaces)) {
    kubectl('apply', '--server-side', '-f', join(tools, `${name}.yaml`));
  }
  waitFor('jobset');
  waitFor('kueue');
  say('JobSet and Kueue are there');
}

/** A set that is suspended, admitted, preempted, and admitted again; then its trainer's pod is evicted. */
export async function runQueued(name) {
  const manifest = writeManifest(name, '--queue', 'team');
  checkManifests('a queued job', manifest);
  kubectlWith(manifest, 'create', '-f', '-');
  await until('a workload', () => kubectl('get', 'workloads', '-o', 'name').includes(name));
  if (read('jobset', name, '.spec.suspend') !== 'true' || listPods(name).length > 0) {
    throw new Error('the job began before it was admitted');
  }
  const [queue, urgent] = readFileSync(join(root, 'deploy/test-cluster/queue.yaml'), 'utf8').split(
    /---\n(?=apiVersion: batch)/,
  );
  kubectlWith(queue, 'apply', '-f', '-');
  await untilStep(name, Math.floor(plannedSteps / 4));
  say(`a job that was suspended is admitted, and has taken ${countSteps(name)} steps`);

  kubectlWith(urgent.replace('IMAGE', image), 'apply', '-f', '-');
  await until('preemption', () => read('jobset', name, '.spec.suspend') === 'true');
  await until('the end of its pods', () => listPods(name).length === 0);
  say(`preempted after ${countSteps(name)} steps`);
  await until(
    'the end of what is urgent',
    () => readCondition('job', 'urgent', 'Complete') === 'True',
  );
  await until('admission', () => read('jobset', name, '.spec.suspend') === 'false');
  await untilStep(name, Math.floor((plannedSteps * 3) / 4));

  const [pod] = listPods(name, 'trainer');
  const eviction = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: pod.replace('pod/', ''), namespace: 'default' },
  };
  kubectlWith(
    eviction,
    ...['create', '--raw', `/api/v1/namespaces/default/pods/${eviction.metadata.name}/eviction`],
    ...['-f', '-'],
  );
  say(`evicted its trainer after ${countSteps(name)} steps`);
  await expectVerdict(name);
}

/** A set with an optimizer and an encoder apart, without a queue. */
export async function runApart(name) {
  const manifest = writeManifest(name, '--encoders', '1');
  checkManifests('a job of encoders', manifest);
  kubectlWith(manifest, 'create', '-f', '-');
  await expectVerdict(name);
}

/** A job of Kubeflow's Trainer, as deploy/platforms has it, with requests that a small node has. */
export async function runTrainJob(name) {
  const platforms = join(root, 'deploy/platforms');
  const [runtime, job] = ['kubeflow-runtime.yaml', 'kubeflow-trainjob.yaml'].map((file) =>
    readFileSync(join(platforms, file), 'utf8')
      .replaceAll('image: holdfast:0.1.0', `image: ${image}`)
      .replace('cpu: "2", memory: 4Gi', 'cpu: 500m, memory: 512Mi')
      .replace('--metrics-port=9090]', '--metrics-port=9090, --threads=1]')
      .replace('name: signs', `name: ${name}`)
      .replaceAll('/data/signs/plan.yaml', `/data/${name}.yaml`),
  );
  waitFor('trainer');
  kubectlWith(runtime, 'apply', '-f', '-');
  kubectlWith(job, 'create', '-f', '-');
  await expectVerdict(name);
  await until('its status', () => readCondition('trainjob', name, 'Complete') === 'True');
}

async function expectVerdict(name) {
  await untilVerdict(name);
  const { verdict } = expectSame(name, 'steps', 'weights', 'verdict');
  await until('completion', () => readCondition('jobset', name, 'Completed') === 'True');
  const failed = read('jobs', '', `.items[*].status.failed`);
  if (failed.replaceAll(/[0 ]/g, '') !== '') throw new Error(`pods count as failed: ${failed}`);
  say(`a job: ${verdict}, same steps and weights as in one process`);
}
