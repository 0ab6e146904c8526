// The images a second of steps with one and with two real encoders, of one thread each, over gRPC on this machine.
//
//   node bench/two-encoders.mjs [--pairs 12] [--images 512]
//
// One run is open in the first encoder, another in both, and they take steps in turn: forward, back, gradients to a real
// optimizer, weights to the encoders. What terms compute of the embeddings is left out. Printed are the medians of a step's
// seconds, and of the ratio of each pair of steps, so that other work of the machine counts little; and what two processes of
// plain arithmetic get done beside one, which is what the machine has to give. Processor time of the encoders (Linux only) says
// whether dividing costs any.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { sha256 } from '@holdfast/artifacts';
import { writeSampleTable } from '@holdfast/dataset';
import { readPlanData } from '@holdfast/evaluation';
import { parsePlan } from '@holdfast/plan';
import { EncoderServiceDefinition } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { TrainableScope } from '@holdfast/proto/holdfast/model/v1/model';
import {
  Objective,
  OptimizerServiceDefinition,
} from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { SharedArray, TensorServiceDefinition } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { createRemoteClient } from '@holdfast/service-kit';
import { startService } from '../scripts/kill-services/service-process.mjs';
import { openEncoderGroup } from '../services/controller/dist/replicas/encoder-group.js';
import { openReplica } from '../services/controller/dist/replicas/open-replica.js';
import { openReplicas } from '../services/controller/dist/replicas/open-replicas.js';

const { values } = parseArgs({
  options: { pairs: { type: 'string', default: '12' }, images: { type: 'string', default: '512' } },
});
const images = Number(values.images);
const signal = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), 'holdfast-two-encoders-'));
const example = join(import.meta.dirname, '../examples/gtsrb');
const modelPath = join(example, 'model');
const samplesPath = join(folder, 'samples.csv');

function connect({ address }, definition) {
  return createRemoteClient(definition, { address }).client;
}

const plan = parsePlan(readFileSync(join(example, 'plan.yaml'), 'utf8'), 'plan.yaml');
const { dataset } = await readPlanData(plan, example, { signal });
await writeSampleTable(samplesPath, dataset.samples);
const engine = { ROOTS: '/', THREADS: '1', IMAGE_WORKERS: '1' };
const start = (name, settings) => startService(name, { settings, logFolder: folder });
const services = [
  await start('encoder-1', engine),
  await start('encoder-2', engine),
  await start('optimizer', { ROOTS: '/' }),
];
const optimizer = connect(services[2], OptimizerServiceDefinition);
const optimizerTensors = connect(services[2], TensorServiceDefinition);

async function openRun(runId, encoders) {
  const request = {
    runId,
    plan,
    modelPath,
    samplesPath,
    samplesSha256: sha256(readFileSync(samplesPath)),
    cachePath: join(folder, 'cache'),
    training: { trainable: { scope: TrainableScope.TRAINABLE_SCOPE_FULL }, imageBatchSize: images },
  };
  const list = encoders.map((service) => ({
    address: service.address,
    encoder: connect(service, EncoderServiceDefinition),
    tensors: connect(service, TensorServiceDefinition),
  }));
  const replicas = await openReplicas({
    source: { list: () => list },
    come: true,
    open: (replica, giveUp) =>
      openReplica(replica, request, { onProgress: () => {}, signal: giveUp }),
    onChange: ({ event, address, reason }) => {
      if (event === 'left') console.error(`${address} left: ${reason}`);
    },
    signal,
  });
  await optimizer.openRun({
    runId,
    modelUri: pathToFileURL(modelPath).href,
    objective: {
      objective: Objective.OBJECTIVE_JOINT,
      temperature: 0.05,
      movingAverage: 0.9,
      epsilon: 1e-8,
    },
    adamw: { learningRate: 1e-6, beta1: 0.9, beta2: 0.98, epsilon: 1e-8, totalSteps: 1_000_000 },
    trainable: { scope: TrainableScope.TRAINABLE_SCOPE_FULL },
  });
  const group = await openEncoderGroup(
    { optimizerTensors },
    { runId, replicas, shards: 'measured', gradients: 'float32' },
  );
  return { runId, group, step: 0 };
}

