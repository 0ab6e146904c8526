// One service, and all that is sent to it and found.
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createRandom } from '../../libs/random/dist/index.js';
import { createRemoteClient } from '../../libs/service-kit/dist/index.js';
import { HealthDefinition } from '../../proto/dist/grpc/health/v1/health.js';
import {
  LoadModelRequest,
  OpenSamplesRequest,
} from '../../proto/dist/holdfast/encoder/v1/encoder.js';
import { createConnection, createHeaders, frame } from './call.mjs';
import { writeOddImages } from './make-images.mjs';
import { createMessages, listMethods } from './make-messages.mjs';
import { makeOddBytes, makeOddCall, sendBytes } from './make-odd-calls.mjs';

/** Calls under way at once. */
const parallel = 16;
/** Messages between two looks at a service, before which what a run has open is opened again. */
const batchSize = 500;
/** Memory beyond that of a service which has a run open, in MiB: 16 messages of 64, and what the collector leaves. */
const memoryMaxMib = 2048;

const names = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];
const refused = new Set(['UNKNOWN', 'INTERNAL', 'DEADLINE_EXCEEDED', 'UNAVAILABLE', 'DATA_LOSS']);
const v1 = (name, service) => `holdfast.${name}.v1.${service}`;
const shared = ['grpc.health.v1.Health', 'grpc.reflection.v1.ServerReflection'];
const tensors = v1('tensor', 'TensorService');
const served = {
  encoder: [v1('encoder', 'EncoderService'), tensors, ...shared],
  constraint: [v1('constraint', 'ConstraintService'), v1('term', 'TermService'), ...shared],
  optimizer: [v1('optimizer', 'OptimizerService'), tensors, ...shared],
  evaluator: [v1('evaluator', 'EvaluatorService'), ...shared],
  controller: [v1('controller', 'ControllerService'), ...shared],
  // Both on the encoder's port.
  serving: [v1('serving', 'ServingService')],
  inference: ['inference.GRPCInferenceService'],
};
/** What opens a run, or loads a model to answer with, in the order of the calls. */
const opens =
  /\/(LoadModel|OpenSamples|PrepareTraining|OpenRun|RecordReference|RepositoryModelLoad)$/;

function createChoice(...streams) {
  const random = createRandom(...streams);
  const below = (count) => random.integer(count);
  return { below, pick: (list) => list[below(list.length)] };
}

const readMib = (pid) => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)[1]) / 1024;
};

/**
 * Sends services of one name, in one process, `messagesMax` messages, in an order that follows from the seed.
 *
 * @returns its row of the table: statuses and findings with their counts, memory
 */
