import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import type {
  Engine,
  EngineDescription,
  PreparedEncoding,
  PrepareEncodingRequest,
} from './engine.js';
import { addOnce } from './memory/add-once.js';
import { loadElements, saveElements } from './memory/array-in-file.js';
import type { ArrayName } from './memory/array-name.js';
import {
  applyAdamw,
  computeInnerProduct,
  computeSquaredNorm,
  copyArray,
  interpolateArrays,
  updateAverage,
  zeroArray,
} from './memory/array-operations.js';
import { createKeptGradients, requireKept } from './memory/kept-gradients.js';
import type { ParameterStore } from './memory/parameter-store.js';
import { requireUnwritten } from './memory/require-version.js';
import { chooseChunkSize, countPatches, textRowsMax } from './run/choose-chunk-size.js';
import { backpropagateBatch, encodeBatch, extractFeatures } from './run/encode-batch.js';
import type { EngineRun } from './run/engine-run.js';
import { createPieceCache, type PieceCache } from './run/piece-cache.js';
import { createRunRegistry } from './run/run-registry.js';
import { createRunTowers } from './run/run-towers.js';
import { createSerialQueue } from './run/serial-queue.js';
import type { ChosenProvider } from './runtime/execution-provider.js';
import { lengthStep } from './runtime/group-texts.js';
import { createGraphLoader } from './runtime/load-graph.js';
import { describeLayout } from './transfer/array-layout.js';

export interface EngineOptions {
  /** Intra-operator threads. */
  readonly threads: number;
  /** Memory for kept activations where a run does not say. */
  readonly activationBudgetBytes: number;
  /** What runs the graphs, and why; absent: the processor. */
  readonly provider?: ChosenProvider;
}

/**
 * Makes an engine that computes on the calling thread: every call blocks it for its duration.
 * `createEngine` puts one into a thread of its own.
 */
export function createLocalEngine(options: EngineOptions): Engine {
  const runs = createRunRegistry();
  const description = describeEngine(options);
  const { load, settle } = createGraphLoader(description);
  const findPiece = createPieceCache(load);
  const enqueue = createSerialQueue();
  const storeOf = (runId: string) => runs.get(runId).store;
  const keptOf = (runId: string) => requireKept(runs.get(runId).kept, runId);
  const written = (store: ParameterStore, array: ArrayName) => ({
    array,
    version: store.version(array),
    writes: store.writes(array),
  });
  return {
    id: randomUUID(),
    description,
    openModel: (request) => enqueue(async () => (await runs.open(request)).opened),
    closeRun: ({ runId }) => enqueue(() => runs.close(runId)),
    prepareEncoding: (request) =>
      enqueue(() => prepareTowers(runs.get(request.runId), request, { options, findPiece })),
    extractFeatures: (request) => enqueue(() => extractFeatures(runs.get(request.runId), request)),
    encode: (request) => enqueue(() => encodeBatch(runs.get(request.runId), request)),
    backpropagate: (request) =>
      enqueue(async () => {
        const gradient = await backpropagateBatch(runs.get(request.runId), request);
        await settle();
        return gradient;
      }),
    computeSquaredNorm: ({ runId, ...sum }) =>
      enqueue(() => computeSquaredNorm(storeOf(runId), sum)),
    computeInnerProduct: ({ runId, ...arrays }) =>
      enqueue(() => computeInnerProduct(storeOf(runId), arrays)),
    reserveGradients: ({ runId, count }) =>
      enqueue(() => {
        const run = runs.get(runId);
        run.kept = undefined;
        run.kept = createKeptGradients(run.store, {
          count,
          bytesMax: options.activationBudgetBytes,
        });
      }),
    keepGradient: ({ runId, from, index }) => enqueue(() => keptOf(runId).keep(from, index)),
    multiplyGradients: ({ runId, ...asked }) => enqueue(() => keptOf(runId).multiply(asked)),
    combineGradients: ({ runId, array, weights }) =>
      enqueue(() => {
        keptOf(runId).combine(array, weights);
        return written(storeOf(runId), array);
      }),
    applyAdamw: ({ runId, averageDecay, ...step }) =>
      enqueue(() => {
        const store = storeOf(runId);
        applyAdamw(store, step);
        if (averageDecay !== undefined) updateAverage(store, averageDecay);
        return written(store, 'parameters');
      }),
    zeroArray: ({ runId, array }) =>
      enqueue(() => {
        zeroArray(storeOf(runId), array);
        return written(storeOf(runId), array);
      }),
    copyArray: ({ runId, from, to, version }) =>
      enqueue(() => {
        const store = storeOf(runId);
        copyArray(store, from, to);
        if (version !== undefined) store.setVersion(to, version);
        return written(store, to);
      }),
    addArray: ({ runId, ...addition }) =>
      enqueue(() => {
        addOnce(storeOf(runId), addition);
        return written(storeOf(runId), addition.to);
      }),
    interpolateArrays: ({ runId, version, ...arrays }) =>
      enqueue(() => {
        const store = storeOf(runId);
        interpolateArrays(store, arrays);
        store.setVersion(arrays.target, version);
        return written(store, arrays.target);
      }),
    readArray: ({ runId, array, offset, count, writes, into = new Float32Array(count) }) =>
      enqueue(() => {
        const store = storeOf(runId);
        if (writes !== undefined) requireUnwritten(store, array, writes);
        store.visit(array, { offset, count }, (part, at) => into.set(part, at));
        return into;
      }),
    writeArray: ({ runId, array, offset, data }) =>
      enqueue(() => {
        const store = storeOf(runId);
        store.write(array, offset, data);
        store.touch(array);
        return { ...written(store, array), data };
      }),
    saveElements: ({ runId, writes, ...elements }) =>
      enqueue(() => {
        requireUnwritten(storeOf(runId), elements.array, writes);
        saveElements(storeOf(runId), elements);
      }),
    loadElements: ({ runId, ...elements }) =>
      enqueue(() => {
        const store = storeOf(runId);
        loadElements(store, elements);
        store.touch(elements.array);
        return written(store, elements.array);
      }),
    setVersion: ({ runId, array, version }) =>
      enqueue(() => {
        storeOf(runId).setVersion(array, version);
        return written(storeOf(runId), array);
      }),
    readVersion: ({ runId, array }) => enqueue(() => written(storeOf(runId), array)),
    readLength: ({ runId }) => enqueue(() => storeOf(runId).layout.length),
    describeLayout: ({ runId }) => enqueue(() => describeLayout(storeOf(runId).layout)),
    // It ends with this thread.
    requireAlive: () => {},
    close: () => enqueue(() => undefined),
  };
}

