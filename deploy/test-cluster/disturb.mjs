// What happens to pods while runs train over them. None of it may change a run's bits.
import { kubectl, say } from './cluster.mjs';
import {
  countEvents,
  countSteps,
  expectSame,
  plannedSteps,
  submit,
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
