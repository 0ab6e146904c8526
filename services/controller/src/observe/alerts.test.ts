import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasPromtool, runPromtool } from '@holdfast/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMonitoring } from '../test-support/read-monitoring.js';

/** A situation: samples a minute apart, and the alerts of it after an hour. */
interface Situation {
  readonly name: string;
  /** In promtool's notation, by series. */
  readonly samples: Readonly<Record<string, string>>;
  readonly alerts: readonly string[];
}

const training = 'holdfast_run_state{instance="c",run_id="a",state="training"}';
const runs = (state: string) => `holdfast_runs{instance="c",state="${state}"}`;
const handled = (code: string) =>
  `grpc_server_handled_total{instance="e",grpc_service="S",grpc_method="M",grpc_code="${code}"}`;

const controller =
  'holdfast_service_ready{instance="c",grpc_service="holdfast.controller.v1.ControllerService"}';

const situations: readonly Situation[] = [
  {
    name: 'all is well',
    samples: {
      'holdfast_service_ready{instance="c",grpc_service="S"}': '1x60',
      [training]: '1x60',
      'holdfast_run_step{instance="c",run_id="a"}': '0+1x60',
      'holdfast_queue_depth{instance="c"}': '2x60',
      [runs('training')]: '1x60',
      [runs('queued')]: '2x60',
      'holdfast_runs_ended_total{instance="c",state="failed"}': '0x60',
      [handled('OK')]: '0+100x60',
      [handled('ResourceExhausted')]: '0+1x60',
    },
    alerts: [],
  },
  {
    name: 'there is no controller',
    samples: { [controller]: '1x40' },
    alerts: ['HoldfastNoController'],
  },
  {
    name: 'a service misses another one, and the disk fills',
    samples: {
      'holdfast_service_ready{instance="c",grpc_service="S"}': '0x60',
      'holdfast_runs_free_bytes{instance="c"}': '1000000000x60',
    },
    alerts: ['HoldfastDiskFills', 'HoldfastServiceNotReady'],
  },
  {
    name: 'a run takes no step any more',
    samples: { [training]: '1x60', 'holdfast_run_step{instance="c",run_id="a"}': '7x60' },
    alerts: ['HoldfastRunStuck'],
  },
  {
    name: 'a run took no step for a quarter of an hour',
    samples: {
      [training]: '1x60',
      'holdfast_run_step{instance="c",run_id="a"}': '0+1x45 45x15',
    },
    alerts: [],
  },
  {
    name: 'a run failed ten minutes ago, after it was recovered again and again',
    samples: {
      'holdfast_runs_ended_total{instance="c",state="failed"}': '0x49 1x10',
      'holdfast_run_recoveries_total{instance="c"}': '0x10 0+1x5 5x44',
    },
    alerts: ['HoldfastRunFailed', 'HoldfastRunsRecoverOften'],
  },
  {
    name: 'runs wait, and none is worked on',
    samples: { 'holdfast_queue_depth{instance="c"}': '2x60', [runs('queued')]: '2x60' },
    alerts: ['HoldfastQueueStands'],
  },
  {
    name: 'calls are refused, for want of room or of a token, and one broke an invariant',
    samples: {
      [handled('OK')]: '0+10x60',
      [handled('ResourceExhausted')]: '0+5x60',
      [handled('Unauthenticated')]: '0+5x60',
      [handled('Internal')]: '0x50 1x10',
    },
    alerts: ['HoldfastCallersUnknown', 'HoldfastInternalError', 'HoldfastRefusesLoad'],
  },
  {
    name: 'a request within a stream broke an invariant',
    samples: {
      'holdfast_stream_requests_failed_total{instance="e",grpc_code="Internal"}': '0x50 1x10',
      'holdfast_stream_requests_failed_total{instance="e",grpc_code="NotFound"}': '0+1x60',
    },
    alerts: ['HoldfastInternalError'],
  },
  {
    name: 'an encoder waits for its images, and its event loop lags',
    samples: {
      'holdfast_encoder_image_wait_seconds_sum{instance="e"}': '0+30x60',
      'nodejs_eventloop_lag_p99_seconds{instance="e"}': '2x60',
    },
    alerts: ['HoldfastEncoderWaitsForImages', 'HoldfastEventLoopLags'],
  },
];

describe.runIf(hasPromtool)('the alerts', () => {
  let folder: string;
  let rules: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-alerts-'));
    rules = (await readMonitoring()).rules;
    await writeFile(join(folder, 'rules.yaml'), rules);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are rules that Prometheus reads', () => {
    const { said, code } = runPromtool(['check', 'rules', join(folder, 'rules.yaml')]);
    expect(code, said).toBe(0);
  });

  it('are each raised by one of the situations tried here', () => {
    const all = [...rules.matchAll(/alert: (\w+)/g)].map(([, name]) => name);
    const raised = new Set(situations.flatMap(({ alerts }) => alerts));
    expect([...raised].toSorted()).toEqual(all.toSorted());
  });

  it.each(situations)('$name: $alerts', async ({ samples, alerts }) => {
    const input_series = Object.entries({ [controller]: '1x60', ...samples }).map(
      ([series, values]) => ({ series, values }),
    );
    const firing = {
      expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
      eval_time: '1h',
      exp_samples: alerts.map((name) => ({ labels: `{alertname="${name}"}`, value: 1 })),
    };
    const tests = [{ interval: '1m', input_series, promql_expr_test: [firing] }];
    const test = { rule_files: ['rules.yaml'], evaluation_interval: '1m', tests };
    // JSON is YAML.
    await writeFile(join(folder, 'test.yaml'), JSON.stringify(test));
    const { said, code } = runPromtool(['test', 'rules', join(folder, 'test.yaml')]);
    expect(code, said).toBe(0);
  });
});

it.runIf(hasPromtool)('the queries of the dashboard are ones that Prometheus reads', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-dashboard-'));
  const { queries } = await readMonitoring();
  const rules = queries.map((expr, i) => ({ record: `query:${i}`, expr }));
  const path = join(folder, 'rules.yaml');
  await writeFile(path, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
  const { said, code } = runPromtool(['check', 'rules', path]);
  await rm(folder, { recursive: true });
  expect(code, said).toBe(0);
  expect(said).toContain(`${queries.length} rules found`);
});