function describeEngine({ threads, provider }: EngineOptions): EngineDescription {
  const chosen = provider ?? { executionProvider: 'cpu', providerReason: 'the default' };
  return { ...chosen, threads, runtimeVersion: readRuntimeVersion() };
}

/** Version of onnxruntime. */
export function readRuntimeVersion(): string {
  const require = createRequire(import.meta.url);
  return (require('onnxruntime-node/package.json') as { version: string }).version;
}

function prepareTowers(
  run: EngineRun,
  request: PrepareEncodingRequest,
  { options, findPiece }: { options: EngineOptions; findPiece: PieceCache },
): PreparedEncoding {
  const { config } = run;
  const { executionProvider = 'cpu' } = options.provider ?? {};
  const onDevice = executionProvider !== 'cpu';
  const { imageBatchSize, activationBudgetBytes = options.activationBudgetBytes } = request;
  const { pixelGradients = false } = request;
  const {
    imageChunkSize = chooseChunkSize(config.vision, countPatches(config) + 1, {
      ...(imageBatchSize && { batchSize: imageBatchSize }),
      onDevice,
    }),
  } = request;
  const textRowsOf = (length: number) =>
    request.textChunkSize ??
    chooseChunkSize(config.text, length, { rowsMax: textRowsMax, onDevice });
  run.retained = undefined;
  run.towers = {
    ...createRunTowers(run, { imageChunkSize, textRowsOf, findPiece, pixelGradients }),
    activationBudgetBytes,
    pixelGradients,
    // Nothing stays on CUDA between two graphs.
    prefersCheckpoints: executionProvider === 'cuda',
  };
  const textChunkSize = textRowsOf(Math.min(lengthStep, config.text.contextLength));
  const imageFeatureSize = run.towers.trunks?.images.embeddingSize;
  return {
    imageChunkSize,
    textChunkSize,
    activationBudgetBytes,
    ...(imageFeatureSize !== undefined && { imageFeatureSize }),
  };
}
