import type { TrainableScope } from '@holdfast/clip';
import type { ArrayAddition } from './memory/add-once.js';
import type { ElementsInFile } from './memory/array-in-file.js';
import type { ArrayName, GradientArray } from './memory/array-name.js';
import type { AdamwStep } from './memory/array-operations.js';
import type { ArraySum } from './memory/array-sum.js';
import type { GradientProducts } from './memory/kept-gradients.js';
import type { FeatureBatch, ImageBatch, TextBatch } from './runtime/batch.js';
import type { ChosenProvider } from './runtime/execution-provider.js';
import type { Passing } from './runtime/passing.js';
import type { ArrayLayout } from './transfer/array-layout.js';

/** What runs the graphs, and why that. */
export interface EngineDescription extends ChosenProvider {
  /** Intra-operator threads. */
  readonly threads: number;
  /** Version of onnxruntime. */
  readonly runtimeVersion: string;
}

/** Task-dependent text heads of a run. */
export interface HeadSettings {
  readonly count: number;
  readonly rank: number;
  /** Of A ~ N(0, 1/width), where the model brings no heads. */
  readonly seed: number;
}

/** Low-rank changes of the attention and MLP weights of every block: W + scale B A. */
export interface AdapterSettings {
  readonly rank: number;
  readonly scale: number;
  /** Of A ~ N(0, 1/inputs); B starts at 0. */
  readonly seed: number;
}

export interface OpenModelRequest {
  readonly runId: string;
  /** A CLIP directory, of transformers or open_clip. */
  readonly path: string;
  readonly heads?: HeadSettings;
  /** What trains; default `full`. */
  readonly scope?: TrainableScope;
  /** Of the scope `adapters`. */
  readonly adapters?: AdapterSettings;
}

export interface OpenedModel {
  /** Parameters that train, heads included. */
  readonly parameterCount: number;
  /** Elements of a parameter-sized array, which has what trains; padding included. */
  readonly arrayLength: number;
  readonly embeddingSize: number;
  /** Of the weights, in hexadecimal. */
  readonly sha256: string;
}

export interface PrepareEncodingRequest {
  readonly runId: string;
  /** Images that a session takes at once; absent for the engine's default. */
  readonly imageChunkSize?: number;
  /** Images of a training step: the default then divides them evenly. */
  readonly imageBatchSize?: number;
  /** Texts that a session takes at once; absent for the engine's default. */
  readonly textChunkSize?: number;
  /** Memory for kept activations; absent for the engine's default. */
  readonly activationBudgetBytes?: number;
  /** Whether `backpropagate` may be asked for gradients of pixels. */
  readonly pixelGradients?: boolean;
}

export interface PreparedEncoding {
  readonly imageChunkSize: number;
  /** Of the shortest texts; longer ones go in smaller chunks. */
  readonly textChunkSize: number;
  readonly activationBudgetBytes: number;
  /** Numbers an image that `extractFeatures` answers; absent where the towers train. */
  readonly imageFeatureSize?: number;
}

export interface EncodeRequest {
  readonly runId: string;
  /** Names the batch for `backpropagate`. */
  readonly step: number;
  /** Which weights. */
  readonly array: ArrayName;
  /** What they must stand for; absent: anything. */
  readonly version?: number;
  readonly images?: ImageBatch | FeatureBatch;
  readonly texts?: TextBatch | FeatureBatch;
  /** Keep what `backpropagate` needs. */
  readonly retain: boolean;
}

export interface EncodedBatch {
  /** [images, d], normalised. */
  readonly imageEmbeddings?: Float32Array;
  /** [texts, d], normalised. */
  readonly textEmbeddings?: Float32Array;
  /** Of a retained batch: how it fits the budget. */
  readonly passing?: Passing;
  /** The images' pixels, given back for the next request; absent while the batch keeps them. */
  readonly pixels?: Float32Array;
}

export interface ExtractFeaturesRequest {
  readonly runId: string;
  readonly images?: ImageBatch;
  readonly texts?: TextBatch;
}

