import { openClipDirectory } from '@holdfast/clip';
import type { RunPrompts, RunTasks } from '@holdfast/controller';
import type { Sample } from '@holdfast/dataset';
import { Fault } from '@holdfast/fault';
import { meanCrossEntropy, predictClasses } from '@holdfast/metrics';
import {
  BadImagePolicy,
  type EncoderServiceClient,
  type OpenedRun,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { toMatrix } from '@holdfast/service-kit';
import { averageTemplates } from './average-templates.js';
import type { MeasuredData } from './prepare-data.js';

/** Images embedded in one call. */
const chunkSize = 1024;

/** What a model says of the samples of a role. */
export interface MeasuredModel {
  readonly path: string;
  /** Of its weights, in hexadecimal. */
  readonly sha256: string;
  /** Predicted class of each sample; of those that could not be read, whatever. */
  readonly predictions: Uint32Array;
  /** Cross-entropy of each sample under its label, in nats. */
  readonly losses: Float64Array;
  /** Indices of samples that could not be read. */
  readonly badSamples: ReadonlySet<number>;
}

/** How measuring goes on and may be stopped. */
export interface MeasureOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (activity: string, done: number, total: number) => void;
}

/** Classifies the samples of a role with a model, its own heads in use where it has some. */
export async function measureModel(
  encoder: EncoderServiceClient,
  modelPath: string,
  data: MeasuredData,
  options: MeasureOptions,
): Promise<MeasuredModel> {
  const runId = `measure ${modelPath}`;
  const { heads } = await openClipDirectory(modelPath);
  try {
    const opened = await openModel(encoder, { runId, modelPath, data, heads }, options);
    const badSamples = new Set(opened.badImages.map(({ sample }) => sample));
    const headOf = (index: number) => findHead(index, data.tasks, heads);
    const classifier = await embedClassifier(encoder, runId, data.prompts, headOf, options.signal);
    const readable = data.samples.filter(({ index }) => !badSamples.has(index));
    const said = await predict({ encoder, runId, classifier, samples: readable, data }, options);
    return { path: modelPath, sha256: opened.modelSha256, ...said, badSamples };
  } finally {
    await encoder.closeRun({ runId });
  }
}

type Heads = Awaited<ReturnType<typeof openClipDirectory>>['heads'];

/** Heads are stored in the order of the classes; their names, where there are any, decide. */
function findHead(classIndex: number, { classes }: RunTasks, heads: Heads): number {
  if (heads === undefined) return -1;
  if (heads.names !== undefined) return heads.names.indexOf(classes[classIndex]!);
  return classIndex < heads.count ? classIndex : -1;
}

async function openModel(
  encoder: EncoderServiceClient,
  model: { runId: string; modelPath: string; data: MeasuredData; heads: Heads },
  { signal, onProgress }: MeasureOptions,
): Promise<OpenedRun> {
  const { runId, modelPath, data, heads } = model;
  const { BAD_IMAGE_POLICY_FAIL, BAD_IMAGE_POLICY_SKIP } = BadImagePolicy;
  const stream = encoder.openRun(
    {
      runId,
      modelPath,
      samplesPath: data.tablePath,
      samplesSha256: data.tableSha256,
      heads: { count: heads?.count ?? 0, rank: heads?.rank ?? 0 },
      activationBudgetMib: data.plan.engine.activationBudgetMib ?? 0,
      imageChunkSize: data.plan.engine.imageChunk ?? 0,
      textChunkSize: data.plan.engine.textChunk ?? 0,
      badImagePolicy:
        data.plan.data.onBadImage === 'skip' ? BAD_IMAGE_POLICY_SKIP : BAD_IMAGE_POLICY_FAIL,
      cachePath: data.cachePath,
    },
    { signal },
  );
  for await (const { opened, imagesPrepared, imagesTotal } of stream) {
    onProgress('preparing images', imagesPrepared, imagesTotal);
    if (opened !== undefined) return opened;
  }
  throw new Fault('internal', 'the encoder ended OpenRun without saying what it opened');
}

async function embedClassifier(
  encoder: EncoderServiceClient,
  runId: string,
  { classifierPrompts }: RunPrompts,
  headOf: (classIndex: number) => number,
  signal: AbortSignal,
) {
  const texts = classifierPrompts.flat();
  const heads = classifierPrompts.flatMap((prompts, index) => prompts.map(() => headOf(index)));
  const { textEmbeddings } = await encoder.encode({ runId, texts: { texts, heads } }, { signal });
  return averageTemplates(toMatrix(textEmbeddings, 'text_embeddings'), classifierPrompts.length);
}

async function predict(
  work: {
    readonly encoder: EncoderServiceClient;
    readonly runId: string;
    readonly classifier: ReturnType<typeof averageTemplates>;
    readonly samples: readonly Sample[];
    readonly data: MeasuredData;
  },
  { signal, onProgress }: MeasureOptions,
): Promise<Pick<MeasuredModel, 'predictions' | 'losses'>> {
  const { encoder, runId, classifier, samples, data } = work;
  const predictions = new Uint32Array(data.samples.length);
  const losses = new Float64Array(data.samples.length);
  for (let start = 0; start < samples.length; start += chunkSize) {
    const chunk = samples.slice(start, start + chunkSize);
    const images = { samples: chunk.map(({ index }) => index) };
    const { imageEmbeddings } = await encoder.encode({ runId, images }, { signal });
    const embeddings = toMatrix(imageEmbeddings, 'image_embeddings');
    const classes = predictClasses(embeddings, classifier);
    for (const [row, { index, label }] of chunk.entries()) {
      predictions[index] = classes[row]!;
      losses[index] = meanCrossEntropy({
        images: {
          rows: 1,
          columns: embeddings.columns,
          data: embeddings.data.subarray(row * embeddings.columns, (row + 1) * embeddings.columns),
        },
        classifier,
        labels: [data.tasks.classes.indexOf(label)],
        temperature: data.plan.constraints.constraintTemperature,
      });
    }
    onProgress('classifying images', start + chunk.length, samples.length);
  }
  return { predictions, losses };
}
