// The steps of the test: installs the chart in a real Kubernetes, runs small plans over pods, disturbs them, and holds what
// they compute against a run in one process. test.mjs starts them, and takes down what they leave.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkChart, checkPlatforms, installKinds } from './check-manifests.mjs';
import { data, getTools, helm, kubectl, kubectlWith, root, say, up } from './cluster.mjs';
import { deletePods, evictPods, scaleEncoders, upgradeChart } from './disturb.mjs';
import { installControllers, runApart, runQueued, runTrainJob } from './jobs.mjs';
import { expectSame, startAlone, test, writePlans } from './runs.mjs';
import { replaceServing } from './serve.mjs';
import { expectAlert, expectScalerQuery, expectScrapes, startPrometheus } from './watch.mjs';

function installChart() {
  const volume = readFileSync(join(root, 'deploy/test-cluster/volume.yaml'), 'utf8');
  kubectlWith(volume.replace('FOLDER', data), 'apply', '-f', '-');
  helm(
    ...['install', 'holdfast', 'deploy/helm/holdfast', '-f', 'deploy/test-cluster/values.yaml'],
    ...['--wait', '--timeout', '3m'],
  );
  say('the chart is installed: five services, each in a pod');
}

async function testRun(name) {
  await test(name);
  const { verdict } = expectSame(name, 'steps', 'weights', 'verdict');
  say(`a run over pods: ${verdict}, same steps and weights as in one process`);
}

getTools();
try {
  writePlans(['first', 'deleted', 'scaled', 'upgraded', 'queued', 'split', 'kubeflow']);
  const alone = startAlone();
  up();
  await installKinds();
  checkChart();
  checkPlatforms();
  await alone.finish();
  installChart();
  startPrometheus();
  await testRun('first');
  await expectScrapes();
  expectScalerQuery();
  await replaceServing();
  await deletePods('deleted');
  await scaleEncoders('scaled');
  await evictPods('upgraded');
  await upgradeChart('upgraded');
  await expectScrapes();
  await expectAlert();
  // A small node has no room for both.
  helm('uninstall', 'holdfast', '--wait');
  installControllers();
  await runQueued('queued');
  await runApart('split');
  await runTrainJob('kubeflow');
} catch (error) {
  try {
    console.error(kubectl('get', 'pods,events', '-A'));
    for (const kind of ['controller', 'test'])
      console.error(kubectl('logs', '--tail=20', '-l', `app.kubernetes.io/component=${kind}`));
    const jobs = ['-l', 'jobset.sigs.k8s.io/jobset-name', '--prefix', '--all-containers'];
    console.error(kubectl('logs', '--tail=20', ...jobs));
  } catch {}
  console.error(error);
  process.exit(1);
}
process.exit();
