import { join } from 'node:path';
import {
  type ClipDirectory,
  createParameterLayout,
  openClipDirectory,
  readClipParameters,
} from '@holdfast/clip';
import { Fault } from '@holdfast/fault';
import { averageClassifier } from '@holdfast/metrics';
import type { Graph } from '@holdfast/onnx-graph';
import type { Engine } from '../engine.js';
import { Tensor } from '../native/onnxruntime.js';
import { checkedRows, checkOnnxFile } from './check-onnx-file.js';
import { drawImages, drawTexts } from './draw-inputs.js';
import {
  buildClassifierGraph,
  buildTextGraph,
  buildVisionGraph,
  type FoldedClassifier,
  tensorNames,
} from './tower-graphs.js';
import { type WeightType, writeOnnxFile } from './write-onnx-file.js';

/** A classifier to fold: what each class is called in the prompts. */
export interface ClassifierPrompts {
  /** [class][template]. */
  readonly prompts: readonly (readonly string[])[];
  /** Task-dependent head of each class; -1 for none. */
  readonly heads: readonly number[];
}

export interface OnnxExportSettings {
  /** Directory of the model. */
  readonly model: string;
  /** Existing folder that the files go into. */
  readonly folder: string;
  readonly weightType: WeightType;
  /** Also write `classifier.onnx`. */
  readonly classifier?: ClassifierPrompts | undefined;
  /** What the files are checked against. */
  readonly engine: Engine;
  readonly signal?: AbortSignal;
  /** Told how many files are written and checked. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A file that was written and checked. */
export interface OnnxFile {
  readonly name: string;
  readonly output: string;
  readonly bytes: number;
  /** To what the engine computes: of embeddings, as unit vectors; of logits, divided by their scale. */
  readonly largestDifference: number;
}

/** How far a file may be from the model: float32 sums in another order; weights rounded to 11 bits. */
const differenceMax: Readonly<Record<WeightType, number>> = { fp32: 1e-4, fp16: 2e-2 };

const runId = 'export-onnx';

/**
 * Writes `vision_model.onnx` and `text_model.onnx`, and on request `classifier.onnx`, and checks each
 * with random inputs, in batches of 1 and 3, against the engine.
 *
 * @throws Fault `precondition` if a file cannot hold the model; `internal` if one computes something
 *   else.
 */
export async function exportOnnx(settings: OnnxExportSettings): Promise<readonly OnnxFile[]> {
  const { engine } = settings;
  const directory = await openClipDirectory(settings.model);
  const { heads } = directory;
  await engine.openModel({
    runId,
    path: settings.model,
    ...(heads && { heads: { count: heads.count, rank: heads.rank, seed: 0 } }),
  });
  try {
    await engine.prepareEncoding({ runId });
    const files = await listFiles(directory, settings);
    const written: OnnxFile[] = [];
    for (const file of files) {
      settings.signal?.throwIfAborted();
      settings.onProgress?.(written.length, files.length);
      written.push(await writeAndCheck(file, settings));
    }
    return written;
  } finally {
    await engine.closeRun({ runId });
  }
}

/** A file to write, and how to check it. */
interface PlannedFile {
  readonly name: string;
  readonly build: () => Graph;
  readonly input: string;
  readonly output: string;
  readonly openInput: readonly (string | undefined)[];
  readonly feed: (rows: number) => Readonly<Record<string, Tensor>>;
  readonly expected: Float32Array;
  readonly scale?: number;
}

async function listFiles(
  directory: ClipDirectory,
  { engine, classifier }: OnnxExportSettings,
): Promise<readonly PlannedFile[]> {
  const { config } = directory;
  const weights = await readWeights(directory);
  const model = { config, weights };
  const count = checkedRows.at(-1)!;
  const images = drawImages(config.vision, count);
  const texts = drawTexts(config.text, count);
  const { imageEmbeddings, textEmbeddings } = await engine.encode({
    runId,
    step: 0,
    array: 'parameters',
    retain: false,
    // The engine may take what it is given.
    images: { count, pixels: images.slice() },
    texts: { count, tokens: texts.slice(), heads: new Int32Array(count).fill(-1) },
  });
  const { imageSize } = config.vision;
  const imageShape = [3, imageSize, imageSize];
  const feedImages = (rows: number) => {
    const data = images.subarray(0, rows * (images.length / count));
    return { [tensorNames.pixels]: new Tensor('float32', data, [rows, ...imageShape]) };
  };
  const length = config.text.contextLength;
  const feedTexts = (rows: number) => {
    const data = BigInt64Array.from(texts.subarray(0, rows * length), BigInt);
    return { [tensorNames.ids]: new Tensor('int64', data, [rows, length]) };
  };
  const files: PlannedFile[] = [
    {
      name: 'vision_model.onnx',
      input: tensorNames.pixels,
      output: tensorNames.images,
      build: () => buildVisionGraph(model),
      openInput: [batch],
      feed: feedImages,
      expected: imageEmbeddings!,
    },
    {
      name: 'text_model.onnx',
      input: tensorNames.ids,
      output: tensorNames.texts,
      build: () => buildTextGraph(model),
      openInput: [batch, 'sequence_length'],
      feed: feedTexts,
      expected: textEmbeddings!,
    },
  ];
  if (classifier !== undefined) {
    const folded = await foldClassifier(directory, engine, classifier);
    files.push({
      name: 'classifier.onnx',
      input: tensorNames.pixels,
      output: tensorNames.logits,
      build: () => buildClassifierGraph(model, folded),
      openInput: [batch],
      feed: feedImages,
      scale: folded.scale,
      expected: multiply(imageEmbeddings!, folded, config.projectionSize),
    });
  }
  return files;
}

const batch = 'batch_size';

async function readWeights(directory: ClipDirectory) {
  const layout = createParameterLayout(directory.config);
  const parameters = new Float32Array(layout.length);
  await readClipParameters(directory, layout, parameters);
  return (name: string) => {
    const { offset, size } = layout.get(name);
    return parameters.subarray(offset, offset + size);
  };
}

async function foldClassifier(
  { tokenizer, logitScale, config }: ClipDirectory,
  engine: Engine,
  { prompts, heads }: ClassifierPrompts,
): Promise<FoldedClassifier> {
  const texts = prompts.flat();
  const { textEmbeddings } = await engine.encode({
    runId,
    step: 0,
    array: 'parameters',
    retain: false,
    texts: {
      count: texts.length,
      tokens: Int32Array.from(texts.flatMap((text) => [...tokenizer.encode(text)])),
      heads: Int32Array.from(prompts.flatMap((own, index) => own.map(() => heads[index]!))),
    },
  });
  const embeddings = { rows: texts.length, columns: config.projectionSize, data: textEmbeddings! };
  return {
    matrix: averageClassifier(embeddings, prompts.length).data,
    scale: Math.exp(logitScale),
  };
}

/** Cosines [images, classes]. */
function multiply(images: Float32Array, { matrix }: FoldedClassifier, size: number): Float32Array {
  const [rows, classes] = [images.length / size, matrix.length / size];
  const cosines = new Float32Array(rows * classes);
  for (let row = 0; row < rows; row += 1) {
    for (let c = 0; c < classes; c += 1) {
      let sum = 0;
      for (let i = 0; i < size; i += 1) sum += images[row * size + i]! * matrix[c * size + i]!;
      cosines[row * classes + c] = sum;
    }
  }
  return cosines;
}

async function writeAndCheck(
  file: PlannedFile,
  { folder, weightType }: OnnxExportSettings,
): Promise<OnnxFile> {
  const { name, input, output, openInput, scale } = file;
  const path = join(folder, name);
  const axes = { [input]: openInput, [output]: [batch] };
  const bytes = await writeOnnxFile({ path, graph: file.build(), axes, weightType });
  const { feed, expected } = file;
  const largestDifference = await checkOnnxFile({ path, output, feed, expected, scale });
  if (!(largestDifference <= differenceMax[weightType])) {
    throw new Fault(
      'internal',
      `${name} does not compute what the model does: the largest difference is ${largestDifference}, more than ${differenceMax[weightType]} with ${weightType}`,
    );
  }
  return { name, output, bytes, largestDifference };
}
