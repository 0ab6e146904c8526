// Has the API server check manifests as if they were applied: types, unknown fields, and what their kinds' own rules say.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { helm, kubectl, kubectlWith, root, say, tools } from './cluster.mjs';
import { until } from './runs.mjs';

/** Installs the kinds of other projects that manifests use (crds.txt). Their controllers do not run. */
export async function installKinds() {
  kubectl('apply', '--server-side', '--recursive', '-f', join(tools, 'crds'));
  // kubectl fails at one that has no condition yet.
  await until('kinds of other projects', () => {
    try {
      return kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=10s');
    } catch {
      return false;
    }
  });
}

/** @throws where the API server would refuse one, or does not know a field of it. */
export function checkManifests(what, manifests) {
  kubectlWith(
    manifests,
    ...['apply', '--server-side', '--force-conflicts', '--dry-run=server', '--validate=strict'],
    ...['-f', '-'],
  );
  say(`the API server finds nothing to say of ${what}`);
}

/** The chart with each set of values in its folder `ci`, which together use all of its templates. */
export function checkChart() {
  const chart = join(root, 'deploy/helm/holdfast');
  // A dry run leaves no account behind that the test's pod could be of.
  kubectl('create', 'serviceaccount', 'checked-holdfast');
  for (const name of readdirSync(join(chart, 'ci'))) {
    const manifests = helm('template', 'checked', chart, '-f', join(chart, 'ci', name));
    checkManifests(`the chart with ${name}`, manifests);
  }
  kubectl('delete', 'serviceaccount', 'checked-holdfast');
}

/** What other projects serve a model by, run jobs by, and make pipelines of. */
export function checkPlatforms() {
  for (const folder of ['deploy/kserve', 'deploy/platforms']) {
    for (const name of readdirSync(join(root, folder)).filter((each) => each.endsWith('.yaml'))) {
      checkManifests(name, readFileSync(join(root, folder, name), 'utf8'));
    }
  }
}
