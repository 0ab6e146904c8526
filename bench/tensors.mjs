// A parameter-sized array from one engine to another in another process: by a file in memory, by gRPC, and beside them a raw
// stream of grpc-js of as many bytes.
//
//   node bench/tensors.mjs [--rounds 5]
//
// The array has the 151 million elements of a ViT-B/32, 605 MB, and goes up and down in turns. Printed are medians over the
// rounds in GB/s, what sender and receiver need of a processor in seconds a GB (up and down: both do both), and by how much each process's memory peaked above what it held or had held before (Linux only).
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { carriedTensorService, createEngine, createTensorService } from '@holdfast/engine';
import {
  DataType,
  SharedArray,
  TensorServiceDefinition,
} from '@holdfast/proto/holdfast/tensor/v1/tensor';
import {
  collectSeldom,
  connectPeers,
  createRemoteClient,
  defineService,
  startServer,
} from '@holdfast/service-kit';
import { writeRandomModel } from './random-model.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    serve: { type: 'string' },
    model: { type: 'string' },
    folder: { type: 'string' },
  },
});
const runId = 'run';
const mib = 2 ** 20;
const raw = { rawBytes: 600e6, chunkBytes: mib, path: '/raw/Read' };

/** Memory of this process now, and its peak since it was last reset, MiB. */
function readMemory() {
  const status = readFileSync('/proc/self/status', 'utf8');
  const read = (key) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)[1]) / 1024;
  return { now: read('VmRSS'), peak: read('VmHWM') };
}

/** A server of an engine's arrays, as a process of its own has one. */
async function serve() {
  collectSeldom();
  const engine = await createEngine({ threads: 1 });
  const peers = await connectPeers(carriedTensorService, { sharedFolder: values.folder });
  const service = createTensorService(engine, peers);
  await engine.openModel({ runId, path: values.model });
  // Every page of the array that is written is there before anything is measured.
  await engine.copyArray({ runId, from: 'reference', to: 'parameters' });
  const { address } = await startServer({
    services: [defineService(carriedTensorService, service)],
  });
  peers.listening(address);
  process.on('message', () => process.send(readMemory()));
  process.send(address);
}

/** The same bytes through grpc-js alone, without a message to parse, in and out of memory that is there. */
async function serveRaw() {
  collectSeldom();
  const grpc = loadGrpc();
  const server = new grpc.Server();
  server.addService(rawDefinition(), {
    async read(call) {
      const chunk = Buffer.alloc(raw.chunkBytes, 7);
      for (let sent = 0; sent < raw.rawBytes; sent += chunk.length) {
        if (!call.write(chunk)) await new Promise((resolve) => call.once('drain', resolve));
      }
      call.end();
    },
  });
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (_, port) =>
    process.send(`127.0.0.1:${port}`),
  );
}

function loadGrpc() {
  return createRequire(fileURLToPath(import.meta.resolve('@holdfast/service-kit')))(
    '@grpc/grpc-js',
  );
}

function rawDefinition() {
  const pass = (bytes) => bytes;
  const serializers = { requestSerialize: pass, requestDeserialize: pass };
  const read = { path: raw.path, requestStream: false, responseStream: true, ...serializers };
  return { read: { ...read, responseSerialize: pass, responseDeserialize: pass } };
}

/** Nothing stays behind, however this ends. */
const children = [];
process.on('exit', () => {
  for (const child of children) child.kill();
});

async function start(...argv) {
  const child = fork(fileURLToPath(import.meta.url), argv);
  children.push(child);
  const address = await new Promise((resolve) => child.once('message', resolve));
  const readPeer = () => {
    child.send('memory');
    return new Promise((resolve) => child.once('message', resolve));
  };
  return { child, address, readPeer };
}

/** Processor time of processes since their start, s: fields 14 and 15 of proc(5), in hundredths of a second. */
function readCpuSeconds(pids) {
  return pids.map((pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  });
}

