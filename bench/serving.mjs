// A serving encoder: its throughput beside the bare engine's, and what it does under more than it can.
//
//   node bench/serving.mjs [--model examples/gtsrb/model] [--rounds 5] [--seconds 8] [--overload-seconds 60] [--images 8]
//
// The encoder runs in a process of its own with one thread, the callers in this one. Throughput: rounds alternate between the
// bare engine here (batches as large as the encoder's) and requests of so many images as pixels over gRPC,
// as many callers as fill two batches, each with a connection of its own, counted from batch to batch; printed are images a second, medians over the rounds, and the median of the rounds' ratios; and
// the processor time of an image, of the engine's process and of the encoder's with all that it does beside, which a machine that
// does other work disturbs less (Linux only).
// Overload: 200 callers, each with a connection of its own, send PNG files together four times as fast as the encoder can, whatever
// comes back; printed are the times of requests answered and refused, of calls beside them that do nothing (which is what
// this machine takes for a refusal), the rate of answers, and the encoder's memory at the beginning and the end.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openClipDirectory } from '@holdfast/clip';
import { createEngine } from '@holdfast/engine';
import { ServingServiceDefinition } from '@holdfast/proto/holdfast/serving/v1/serving';
import { encodePng } from '@holdfast/testing';
import { createChannel, createClient } from 'nice-grpc';
import { startEncoder } from '../scripts/start-encoder.mjs';
import { sizes, writeRandomModel } from './random-model.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'examples/gtsrb/model' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '8' },
    'overload-seconds': { type: 'string', default: '60' },
    images: { type: 'string', default: '8' },
  },
});
const [rounds, seconds, images] = [values.rounds, values.seconds, values.images].map(Number);
const overloadSeconds = Number(values['overload-seconds']);
/** The encoder's defaults. */
const [batchTokensMax, queueTokensMax] = [1024, 16_384];
const callers = 200;

const folder = mkdtempSync(join(tmpdir(), 'holdfast-serving-'));
const model = values.model in sizes ? join(folder, 'model') : resolve(root, values.model);
if (!existsSync(model)) writeRandomModel(model, values.model);
const { channels, imageSize, patchSize } = (await openClipDirectory(model)).config.vision;
const shape = [channels, imageSize, imageSize];
const size = channels * imageSize ** 2;

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const quantile = (numbers, q) => {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(Math.floor(sorted.length * q), sorted.length - 1)] ?? Number.NaN;
};
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

const options = { 'grpc.max_send_message_length': 2 ** 26, 'grpc.use_local_subchannel_pool': 1 };
function connect(address) {
  const channel = createChannel(address, undefined, options);
  return { client: createClient(ServingServiceDefinition, channel), close: () => channel.close() };
}

const engine = await createEngine({ threads: 1 });
await engine.openModel({ runId: 'bare', path: model, scope: 'none' });
const { imageChunkSize: chunk } = await engine.prepareEncoding({ runId: 'bare' });
const tokens = (imageSize / patchSize) ** 2 + 1;
const batch = Math.max(Math.floor(batchTokensMax / (tokens * chunk)), 1) * chunk;
const { child, address } = await startEncoder(['--roots', '/', '--models', `model=${model}`]);

/** Processor time of a process since its start, ms: fields 14 and 15 of proc(5), in hundredths of a second. */
function readCpuMs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/**
 * Images a second, and processor time of a process an image, from the end of a batch to the end of the last one in time. What
 * comes before, as a first caller whose image is padded to a chunk, is no throughput.
 *
 * @param work tells of every image that is answered, and ends when it is told to
 */
async function measure(pid, work) {
  const fromMs = performance.now();
  const read = (count) => ({ ms: performance.now(), cpuMs: readCpuMs(pid), count });
  let [count, first, last] = [0];
  await work((answered) => {
    count += answered;
    const isInTime = performance.now() < fromMs + seconds * 1000;
    // Two batches are under way when it begins.
    if (first === undefined && count >= 3 * batch) first = read(count);
    else if (first !== undefined && isInTime && count - first.count >= batch) {
      if ((count - first.count) % batch < answered) last = read(count);
    }
    return isInTime || last === undefined;
  });
  const images = last.count - first.count;
  return {
    rate: (1000 * images) / (last.ms - first.ms),
    cpuMs: (last.cpuMs - first.cpuMs) / images,
  };
}

/** Images of the engine alone. */
async function computeBare(onAnswer) {
  let pixels = new Float32Array(batch * size);
  let goesOn = true;
  while (goesOn) {
    const request = { runId: 'bare', step: 0, array: 'parameters', retain: false };
    const encoded = await engine.encode({ ...request, images: { count: batch, pixels } });
    pixels = encoded.pixels;
    goesOn = onAnswer(batch);
  }
}

function makeRequest(count) {
  const data = Buffer.alloc(4 * count * size);
  return { model: 'model', pixelValues: { dataType: 1, shape: [count, ...shape], data } };
}