/** What the frozen parts of the towers give. */
export interface ExtractedFeatures {
  /** [images, size]. */
  readonly imageFeatures?: Float32Array;
  /** [texts, size]. */
  readonly textFeatures?: Float32Array;
  /** The images' pixels, given back for the next request. */
  readonly pixels?: Float32Array;
}

export interface BackpropagateRequest {
  readonly runId: string;
  /** The step of the retained batch. */
  readonly step: number;
  /** [images, d]; absent means 0. */
  readonly imageGradients?: Float32Array;
  /** [texts, d]; absent means 0. */
  readonly textGradients?: Float32Array;
  /** Where the gradient goes; default `gradient`. */
  readonly array?: GradientArray;
  /** Keep the batch, for another call. */
  readonly keepBatch?: boolean;
  /** Answer the gradient of the images' pixels, too. */
  readonly pixelGradients?: boolean;
}

/** What stands in an array. */
export interface WrittenArray {
  readonly array: ArrayName;
  /**
   * What the array stands for: of weights the steps taken, of the gradient those of the weights it was taken at.
   * Undefined where nothing whole was written to it.
   */
  readonly version: number | undefined;
  /** How often it has been written. */
  readonly writes: number;
}

/** What a way back gave. */
export interface BackpropagatedBatch extends WrittenArray {
  /** [images, 3, size, size], with respect to the normalised pixels, where it was asked for. */
  readonly pixelGradients?: Float32Array;
}

/** Elements of an array, and where they lie in a file. */
export interface ArrayFileRequest extends ElementsInFile {
  readonly runId: string;
}

/**
 * Holds the weights of runs and computes with them. Calls take effect one after another, in the order
 * in which they are made.
 *
 * Typed arrays in a request belong to the engine from then on: they may be moved to another thread,
 * and those in an answer to the caller.
 * Every method but `openModel` throws a Fault `not-open` for a run that is not open.
 */
