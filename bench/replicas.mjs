// How far encoders scale: a controller's group of replicas and a real optimizer, with encoders of a set speed.
//
//   node bench/replicas.mjs [--replicas 1,2,4,8,16,32,64] [--images 512] [--image-ms 4] [--steps 10] [--size demo]
//
// Controller (this process), optimizer and all encoders are a process each, over gRPC. The encoders wait the time that their
// images would take, and send and take arrays of the model's size; the optimizer is the real one. What terms compute of the
// embeddings is left out. Printed for each number of replicas: milliseconds a step, what the images alone would take,
// processor time of the three processes a step (Linux only), and bytes that the optimizer takes in and gives out a step.
// --size is of bench/random-model.mjs, or demo.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { EncoderServiceDefinition } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import {
  Objective,
  OptimizerServiceDefinition,
} from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { SharedArray, TensorServiceDefinition } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { createRemoteClient } from '@holdfast/service-kit';
import { startService } from '../scripts/kill-services/service-process.mjs';
import { openEncoderGroup } from '../services/controller/dist/replicas/encoder-group.js';
import { openReplicas } from '../services/controller/dist/replicas/open-replicas.js';
import { writeRandomModel } from './random-model.mjs';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    replicas: { type: 'string', default: '1,2,4,8,16,32,64' },
    images: { type: 'string', default: '512' },
    'image-ms': { type: 'string', default: '4' },
    steps: { type: 'string', default: '10' },
    size: { type: 'string', default: 'demo' },
  },
});
const images = Number(values.images);
const imageMs = Number(values['image-ms']);
const steps = Number(values.steps);
const warmupSteps = 2;
const chunk = 8;
const width = 64;
const runId = 'replicas';
const folder = mkdtempSync(join(tmpdir(), 'holdfast-replicas-'));
process.setMaxListeners(0);

/** Processor time of a process since its start, ms: fields 14 and 15 of proc(5), in hundredths of a second. */
function readCpuMs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The process that listens at an address is a child of this one. */
async function startOptimizer(model) {
  const service = await startService('optimizer', { settings: { ROOTS: '/' }, logFolder: folder });
  const connect = (definition) => createRemoteClient(definition, { address: service.address });
  const [optimizer, tensors] = [
    connect(OptimizerServiceDefinition),
    connect(TensorServiceDefinition),
  ];
  await optimizer.client.openRun({
    runId,
    modelUri: pathToFileURL(model).href,
    objective: {
      objective: Objective.OBJECTIVE_JOINT,
      temperature: 0.05,
      movingAverage: 0.9,
      epsilon: 1e-8,
    },
    adamw: { learningRate: 1e-5, beta1: 0.9, beta2: 0.98, epsilon: 1e-8, totalSteps: 1_000_000 },
  });
  return { service, optimizer: optimizer.client, tensors: tensors.client };
}

async function startEncoders(count, { layoutSha256, elementCount }) {
  const settings = { count, imageMs, layoutSha256, elementCount: Number(elementCount), width };
  const program = join(import.meta.dirname, 'replicas/fake-encoders.mjs');
  const child = spawn(process.execPath, [program, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout })) {
    return { child, addresses: JSON.parse(line) };
  }
  throw new Error('the encoders ended');
}

/** The group of a run in these encoders, whose opening is left out. */
async function openGroup(addresses, optimizerTensors) {
  const list = addresses.map((address) => ({
    address,
    encoder: createRemoteClient(EncoderServiceDefinition, { address }).client,
    tensors: createRemoteClient(TensorServiceDefinition, { address }).client,
  }));
  const opened = { imageChunkSize: chunk, textChunkSize: chunk, badImages: [], modelSha256: '' };
  const version = { array: SharedArray.SHARED_ARRAY_PARAMETERS, version: 0 };
  const replicas = await openReplicas({
    source: { list: () => list },
    come: true,
    open: async ({ tensors }) => {
      const layout = await tensors.describe({ runId });
      return { opened, layout: { ...layout, arrays: [version] } };
    },
    onChange: ({ event, address, reason }) => {
      if (event === 'left') console.error(`${address} left: ${reason}`);
    },
    signal: new AbortController().signal,
  });
  return openEncoderGroup(
    { optimizerTensors },
    { runId, replicas, shards: 'measured', gradients: 'float32' },
  );
}

async function takeStep(group, { optimizer }, step) {
  const parameters = { array: SharedArray.SHARED_ARRAY_PARAMETERS, version: step };
  const samples = Array.from({ length: images }, (_, i) => i);
  const { imageEmbeddings } = await group.encode({
    runId,
    step,
    parameters,
    retain: true,
    images: { samples },
  });
  const gradient = await group.backpropagate({
    runId,
    step,
    parameters,
    imageGradients: imageEmbeddings,
  });
  const applied = await optimizer.step({ runId, step, gradients: [gradient] });
  await group.receive(applied.parameters);
}

async function measure(count, model) {
  const optimizer = await startOptimizer(model);
  const layout = await optimizer.tensors.describe({ runId });
  const encoders = await startEncoders(count, layout);
  const group = await openGroup(encoders.addresses, optimizer.tensors);
  const { pid } = optimizer.service;
  const cpu = () => ({
    controller: process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000,
    optimizer: readCpuMs(pid()),
    encoders: readCpuMs(encoders.child.pid),
  });
  for (let step = 0; step < warmupSteps; step += 1) await takeStep(group, optimizer, step);
  const before = cpu();
  const began = performance.now();
  for (let i = 0; i < steps; i += 1) await takeStep(group, optimizer, warmupSteps + i);
  const stepMs = (performance.now() - began) / steps;
  const after = cpu();
  const cpuMs = Object.keys(after).map((name) => [
    `${name}_cpu_ms`,
    (after[name] - before[name]) / steps,
  ]);
  await group.close();
  await optimizer.service.kill();
  encoders.child.kill('SIGKILL');
  const arrayMb = (4 * Number(layout.elementCount)) / 1e6;
  return {
    replicas: count,
    step_ms: stepMs,
    steps_per_second: 1000 / stepMs,
    images_alone_ms: (images * imageMs) / Math.min(count, images / chunk),
    ...Object.fromEntries(cpuMs),
    array_mb: arrayMb,
    optimizer_mb_each_way: count * arrayMb,
  };
}

try {
  const isDemo = values.size === 'demo';
  const model = isDemo ? join(root, 'examples/gtsrb/model') : join(folder, 'model');
  if (!isDemo) writeRandomModel(model, values.size);
  for (const count of values.replicas.split(',').map(Number)) {
    const row = await measure(count, model);
    const round = ([key, value]) => [key, Math.round(value * 100) / 100];
    console.log(JSON.stringify(Object.fromEntries(Object.entries(row).map(round))));
  }
} finally {
  rmSync(folder, { recursive: true });
}
process.exit();
