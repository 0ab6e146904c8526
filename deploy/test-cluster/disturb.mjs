// What happens to pods while runs train over them. None of it may change a run's bits but another number of encoders, which may not change its verdict.
import { join } from 'node:path';
import { inside, kubectl, kubectlWith, plannedSteps, say, state, upgrade } from './cluster.mjs';
import {
  countEvents,
  countSteps,
  expectSame,
  readShares,
  submit,
  until,
  untilStep,
  untilVerdict,
} from './runs.mjs';

const kinds = ['encoder', 'optimizer', 'constraint', 'evaluator', 'controller'];

const labelOf = (kind) => `app.kubernetes.io/component=${kind}`;

/** Does something to each kind of pod, evenly over a run. */
async function disturb(name, act) {
  for (const [index, kind] of kinds.entries()) {
    await untilStep(name, Math.floor((plannedSteps * (index + 1)) / (kinds.length + 1)));
    await act(kind);
  }
}

async function expectSameBits(name, what) {
  await untilVerdict(name);
  expectSame(name, 'weights', 'verdict');
  const times = countEvents(name, 'run.recovered') + countEvents(name, 'run.resumed');
  say(`a run over ${what}: the same weights; taken up again ${times} times`);
}

/** Deletes a pod of each kind. */
export async function deletePods(name) {
  submit(name);
  await disturb(name, (kind) => {
    kubectl('delete', 'pod', '-l', labelOf(kind), '--wait=false');
    say(`deleted the ${kind}'s pod after step ${countSteps(name)}`);
  });
  await expectSameBits(name, 'pods that were deleted');
}

/** Asks for an eviction, as `kubectl drain` does; false where the PodDisruptionBudget does not allow it now. */
function evict(pod) {
  const eviction = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: pod, namespace: 'default' },
  };
  const path = `/api/v1/namespaces/default/pods/${pod}/eviction`;
  try {
    kubectlWith(eviction, 'create', '--raw', path, '-f', '-');
    return true;
  } catch (error) {
    if (/disruption budget/.test(error.message)) return false;
    throw error;
  }
}

/** Evicts all pods at once, as a drained node does: the budget lets them go one after the other. The run goes on. */
export async function evictPods(name) {
  submit(name);
  await untilStep(name, Math.floor(plannedSteps / 4));
  let refused = 0;
  for (const kind of kinds) {
    const pod = kubectl(
      'get',
      'pod',
      '-l',
      labelOf(kind),
      '-o',
      'jsonpath={.items[0].metadata.name}',
    );
    await until(`an eviction of ${pod}`, () => {
      if (evict(pod)) return true;
      refused++;
      return false;
    });
    say(`evicted the ${kind}'s pod after step ${countSteps(name)}`);
  }
  if (refused === 0) throw new Error('the budget let several pods go at once');
  say(`the budget refused ${refused} evictions for a while`);
}

/** Upgrades the chart to another image while the run whose pods were evicted trains: every pod is replaced, all at once. */
export async function upgradeChart(name) {
  await untilStep(name, Math.floor((plannedSteps * 2) / 3));
  const socket = join(state, 'cluster/containerd.sock');
  const images = ['localhost/holdfast:test', 'localhost/holdfast:next'];
  inside('ctr', '-a', socket, '-n', 'k8s.io', 'images', 'tag', ...images);
  upgrade('image.tag=next');
  const pods = ['pods', '-l', 'app.kubernetes.io/component!=test'];
  const paths = 'jsonpath={.items[*].spec.containers[*].image}';
  await until(
    'no pod of the old image',
    () => !kubectl('get', ...pods, '-o', paths).includes(images[0]),
  );
  say('upgraded the chart: every pod is another one');
  await expectSameBits(name, 'pods that were evicted and then upgraded');
}

/** Has a run begin with one encoder, go on with three, and end with one. */
export async function scaleEncoders(name) {
  submit(name);
  await untilStep(name, Math.floor(plannedSteps / 6));
  upgrade('encoder.replicas=3');
  await until('three encoders', () => countEvents(name, 'replica.joined') >= 3);
  const step = countSteps(name);
  await untilStep(name, step + 5);
  upgrade('encoder.replicas=1');
  await until('one encoder', () => countEvents(name, 'replica.left') >= 2);
  await untilVerdict(name);
  const { verdict } = expectSame(name, 'verdict');
  await until('a part of each encoder', () => readShares(name).filter((n) => n > 0).length >= 3);
  const images = readShares(name).join(', ');
  say(
    `a run over one encoder, three after step ${step}, one again: ${verdict}, too; ${images} images`,
  );
}