/** Images of callers who ask again as soon as they are answered. */
async function callServed(connections, onAnswer) {
  const request = makeRequest(images);
  let goesOn = true;
  const call = async ({ client }) => {
    while (goesOn) {
      await client.embed(request);
      goesOn = onAnswer(images) && goesOn;
    }
  };
  await Promise.all(connections.map(call));
}

/** Resident memory of the encoder, MiB (Linux only). */
function readMemory() {
  const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
  return Number(kib) / 1024;
}

async function overload(capacity) {
  const connections = Array.from({ length: callers }, () => connect(address));
  const file = encodePng(
    imageSize,
    imageSize,
    Uint8Array.from({ length: size }, (_, i) => (i * i) >> 7),
  );
  const source = { $case: 'data', value: Buffer.from(file) };
  const request = { model: 'model', images: Array.from({ length: images }, () => ({ source })) };
  await Promise.all(connections.map(({ client }) => client.listModels({})));
  const pauseMs = (1000 * callers * images) / (4 * capacity);
  const [answeredMs, refusedMs, idleMs, memory, others] = [[], [], [], [], []];
  const pending = new Set();
  const from = performance.now();
  const endMs = from + overloadSeconds * 1000;
  const send = async ({ client }) => {
    const sentMs = performance.now();
    try {
      await client.embed(request);
      answeredMs.push(performance.now() - sentMs);
    } catch (error) {
      if (error.code === 8) refusedMs.push(performance.now() - sentMs);
      else others.push(error.message);
    }
  };
  const callOn = async (connection, i) => {
    let nextMs = from + (pauseMs * i) / callers;
    while (nextMs < endMs) {
      await sleep(Math.max(nextMs - performance.now(), 0));
      const call = send(connection).finally(() => pending.delete(call));
      pending.add(call);
      nextMs += pauseMs;
    }
  };
  const watch = setInterval(async () => {
    memory.push(readMemory());
    const sentMs = performance.now();
    await connections[0].client.deleteAlias({ alias: 'none' });
    idleMs.push(performance.now() - sentMs);
  }, 250);
  await Promise.all(connections.map(callOn));
  await Promise.all(pending);
  clearInterval(watch);
  const took = (performance.now() - from) / 1000;
  for (const { close } of connections) close();
  const third = Math.floor(memory.length / 3);
  const bound = (1000 * (queueTokensMax + 2 * batch * tokens)) / (capacity * tokens);
  const show = (numbers) =>
    [0.5, 0.99, 1].map((q) => `${quantile(numbers, q).toFixed(0)} ms`).join(', ');
  console.log(
    `sent ${answeredMs.length + refusedMs.length} requests of ${images} images, ${callers} callers`,
  );
  console.log(
    `answered ${answeredMs.length}: ${((answeredMs.length * images) / took).toFixed(1)} images/s; median, p99, most: ${show(answeredMs)}`,
  );
  console.log(`queue and two batches at the throughput above: ${bound.toFixed(0)} ms`);
  const soon = refusedMs.filter((ms) => ms < 50).length / refusedMs.length;
  console.log(
    `refused ${refusedMs.length}: median, p99, most: ${show(refusedMs)}; ${(100 * soon).toFixed(1)} % in less than 50 ms`,
  );
  console.log(`calls that do nothing: median, p99, most: ${show(idleMs)}`);
  console.log(`other errors ${others.length} ${others[0] ?? ''}`);
  console.log(
    `memory, MiB: first third ${median(memory.slice(0, third)).toFixed(0)}, last third ${median(memory.slice(-third)).toFixed(0)}, most ${Math.max(...memory).toFixed(0)}`,
  );
}

try {
  const atOnce = Math.max(Math.ceil((2 * batch) / images), 2);
  const connections = Array.from({ length: atOnce }, () => connect(address));
  const measureBare = () => measure(process.pid, computeBare);
  const measureServed = () => measure(child.pid, (onAnswer) => callServed(connections, onAnswer));
  await measureBare();
  await measureServed();
  const [bare, served] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    bare.push(await measureBare());
    served.push(await measureServed());
  }
  for (const { close } of connections) close();
  console.log(`batch ${batch} images of ${tokens} tokens, chunk ${chunk}`);
  const show = (name, digits) => {
    const [one, other] = [bare, served].map((all) => all.map((each) => each[name]));
    const ratios = other.map((value, i) => value / one[i]);
    const each = ratios.map((ratio) => ratio.toFixed(2)).join(' ');
    return `bare engine ${median(one).toFixed(digits)}, served ${median(other).toFixed(digits)}, ratio ${median(ratios).toFixed(3)} (${each})`;
  };
  console.log(`images a second: ${show('rate', 1)}`);
  console.log(`processor ms an image: ${show('cpuMs', 2)}`);
  await overload(median(served.map(({ rate }) => rate)));
} finally {
  await engine.close();
  child.kill('SIGTERM');
  await new Promise((done) => child.once('exit', done));
  rmSync(folder, { recursive: true });
}