async function takeStep(run) {
  const { runId, group, step } = run;
  const parameters = { array: SharedArray.SHARED_ARRAY_PARAMETERS, version: step };
  const usable = dataset.samples.map(({ index }) => index);
  const samples = Array.from(
    { length: images },
    (_, i) => usable[(step * images + i) % usable.length],
  );
  const request = { runId, step, parameters };
  const marks = [performance.now()];
  const mark = (result) => {
    marks.push(performance.now());
    return result;
  };
  const embedding = group.encode({ ...request, retain: true, images: { samples } });
  const { imageEmbeddings: imageGradients } = mark(await embedding);
  const gradient = mark(await group.backpropagate({ ...request, imageGradients }));
  const applied = mark(await optimizer.step({ runId, step, gradients: [gradient] }));
  mark(await group.receive(applied.parameters));
  run.step += 1;
  return {
    seconds: (marks.at(-1) - marks[0]) / 1000,
    phasesMs: marks.slice(1).map((now, i) => now - marks[i]),
  };
}

/** Arithmetic that a process gets done in a second, while others do the same. */
async function spin(processes) {
  const work = `
    const numbers = new Float32Array(4096).fill(1.1);
    let [sum, done] = [0, 0];
    const end = performance.now() + 1000;
    while (performance.now() < end) {
      for (let i = 0; i < 1e6; i += 1) sum += numbers[i & 4095] * numbers[(7 * i) & 4095];
      done += 1;
    }
    console.log(done, sum > 0);`;
  const run = promisify(execFile);
  const ran = Array.from({ length: processes }, () => run(process.execPath, ['-e', work]));
  const counts = (await Promise.all(ran)).map(({ stdout }) => Number.parseInt(stdout, 10));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Processor time of the encoders since they started, ms: fields 14 and 15 of proc(5), in hundredths of a second. */
function readCpuMs() {
  const ofEach = services.slice(0, 2).map(({ pid }) => {
    const fields = readFileSync(`/proc/${pid()}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  });
  return ofEach[0] + ofEach[1];
}

/** A step's seconds, and the encoders' processor time for each of its images. */
async function measureStep(run) {
  const before = readCpuMs();
  const { seconds, phasesMs } = await takeStep(run);
  return { seconds, phasesMs, cpuMs: (readCpuMs() - before) / images };
}

/** Medians of what a step does one after the other, in milliseconds. */
function describePhases(name) {
  const phases = ['encode', 'backpropagate', 'update', 'share'];
  const of = (i) => median(pairs.map((pair) => pair[name].phasesMs[i]));
  return Object.fromEntries(phases.map((phase, i) => [phase, Math.round(of(i))]));
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const [one, two] = [
  await openRun('one', services.slice(0, 1)),
  await openRun('two', services.slice(0, 2)),
];
const pairs = [];
for (let pair = -2; pair < Number(values.pairs); pair += 1) {
  const steps = { one: await measureStep(one), two: await measureStep(two) };
  const capacity = (await spin(2)) / (await spin(1));
  if (pair >= 0) pairs.push({ ...steps, capacity });
}
console.log(
  JSON.stringify({
    images,
    one_seconds: median(pairs.map((pair) => pair.one.seconds)),
    two_seconds: median(pairs.map((pair) => pair.two.seconds)),
    one_ms: describePhases('one'),
    two_ms: describePhases('two'),
    ratio: median(pairs.map((pair) => pair.one.seconds / pair.two.seconds)),
    one_cpu_ms_per_image: median(pairs.map((pair) => pair.one.cpuMs)),
    two_cpu_ms_per_image: median(pairs.map((pair) => pair.two.cpuMs)),
    machine_ratio: median(pairs.map(({ capacity }) => capacity)),
  }),
);
for (const service of services) await service.kill();
rmSync(folder, { recursive: true });
process.exit();
