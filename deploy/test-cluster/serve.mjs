// Serving encoders that come and go while they are called.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kubectl, root, say, start, state } from './cluster.mjs';

const name = 'holdfast-serving';
const deployment = `deployment/${name}`;

/** Writes an entry of a Secret to a file. */
function saveSecret(secret, key) {
  const path = join(state, key);
  const jsonPath = `jsonpath={.data.${key.replace('.', '\\.')}}`;
  const text = kubectl('get', 'secret', secret, '-o', jsonPath);
  writeFileSync(path, Buffer.from(text, 'base64'));
  return path;
}

/** Begins to call; what is returned ends that, and says what came of it. */
function startCalls() {
  const address = kubectl('get', 'service', name, '-o', 'jsonpath={.spec.clusterIP}');
  const files = [saveSecret('holdfast-tls', 'ca.crt'), saveSecret('holdfast-token', 'token')];
  const script = join(root, 'deploy/test-cluster/call-serving.mjs');
  const child = start(process.execPath, script, `${address}:50051`, name, ...files, 'sign');
  let text = '';
  child.stdout.on('data', (data) => {
    text += data;
  });
  const closed = new Promise((resolve) => child.on('close', resolve));
  return async () => {
    child.kill();
    await closed;
    return JSON.parse(text);
  };
}

/** Adds an encoder, deletes one, replaces all and takes one away, while four callers call without a pause. */
export async function replaceServing() {
  const stopCalls = startCalls();
  await sleep(2000);
  const scale = (replicas) => {
    kubectl('scale', deployment, `--replicas=${replicas}`);
    kubectl('rollout', 'status', deployment, '--timeout=3m');
  };
  scale(2);
  const pods = ['-l', 'app.kubernetes.io/component=serving'];
  const pod = kubectl('get', 'pods', ...pods, '-o', 'jsonpath={.items[0].metadata.name}');
  kubectl('delete', 'pod', pod);
  kubectl('rollout', 'restart', deployment);
  kubectl('rollout', 'status', deployment, '--timeout=3m');
  scale(1);
  await sleep(5000);
  const { answered, failures } = await stopCalls();
  if (answered === 0 || failures.length > 0) {
    throw new Error(`${answered} calls were answered, ${failures.length} not: ${failures[0]}`);
  }
  say(`${answered} calls were answered, and none cut off, while serving encoders came and went`);
}
