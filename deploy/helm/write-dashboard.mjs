// Writes the chart's Grafana dashboard from the table below. Its queries are plain PromQL, which the tests have promtool read.
//
//   node deploy/helm/write-dashboard.mjs [--check]
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Rows of the dashboard; of each panel its title, unit, and queries with what names a line of theirs. */
const rows = {
  Runs: [
    ['Runs', 'short', ['sum by (state) (holdfast_runs)', '{{state}}']],
    ['Runs that wait', 'short', ['holdfast_queue_depth', '{{instance}}']],
    [
      'Verdicts of a day',
      'short',
      ['sum by (outcome) (increase(holdfast_verdicts_total[1d]))', '{{outcome}}'],
    ],
    [
      'Steps taken of those planned',
      'percentunit',
      ['holdfast_run_step / on (instance, run_id) holdfast_run_planned_steps', '{{run_id}}'],
    ],
    ['Constraints (above 0: violated)', 'short', ['holdfast_constraint_value', '{{task}}']],
    [
      'Opened again, and failed, of a day',
      'short',
      ['sum(increase(holdfast_run_recoveries_total[1d]))', 'opened again'],
      ['sum(increase(holdfast_runs_ended_total{state="failed"}[1d]))', 'failed'],
    ],
    [
      'A step, by phase',
      's',
      [
        'sum by (phase) (rate(holdfast_step_seconds_sum[5m])) / sum by (phase) (rate(holdfast_step_seconds_count[5m]))',
        '{{phase}}',
      ],
    ],
    [
      'Images a second, by encoder',
      'short',
      ['sum by (replica) (rate(holdfast_replica_images_total[5m]))', '{{replica}}'],
    ],
    [
      'Encoders wait for pixels',
      'percentunit',
      ['rate(holdfast_encoder_image_wait_seconds_sum[5m])', '{{instance}}'],
    ],
  ],
  Services: [
    [
      'Ready',
      'short',
      ['min by (grpc_service, instance) (holdfast_service_ready)', '{{grpc_service}} {{instance}}'],
    ],
    [
      'Calls a second, by status',
      'short',
      ['sum by (grpc_code) (rate(grpc_server_handled_total[5m]))', '{{grpc_code}}'],
    ],
    [
      'Calls, the slowest hundredth',
      's',
      [
        'histogram_quantile(0.99, sum by (le, grpc_service) (rate(grpc_server_handling_seconds_bucket[5m])))',
        '{{grpc_service}}',
      ],
    ],
    [
      'On the wire',
      'Bps',
      [
        'sum by (grpc_service, direction) (rate(holdfast_wire_bytes_total[5m]))',
        '{{grpc_service}} {{direction}}',
      ],
    ],
    ['Memory', 'bytes', ['process_resident_memory_bytes', '{{instance}}']],
    ['Processors', 'short', ['rate(process_cpu_seconds_total[5m])', '{{instance}}']],
    [
      'Event loop, the slowest hundredth',
      's',
      ['nodejs_eventloop_lag_p99_seconds', '{{instance}}'],
    ],
    ['Free for runs', 'bytes', ['holdfast_runs_free_bytes', '{{instance}}']],
  ],
  Serving: [
    ['Patches and tokens that wait', 'short', ['holdfast_serving_waiting_tokens', '{{instance}}']],
    [
      'Images and texts a second',
      'short',
      ['sum by (kind, use) (rate(holdfast_batch_items_sum[5m]))', '{{kind}} {{use}}'],
    ],
    [
      'What shadows answer',
      'short',
      ['sum by (alias, outcome) (rate(holdfast_shadow_images_total[5m]))', '{{alias}} {{outcome}}'],
    ],
  ],
};

const datasource = { type: 'prometheus', uid: '$datasource' };

/** A row's heading and its panels below, three beside one another. */
function layRow([title, panels], y, firstId) {
  const heading = { id: firstId, type: 'row', title, gridPos: { x: 0, y, w: 24, h: 1 } };
  const laid = panels.map(([name, unit, ...queries], i) => ({
    id: firstId + 1 + i,
    type: 'timeseries',
    title: name,
    datasource,
    gridPos: { x: 8 * (i % 3), y: y + 1 + 7 * Math.floor(i / 3), w: 8, h: 7 },
    fieldConfig: { defaults: { unit }, overrides: [] },
    targets: queries.map(([expr, legendFormat], n) => ({
      refId: 'ABC'[n],
      datasource,
      expr,
      legendFormat,
    })),
  }));
  return [heading, ...laid];
}

function layPanels() {
  const panels = [];
  let y = 0;
  for (const row of Object.entries(rows)) {
    panels.push(...layRow(row, y, panels.length + 1));
    y += 1 + 7 * Math.ceil(row[1].length / 3);
  }
  return panels;
}

const dashboard = {
  uid: 'holdfast',
  title: 'Holdfast',
  tags: ['holdfast'],
  schemaVersion: 39,
  refresh: '30s',
  time: { from: 'now-3h', to: 'now' },
  templating: { list: [{ name: 'datasource', type: 'datasource', query: 'prometheus' }] },
  panels: layPanels(),
};

const path = join(dirname(fileURLToPath(import.meta.url)), 'holdfast/files/dashboard.json');
const text = `${JSON.stringify(dashboard, null, 2)}\n`;
if (!process.argv.includes('--check')) writeFileSync(path, text);
else if (JSON.stringify(JSON.parse(readFileSync(path, 'utf8'))) !== JSON.stringify(dashboard)) {
  console.error(`${path}: run node deploy/helm/write-dashboard.mjs`);
  process.exitCode = 1;
}
