// A real Prometheus that scrapes the pods as the chart's ServiceMonitor says, with the alerts of its PrometheusRule.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inside, kubectl, say, start, state, tools } from './cluster.mjs';
import { until } from './runs.mjs';

const address = '127.0.0.1:19090';
const readObject = (...args) => JSON.parse(kubectl('get', ...args, '-o', 'json'));

/**
 * What the Prometheus operator makes of a ServiceMonitor, as far as the chart's goes. Debian's Prometheus knows no Kubernetes, so that the
 * endpoints are written to a file, which it reads again when it changes.
 */
function writeTargets() {
  const { spec } = readObject('servicemonitor', 'holdfast');
  const chosen = Object.entries(spec.selector.matchLabels).map((pair) => pair.join('='));
  const selector = ['-l', chosen.join(',')];
  const targets = readObject('endpointslices', ...selector).items.flatMap(
    ({ metadata, endpoints, ports }) => {
      const port = ports?.find(({ name }) => name === spec.endpoints[0].port)?.port;
      const copied = spec.targetLabels.map((label) => [
        label.replace(/\W/g, '_'),
        metadata.labels[label],
      ]);
      return (endpoints ?? []).map(({ addresses, targetRef }) => ({
        targets: [`${addresses[0]}:${port}`],
        labels: {
          namespace: metadata.namespace,
          service: metadata.labels['kubernetes.io/service-name'],
          pod: targetRef.name,
          ...Object.fromEntries(copied),
        },
      }));
    },
  );
  writeFileSync(join(state, 'targets.json'), JSON.stringify(targets));
  return spec.endpoints[0].interval;
}

/** The alerts of the chart, which fire at once here: this test does not wait five minutes. */
function readRules() {
  const { groups } = readObject('prometheusrule', 'holdfast').spec;
  const hurry = (rule) => ({ ...rule, for: '0s' });
  return { groups: groups.map((group) => ({ ...group, rules: group.rules.map(hurry) })) };
}

/** Samples of a query. */
function query(expression) {
  const args = ['--data-urlencode', `query=${expression}`, `http://${address}/api/v1/query`];
  const { data } = JSON.parse(inside('curl', '--silent', '--get', ...args));
  return data.result;
}

/** Starts Prometheus, which ends with the test. */
export function startPrometheus() {
  // JSON is YAML.
  const rules = join(state, 'rules.yaml');
  writeFileSync(rules, JSON.stringify(readRules()));
  const path = join(state, 'prometheus.yaml');
  writeFileSync(
    path,
    JSON.stringify({
      global: { evaluation_interval: '1s' },
      rule_files: [rules],
      scrape_configs: [
        {
          job_name: 'holdfast',
          scrape_interval: writeTargets(),
          file_sd_configs: [{ files: [join(state, 'targets.json')] }],
        },
      ],
    }),
  );
  start(
    ...[join(tools, 'prometheus'), `--config.file=${path}`, `--web.listen-address=${address}`],
    `--storage.tsdb.path=${join(state, 'prometheus')}`,
  );
}

/** Waits until every pod is scraped, and nothing else. */
export async function expectScrapes() {
  const list = (names) => names.toSorted().join(', ');
  const listPods = () =>
    readObject('pods', '-l', 'app.kubernetes.io/component!=test').items.map(
      ({ metadata }) => metadata.name,
    );
  const listScraped = () => query('up == 1').map(({ metric }) => metric.pod);
  await until('a scrape of every pod', () => {
    writeTargets();
    try {
      return list(listScraped()) === list(listPods());
    } catch {
      return false;
    }
  });
  say(`Prometheus scrapes every pod: ${list(listPods())}`);
}

/** Has Prometheus answer what KEDA would ask it. */
export function expectScalerQuery() {
  const [{ metadata }] = readObject('scaledobject', 'holdfast-serving').spec.triggers;
  const samples = query(metadata.query);
  if (samples.length !== 1) throw new Error(`${metadata.query} has ${samples.length} samples`);
  say(`Prometheus answers what the ScaledObject asks: ${samples[0].value[1]} tokens wait`);
}

/** Takes a service away until an alert fires, and gives it back until it does not. */
export async function expectAlert() {
  const alert = 'HoldfastServiceNotReady';
  const scale = (replicas) =>
    kubectl('scale', 'deployment', 'holdfast-evaluator', `--replicas=${replicas}`);
  const fires = () => query(`ALERTS{alertname="${alert}", alertstate="firing"}`).length > 0;
  await until(`no ${alert}`, () => !fires());
  scale(0);
  await until(alert, fires);
  scale(1);
  await until(`the end of ${alert}`, () => !fires());
  say(`Prometheus raised ${alert} while there was no evaluator`);
}
