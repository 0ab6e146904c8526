import type { Graph } from '@holdfast/onnx-graph';
import {
  ModelProto,
  NodeProto,
  TensorProto,
  TensorProto_DataType,
  ValueInfoProto,
} from '@holdfast/proto/onnx/onnx';
import { InferenceSession, type Tensor } from '../native/onnxruntime.js';
import { serializeGraph } from '../onnx/serialize-graph.js';

/** Tensors by name, as a session takes and fills them. */
export type Tensors = Record<string, Tensor>;

/** A loaded graph that fills buffers of the caller's. */
export interface InPlaceSession {
  readonly inputNames: readonly string[];
  /** Runs the graph; every output must be among `outputs`. */
  run(feeds: Tensors, outputs: Tensors): Promise<void>;
}

/** An output that the binding cannot hand out. */
const refusedName = 'refused';
const refusedConstantName = 'refused.constant';
const refusal = 'Non tensor type is temporarily not supported.';

/**
 * Loads a graph on the CPU.
 *
 * The runtime must not optimise: it would undo the order that keeps memory low and merge what is
 * recomputed on purpose. Spinning threads steal time from each other on a busy machine.
 *
 * After a run has filled the preallocated outputs, onnxruntime-node copies each of them once more
 * into a fresh ArrayBuffer, tens of megabytes a training step that nobody reads and that keep the
 * garbage collector busy: a quarter of a small model's step. The binding converts outputs in order and
 * gives up at the first one that is no tensor. Each graph therefore gets an empty sequence as its first
 * output: the run itself is over by then, its refusal is expected, and nothing is copied. Should a
 * version hand sequences out, the run just succeeds; every other error is one.
 */
export async function createInPlaceSession(graph: Graph, threads: number): Promise<InPlaceSession> {
  const session = await InferenceSession.create(addRefusedOutput(serializeGraph(graph)), {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'disabled',
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // Each session would keep an arena of its own: as fast, and a fifth more memory.
    enableCpuMemArena: false,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  return {
    inputNames: session.inputNames,
    async run(feeds, outputs) {
      try {
        await session.run(feeds, { [refusedName]: null, ...outputs });
      } catch (error) {
        if (!(error instanceof Error) || error.message !== refusal) throw error;
      }
    },
  };
}

function addRefusedOutput(bytes: Uint8Array): Uint8Array {
  const model = ModelProto.decode(bytes);
  const elemType = TensorProto_DataType.FLOAT;
  const tensor = {
    value: { $case: 'tensorType' as const, value: { elemType, shape: { dim: [] } } },
  };
  model.graph!.initializer.push(
    TensorProto.fromPartial({
      name: refusedConstantName,
      dataType: elemType,
      dims: [],
      rawData: Buffer.alloc(4),
    }),
  );
  model.graph!.node.push(
    NodeProto.fromPartial({
      opType: 'SequenceConstruct',
      name: refusedName,
      input: [refusedConstantName],
      output: [refusedName],
    }),
  );
  model.graph!.output.unshift(
    ValueInfoProto.fromPartial({
      name: refusedName,
      type: { value: { $case: 'sequenceType', value: { elemType: tensor } } },
    }),
  );
  return ModelProto.encode(model).finish();
}
