// The demo's training step with its services in one process, in a trainer and three more, and in five processes.
//
//   node bench/processes.mjs [--rounds 3] [--steps 60]
//
// Rounds alternate between the three; each starts its processes anew with `holdfast serve`, and the plan is submitted
// over gRPC. Printed are medians over the rounds: wall time a step, processor time of all processes a step (Linux only),
// both after ten steps of warm-up, and of the rounds' ratios to one process. The sha256 of each run's metrics.jsonl must be
// the same.

import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { ControllerServiceDefinition } from '@holdfast/proto/holdfast/controller/v1/controller';
import { createRemoteClient } from '@holdfast/service-kit';
import { parse, stringify } from 'yaml';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '60' },
  },
});
const steps = Number(values.steps);
const warmupSteps = 10;
const folder = mkdtempSync(join(tmpdir(), 'holdfast-processes-'));

/** Groups of services, each a process; the last one has the controller. */
const topologies = {
  'one process': [['all']],
  'trainer and three': [['encoder', 'optimizer'], ['constraint'], ['evaluator'], ['controller']],
  'five processes': [['encoder'], ['optimizer'], ['constraint'], ['evaluator'], ['controller']],
};

function makePlan() {
  const path = join(root, 'examples/gtsrb');
  const plan = parse(readFileSync(join(path, 'plan.yaml'), 'utf8'));
  return {
    ...plan,
    model: join(path, 'model'),
    data: { root: path, manifest: join(path, 'manifest.csv') },
    training: { ...plan.training, steps: steps + warmupSteps },
    selection: { ...plan.selection, everySteps: steps + warmupSteps },
    gate: { ...plan.gate, ledger: join(folder, 'ledger.jsonl') },
    engine: { threads: 1 },
  };
}

/** Starts services in a process of their own, and says where they listen. */
async function serve(names, flags) {
  const program = join(root, 'apps/cli/bin/holdfast.mjs');
  const argv = [program, 'serve', ...names, '--listen-port', '0', '--log-level', 'error', ...flags];
  const child = spawn(process.execPath, argv, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  for await (const data of child.stderr) {
    said += data;
    const [, address] = /^Serving .* at ([\d.:]+)\./m.exec(said) ?? [];
    if (address !== undefined) return { child, names, address };
  }
  throw new Error(said);
}

async function startAll(groups) {
  const started = [];
  for (const names of groups) {
    const at = (service) => started.find((other) => other.names.includes(service))?.address;
    const others = ['encoder', 'optimizer', 'constraint', 'evaluator'].filter((name) => at(name));
    const isController = names.some((name) => ['controller', 'all'].includes(name));
    const trains = names.some((name) => ['encoder', 'all'].includes(name));
    const flags = [
      ...(isController || trains || names.includes('optimizer') ? ['--roots', '/'] : []),
      ...(trains ? ['--threads', '1'] : []),
      ...(isController ? others.flatMap((name) => [`--${name}-address`, at(name)]) : []),
    ];
    started.push(await serve(names, flags));
  }
  return started;
}

/** Processor time of a process since its start, ms: fields 14 and 15 of proc(5), in hundredths of a second. */
function readCpuMs({ pid }) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function measure(groups) {
  const started = await startAll(groups);
  const { client, close } = createRemoteClient(ControllerServiceDefinition, {
    address: started.at(-1).address,
  });
  const cpu = () => started.reduce((sum, { child }) => sum + readCpuMs(child), 0);
  const { runId, runUri } = await client.submitRun({
    requestId: randomUUID(),
    planYaml: stringify(makePlan()),
    baseUri: pathToFileURL(folder).href,
  });
  let begun;
  let result;
  for await (const { event } of client.watchRun({ runId })) {
    if (event?.$case === 'ended' && event.value.run.failure) {
      throw new Error(event.value.run.failure.message);
    }
    if (event?.$case !== 'stepApplied') continue;
    if (event.value.step === warmupSteps - 1) begun = { cpu: cpu(), wall: performance.now() };
    if (event.value.step === warmupSteps + steps - 1) {
      const wall = (performance.now() - begun.wall) / steps;
      result = { wall_ms_per_step: wall, cpu_ms_per_step: (cpu() - begun.cpu) / steps };
    }
  }
  close();
  const metrics = readFileSync(new URL(`${runUri}/metrics.jsonl`));
  for (const { child } of started.toReversed()) {
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('exit', resolve));
  }
  return { ...result, sha256: createHash('sha256').update(metrics).digest('hex').slice(0, 12) };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

const results = Object.fromEntries(Object.keys(topologies).map((name) => [name, []]));
for (let round = 0; round < Number(values.rounds); round += 1) {
  for (const [name, groups] of Object.entries(topologies)) {
    const result = await measure(groups);
    results[name].push(result);
    console.error(JSON.stringify({ round, name, ...result }));
  }
}
/** The median of the rounds' ratios to one process. */
function compare(name, key) {
  return median(results[name].map((result, i) => result[key] / results['one process'][i][key]));
}
for (const [name, measured] of Object.entries(results)) {
  const row = {
    name,
    wall_ms_per_step: median(measured.map((result) => result.wall_ms_per_step)),
    wall_ratio: compare(name, 'wall_ms_per_step'),
    cpu_ms_per_step: median(measured.map((result) => result.cpu_ms_per_step)),
    cpu_ratio: compare(name, 'cpu_ms_per_step'),
    sha256: [...new Set(measured.map((result) => result.sha256))].join(' '),
  };
  console.log(JSON.stringify(row));
}
rmSync(folder, { recursive: true });