export async function fuzzService(
  name,
  { service, corpus: recording, known, seed, messagesMax, work },
) {
  const { calls, example } = recording;
  const methods = listMethods(served[name]);
  const random = createChoice(seed, Object.keys(served).indexOf(name));
  const messages = createMessages({ seed, random, known });
  const byPath = new Map(methods.map((method) => [method.path, method]));
  const corpus = calls.filter(({ path }) => byPath.has(path));
  const connection = createConnection(service.address);
  // A server may end a connection over which it is sent nonsense.
  const oddConnection = createConnection(service.address);
  const { client: health, close } = createRemoteClient(HealthDefinition, {
    address: service.address,
    deadlineMs: 20_000,
    connectWaitMs: 5000,
    attemptsMax: 1,
  });
  const row = {
    statuses: new Map(),
    findings: new Map(),
    connections: 0,
    images: 0,
    sent: 0,
    peakMib: 0,
  };

  function find(what, sample) {
    const found = row.findings.get(what) ?? { count: 0, sample };
    found.count += 1;
    row.findings.set(what, found);
  }

  function judge(path, answer, sample, mayPass = false) {
    const name =
      answer.status === undefined ? undefined : (names[answer.status] ?? `code ${answer.status}`);
    const end =
      name ??
      (answer.hang
        ? 'no answer'
        : answer.http !== undefined && answer.http !== 200
          ? `HTTP ${answer.http}`
          : 'stream reset');
    row.statuses.set(end, (row.statuses.get(end) ?? 0) + 1);
    if (
      end === 'no answer' ||
      (refused.has(end) && !(end === 'DEADLINE_EXCEEDED' && mayPass)) ||
      (names[answer.status] === undefined && name)
    ) {
      find(`${end} ${path}: ${answer.message?.slice(0, 100) ?? ''}`, sample);
    }
  }

  /** Messages of a call of a random method, all but a tenth of them wrong. */
  function makeMessages() {
    const recorded = corpus.length > 0 && random.below(3) > 0 ? random.pick(corpus) : undefined;
    const method = recorded ? byPath.get(recorded.path) : random.pick(methods);
    const change = (bytes) => {
      const kind = random.below(10);
      if (kind === 0) return bytes;
      return kind < 7 ? messages.changeFields(method.input, bytes) : messages.changeBytes(bytes);
    };
    const generated = () =>
      random.below(5) === 0 ? messages.noise() : messages.make(method.input);
    const length = method.streamsRequests ? 1 + random.below(4) : 1;
    const list = recorded ? recorded.messages.map(change) : Array.from({ length }, generated);
    return { path: method.path, list };
  }

  async function sendOne() {
    row.sent += 1;
    const { path, list } = makeMessages();
    const kind = random.below(20);
    if (kind === 0) {
      row.connections += 1;
      await sendBytes(service.address, makeOddBytes({ random, path, noise: messages.noise() }));
      return;
    }
    const odd =
      kind < 4 ? makeOddCall({ random, path, message: list[0] ?? Buffer.alloc(0) }) : undefined;
    const { headers, body } = odd ?? {
      headers: createHeaders(path),
      body: Buffer.concat(list.map((one) => frame(one))),
    };
    let answer = await (odd ? oddConnection : connection).call(headers, body);
    // Refused unread, as when a connection comes of age: gRPC's libraries send it again.
    if (/REFUSED_STREAM/.test(answer.reset)) answer = await connection.call(headers, body);
    if (!odd && answer.status === undefined) find(`no status ${path}: ${answer.reset}`, path);
    judge(
      path,
      answer,
      `${JSON.stringify(odd?.headers ?? {}).slice(0, 300)} ${body.subarray(0, 120).toString('hex')}`,
      headers['grpc-timeout'] !== createHeaders('')['grpc-timeout'],
    );
  }

  const callSound = (path, bytes) =>
    connection.call({ ...createHeaders(path), 'grpc-timeout': '60S' }, frame(bytes));

  /** Opens the recorded run, as far as the last batch left it closed. */
  async function open() {
    for (const {
      path,
      messages: [first],
    } of corpus.filter(({ path }) => opens.test(path)))
      await callSound(path, first);
  }

  async function sendImages(count) {
    const folder = join(work, `odd-${row.images}`);
    mkdirSync(folder);
    const images = join(example, 'images/train');
    const sources = readdirSync(images, { recursive: true })
      .filter((name) => name.endsWith('.png'))
      .slice(0, 20)
      .map((name) => join(images, name));
    const table = await writeOddImages({
      folder,
      count,
      sources,
      random,
      changeBytes: messages.changeBytes,
    });
    const oddRun = `odd-${row.images}`;
    const model = LoadModelRequest.encode(
      LoadModelRequest.fromPartial({
        runId: oddRun,
        modelUri: pathToFileURL(join(example, 'model')).href,
        trainable: {},
      }),
    ).finish();
    const path = `/${v1('encoder', 'EncoderService')}`;
    await callSound(`${path}/LoadModel`, Buffer.from(model));
    const request = {
      runId: oddRun,
      samplesUri: pathToFileURL(table.path).href,
      samplesSha256: table.sha256,
      badImagePolicy: 2,
    };
    const opening = Buffer.from(
      OpenSamplesRequest.encode(OpenSamplesRequest.fromPartial(request)).finish(),
    );
    judge(`${path}/OpenSamples`, await callSound(`${path}/OpenSamples`, opening), 'images');
    await callSound(
      `${path}/UnloadModel`,
      Buffer.from(LoadModelRequest.encode({ runId: oddRun }).finish()),
    );
    rmSync(folder, { recursive: true });
    row.images += count;
    row.sent += count;
  }

  await open();
  const beforeMib = readMib(service.pid());
  for (let batch = 0; row.sent < messagesMax; batch += 1) {
    await open();
    if (name === 'encoder' && batch % 4 === 0) await sendImages(Math.min(200, messagesMax >> 3));
    const end = Math.min(row.sent + batchSize, messagesMax);
    await Promise.all(
      Array.from({ length: parallel }, async () => {
        while (row.sent < end) await sendOne();
      }),
    );
    await health.check({}).catch((error) => find(`health: ${error.message}`, ''));
    if (service.hasEnded()) {
      find(
        'the process ended',
        readFileSync(join(work, `${service.name}.log`), 'utf8').slice(-2000),
      );
      break;
    }
    row.peakMib = Math.max(row.peakMib, readMib(service.pid()) - beforeMib);
    if (row.peakMib > memoryMaxMib) find(`memory grew by ${Math.round(row.peakMib)} MiB`, '');
    if (batch % 20 === 0)
      process.stderr.write(
        `${name} ${row.sent} ${Math.round(row.peakMib)} MiB, ${row.findings.size} findings\n`,
      );
  }
  connection.close();
  oddConnection.close();
  close();
  return { beforeMib, ...row };
}