/** Measures rounds in GB/s, and what sender and receiver need of a processor, in seconds a GB. */
async function measureRounds(pids, move) {
  const cpu = readCpuSeconds(pids);
  const rates = [];
  let moved = 0;
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const begun = performance.now();
    const bytes = await move(round);
    rates.push(bytes / (performance.now() - begun) / 1e6);
    moved += bytes;
  }
  const spent = readCpuSeconds(pids).map((seconds, i) => ((seconds - cpu[i]) / moved) * 1e9);
  return { gb_per_second: median(rates), rates, cpu_seconds_per_gb: spent };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function measureFetch(name, { model, folder, dataType }) {
  const argv = ['--model', model, '--folder', folder];
  const [holder, receiver] = await Promise.all([
    start('--serve', 'arrays', ...argv),
    start('--serve', 'arrays', ...argv),
  ]);
  const clients = [holder, receiver].map(({ address }) =>
    createRemoteClient(TensorServiceDefinition, { address }),
  );
  const described = await Promise.all(clients.map(({ client }) => client.describe({ runId })));
  const bytes = Number(described[0].elementCount) * 4;
  const before = await Promise.all([holder.readPeer(), receiver.readPeer()]);
  const pids = [holder, receiver].map(({ child }) => child.pid);
  const measured = await measureRounds(pids, async (round) => {
    // Up and down take turns, as a gradient and parameters do.
    const from = described[round % 2];
    const to = clients[1 - (round % 2)].client;
    const array = SharedArray.SHARED_ARRAY_PARAMETERS;
    const source = { engineId: from.engineId, runId, array, version: 0, address: from.address };
    await to.fetch({ source, dataType, addition: 0 });
    return bytes;
  });
  const after = await Promise.all([holder.readPeer(), receiver.readPeer()]);
  const beyond = after.map(({ peak }, i) =>
    Math.max(0, peak - Math.max(before[i].peak, before[i].now)),
  );
  for (const { close } of clients) close();
  for (const { child } of [holder, receiver]) child.kill();
  return { name, ...measured, bytes, beyond_mib: beyond };
}

async function measureRaw(name, window) {
  const grpc = loadGrpc();
  const { child, address } = await start('--serve', 'raw');
  const Client = grpc.makeGenericClientConstructor(rawDefinition(), 'raw');
  const client = new Client(address, grpc.credentials.createInsecure(), {
    'grpc.max_receive_message_length': 64 * mib,
    ...(window && { 'grpc-node.flow_control_window': window }),
  });
  const measured = await measureRounds([child.pid, process.pid], async () => {
    let bytes = 0;
    for await (const chunk of client.read(Buffer.alloc(0))) bytes += chunk.length;
    return bytes;
  });
  client.close();
  child.kill();
  return { name, ...measured };
}

async function measureAll() {
  collectSeldom();
  const work = mkdtempSync(join(tmpdir(), 'holdfast-tensors-'));
  const memory = mkdtempSync('/dev/shm/holdfast-tensors-');
  try {
    const model = join(work, 'model');
    writeRandomModel(model, 'vit-b-32');
    const float32 = DataType.DATA_TYPE_FLOAT32;
    const bfloat16 = DataType.DATA_TYPE_BFLOAT16;
    const rows = [
      () => measureFetch('memory', { model, folder: memory, dataType: float32 }),
      () => measureFetch('memory, bfloat16', { model, folder: memory, dataType: bfloat16 }),
      () => measureFetch('gRPC', { model, folder: 'none', dataType: float32 }),
      () => measureFetch('gRPC, bfloat16', { model, folder: 'none', dataType: bfloat16 }),
      () => measureRaw('grpc-js alone', mib),
      () => measureRaw('grpc-js alone, window of 64 KiB', 0),
    ];
    for (const measure of rows) console.log(JSON.stringify(await measure()));
  } finally {
    for (const path of [work, memory]) rmSync(path, { recursive: true });
  }
}

if (values.serve === 'arrays') await serve();
else if (values.serve === 'raw') await serveRaw();
else await measureAll();
