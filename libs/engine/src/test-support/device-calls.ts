import { countElements, type Graph } from '@holdfast/onnx-graph';
import type { OpenModelRequest } from '../engine.js';
import { Tensor } from '../native/onnxruntime.js';
import type { ExecutionProvider } from '../runtime/execution-provider.js';
import type { LoadGraph } from '../runtime/graph-loader.js';
import type { InPlaceSession, Tensors } from '../runtime/in-place-session.js';
import { createGraphLoader } from '../runtime/load-graph.js';
import { drawImages, drawTexts, openFixture, passBatch, runId } from './small-engine.js';

/** What a process may be asked to compute, so that another one can compare. */
export type DeviceCall =
  | {
      readonly what: 'graph';
      readonly graph: Graph;
      readonly feeds: Readonly<Record<string, Float32Array | BigInt64Array>>;
    }
  | { readonly what: 'training'; readonly opening: Partial<OpenModelRequest> };

/** What it answers: arrays by name. */
export type DeviceAnswer<_Call extends DeviceCall> = Readonly<Record<string, Float32Array>>;

const loaders = new Map<ExecutionProvider, LoadGraph>();
/** A device keeps its compiled programs, a second each on SwiftShader, while a session lives. */
const alive: InPlaceSession[] = [];

/** Computes on a provider, in this process. */
export async function answerCall(
  call: DeviceCall,
  provider: ExecutionProvider,
): Promise<Readonly<Record<string, Float32Array>>> {
  if (call.what === 'training') return train(provider, call.opening);
  const load =
    loaders.get(provider) ?? createGraphLoader({ executionProvider: provider, threads: 1 }).load;
  loaders.set(provider, load);
  const { graph } = call;
  const session = await load(graph);
  alive.push(session);
  const feeds: Tensors = {};
  for (const { name, shape } of graph.inputs) {
    const data = call.feeds[name]!;
    feeds[name] =
      data instanceof Float32Array
        ? new Tensor('float32', data, shape)
        : new Tensor('int64', data, shape);
  }
  const outputs: Record<string, Float32Array> = {};
  const fetches: Tensors = {};
  for (const { name, value } of graph.outputs) {
    outputs[name] = new Float32Array(countElements(value.shape));
    fetches[name] = new Tensor('float32', outputs[name], value.shape);
  }
  await session.run(feeds, fetches);
  return outputs;
}

/**
 * Two micro-batches of images and two of texts forward and back, in one pass and in two; a step along the
 * gradient; and one of each forward again, with the new weights and with the old ones.
 */
async function train(executionProvider: ExecutionProvider, opening: Partial<OpenModelRequest>) {
  const provider = { executionProvider, providerReason: 'a test' };
  const chunks = { imageChunkSize: 1, textChunkSize: 1 };
  const counts = { images: 2, texts: 2 };
  const roomy = await openFixture(chunks, provider, opening);
  const { gradient: gradientOfOnePass } = await passBatch(roomy, counts);
  const engine = await openFixture({ ...chunks, activationBudgetBytes: 1 }, provider, opening);
  const before = await passBatch(engine, counts);
  await engine.applyAdamw({
    runId,
    step: 1,
    learningRate: 0.05,
    weightDecay: 0.1,
    beta1: 0.9,
    beta2: 0.98,
    // So large that a step is along the gradient: by its sign, rounding would decide about zeros.
    epsilon: 1,
    gradientScale: 1,
  });
  const embed = async (array: 'parameters' | 'reference') => {
    const batch = { images: drawImages(1), texts: drawTexts(1) };
    const encoded = await engine.encode({ runId, step: 1, array, retain: false, ...batch });
    return [encoded.imageEmbeddings!, encoded.textEmbeddings!] as const;
  };
  const [newImages, newTexts] = await embed('parameters');
  const [oldImages, oldTexts] = await embed('reference');
  const { imageEmbeddings, textEmbeddings, gradient } = before;
  return {
    gradientOfOnePass,
    gradient,
    imageEmbeddings: imageEmbeddings!,
    textEmbeddings: textEmbeddings!,
    newImages,
    newTexts,
    oldImages,
    oldTexts,
  };
}