export interface Engine {
  /** Unique to this engine: who shares it shares its memory. */
  readonly id: string;
  readonly description: EngineDescription;
  /**
   * Loads a model into `parameters` and `reference`. An open run counts one more user and stays as it
   * is; with another model or other heads it is a Fault `precondition`.
   */
  openModel(request: OpenModelRequest): Promise<OpenedModel>;
  /** Frees a run when its last user closes it. */
  closeRun(request: { runId: string }): Promise<void>;
  /** Builds the sessions of both towers. Repeating it with other sizes builds others. */
  prepareEncoding(request: PrepareEncodingRequest): Promise<PreparedEncoding>;
  /**
   * Computes what `encode` takes under the scopes `projections` and `heads`, whose towers do not train:
   * the pooled rows before what trains or, where nothing of a tower trains, its embeddings. They depend
   * on the image or text, the model and the chunk size only, bit for bit.
   *
   * @throws Fault `precondition` under other scopes.
   */
  extractFeatures(request: ExtractFeaturesRequest): Promise<ExtractedFeatures>;
  /**
   * Embeds a batch: pixels and tokens or, under the scopes `projections` and `heads`, features. An
   * embedding depends on its image or text, the weights and the chunk size only,
   * bit for bit.
   *
   * @throws Fault `precondition` if the weights do not stand for what the request says.
   */
  encode(request: EncodeRequest): Promise<EncodedBatch>;
  /**
   * Writes the gradient of `sum(gradients * embeddings)` over the retained batch to an array.
   *
   * @throws Fault `precondition` if the batch of that step is not retained, or its weights were written since; or if
   *   gradients of pixels are asked for that the towers were not prepared for.
   */
  backpropagate(request: BackpropagateRequest): Promise<BackpropagatedBatch>;
  /** Sum of squares of an array, or of a sum of arrays, in float64. */
  computeSquaredNorm(request: { runId: string } & ArraySum): Promise<number>;
  /** Sum of the products of two arrays' elements, in float64. */
  computeInnerProduct(request: { runId: string; x: ArrayName; y: ArrayName }): Promise<number>;
  /**
   * Makes room for so many gradients beside the arrays; those that were kept are gone.
   *
   * @throws Fault `exhausted` where they would take more than the engine's memory for kept activations.
   */
  reserveGradients(request: { runId: string; count: number }): Promise<void>;
  /** kept[index] <- from, which then stands for the same. */
  keepGradient(request: { runId: string; from: GradientArray; index: number }): Promise<void>;
  /**
   * The inner products of an array with the first kept gradients, and of those with each other, in float64 and fixed order.
   *
   * @throws Fault `out-of-step` if one of them does not stand for `version`.
   */
  multiplyGradients(request: {
    runId: string;
    array: ArrayName;
    version: number;
    count: number;
  }): Promise<GradientProducts>;
  /** array <- sum_k weights[k] kept[k], in float32 and in this order, which then stands for what the array did. */
  combineGradients(request: {
    runId: string;
    array: GradientArray;
    weights: readonly number[];
  }): Promise<WrittenArray>;
  /**
   * One AdamW step of `parameters` along a gradient, and with `averageDecay`
   *
   *   average <- averageDecay average + (1 - averageDecay) parameters
   *
   * in one: no failure can come between them, after which a repeated step would move the weights twice.
   */
  applyAdamw(
    request: { runId: string; averageDecay?: number | undefined } & AdamwStep,
  ): Promise<WrittenArray>;
  /** array <- 0 */
  zeroArray(request: { runId: string; array: ArrayName }): Promise<WrittenArray>;
  /** to <- from, which then stands for `version`; absent: for what `from` does. */
  copyArray(request: {
    runId: string;
    from: ArrayName;
    to: ArrayName;
    version?: number;
  }): Promise<WrittenArray>;
  /**
   * to <- to + from, once.
   *
   * @throws Fault `precondition` for another version of `to`, or another addition than the next; the last one
   *   again changes nothing.
   */
  addArray(request: { runId: string } & ArrayAddition): Promise<WrittenArray>;
  /** target <- from + weight (to - from), which then stands for `version`. */
  interpolateArrays(request: {
    runId: string;
    from: ArrayName;
    to: ArrayName;
    target: ArrayName;
    weight: number;
    version?: number;
  }): Promise<WrittenArray>;
  /**
   * Copies elements out: into `into`, which has as many and is returned, or into new memory. A thread takes `into` away and
   * gives it back.
   *
   * @throws Fault `aborted` if the array was written more often than `writes` says.
   */
  readArray(request: {
    runId: string;
    array: ArrayName;
    offset: number;
    count: number;
    writes?: number;
    into?: Float32Array;
  }): Promise<Float32Array>;
  /**
   * Copies elements in, into any array; whoever needs all or nothing writes to `staging` first. What the array
   * stands for is then not known until `setVersion` says it. A thread takes `data` away and gives it back.
   */
  writeArray(request: {
    runId: string;
    array: ArrayName;
    offset: number;
    data: Float32Array;
  }): Promise<WrittenArray & { readonly data: Float32Array }>;
  /**
   * Writes elements of an array to an open file of this process, for another one to read.
   *
   * @throws Fault `aborted` if the array was written more often than `writes` says; `exhausted` if the file cannot grow.
   */
  saveElements(request: ArrayFileRequest & { writes: number }): Promise<void>;
  /** Reads elements of an array from an open file, as `writeArray` copies them in. */
  loadElements(request: ArrayFileRequest): Promise<WrittenArray>;
  /** Says what an array, now whole, stands for. */
  setVersion(request: { runId: string; array: ArrayName; version: number }): Promise<WrittenArray>;
  /** What stands in an array. */
  readVersion(request: { runId: string; array: ArrayName }): Promise<WrittenArray>;
  /** Elements of each array of a run, padding included. */
  readLength(request: { runId: string }): Promise<number>;
  /** How each array of a run is laid out. */
  describeLayout(request: { runId: string }): Promise<ArrayLayout>;
  /** @throws Fault why the engine computes nothing any more, if so; does not wait for what it computes. */
  requireAlive(): void;
  /** Ends the engine; calls under way are finished first. */
  close(): Promise<void>;
}
