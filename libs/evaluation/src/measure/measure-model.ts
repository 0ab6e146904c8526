import { resolveName } from '@holdfast/artifacts';
import { openClipDirectory, type StoredHeads, type Tokenizer } from '@holdfast/clip';
import { withPlanLines } from '@holdfast/plan';
import type { EncoderServiceClient } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { checkPrompts } from '../check/check-prompts.js';
import {
  answerSamples,
  classifySamples,
  type EncodedModel,
  type Predictions,
} from '../classify/classify-samples.js';
import { findHead } from '../classify/find-head.js';
import type { PlanFile } from '../data/plan-file.js';
import { refuseTrained } from '../rounds/refuse-trained.js';
import type { MeasureOptions } from './measure-options.js';
import { openEncoder } from './open-encoder.js';
import type { MeasuredData } from './prepare-data.js';

/** What measuring asks of an encoder. */
export type MeasuringEncoder = Pick<
  EncoderServiceClient,
  'loadModel' | 'openSamples' | 'prepareTraining' | 'encode' | 'unloadModel'
>;

/** What a model says of the samples of a role. */
export interface MeasuredModel {
  /** As it was named. */
  readonly name: string;
  readonly path: string;
  /** Of its weights, in hexadecimal. */
  readonly sha256: string;
  /** Of every sample, with the model's heads where it has some; of those that could not be read, whatever. */
  readonly predictions: Predictions;
  /** Of a model with heads: without them, as a loader that knows no heads sees it. */
  readonly withoutHeads?: Predictions | undefined;
  /** Its answers on the images without labels that are watched, in their order. */
  readonly driftAnswers?: Uint32Array | undefined;
  /** Why samples could not be read, by index. */
  readonly badSamples: ReadonlyMap<number, string>;
}

/** A model to measure. */
export interface ModelToMeasure {
  readonly name: string;
  readonly path: string;
  readonly heads: StoredHeads | undefined;
  readonly tokenizer: Tokenizer;
  /** What a person should know of it. */
  readonly notes: readonly string[];
  /** What it multiplies similarities by. */
  readonly logitScale: number;
}

/** Looks into a model's directory, before anything is computed. */
export async function openModel(name: string, cwd: string): Promise<ModelToMeasure> {
  const path = resolveName(cwd, name);
  const { heads, tokenizer, notes, logitScale } = await openClipDirectory(path);
  return { name, path, heads, tokenizer, notes, logitScale: Math.exp(logitScale) };
}

/**
 * What a person should know of the models, and of the plan's prompts to them; each once.
 *
 * @throws Fault `invalid` if the prompts of two classes are the same to a model; `precondition` where images judge that trained one.
 */
export async function noteModels(
  file: PlanFile,
  { tasks, samples }: Pick<MeasuredData, 'tasks' | 'samples'>,
  models: readonly ModelToMeasure[],
): Promise<string[]> {
  await refuseTrained(
    models.map(({ path }) => path),
    samples,
  );
  const notes = await withPlanLines(file, () =>
    models.flatMap((model) => [
      ...model.notes,
      ...checkPrompts(file.plan, tasks.classes, model.tokenizer),
    ]),
  );
  return [...new Set(notes)];
}

/** Classifies the samples of a role with a model, its own heads in use where it has some. */
export async function measureModel(
  encoder: MeasuringEncoder,
  { name, path, heads }: ModelToMeasure,
  data: MeasuredData,
  { alsoWithoutHeads = false, ...options }: MeasureOptions & { alsoWithoutHeads?: boolean },
): Promise<MeasuredModel> {
  const runId = 'measure';
  const { signal, onProgress } = options;
  try {
    const opened = await openEncoder(
      encoder,
      {
        runId,
        plan: data.plan,
        modelPath: path,
        cachePath: data.cachePath,
        samplesPath: data.tablePath,
        samplesSha256: data.tableSha256,
        heads: heads && { count: heads.count, rank: heads.rank, seed: 0 },
      },
      {
        signal,
        onProgress: (activity, done, total) => onProgress(`${activity} for ${name}`, done, total),
      },
    );
    const badSamples = new Map(opened.badImages.map(({ sample, reason }) => [sample, reason]));
    const classify = async (headOf: (classIndex: number) => number) =>
      classifyReadable({ encoder, runId, headOf }, { name, data, badSamples }, options);
    const predictions = await classify((index) => findHead(index, data.tasks.classes, heads));
    const driftAnswers = await answerReadable({ encoder, runId }, { data, badSamples }, options);
    const isBoth = alsoWithoutHeads && heads !== undefined;
    return {
      name,
      path,
      sha256: opened.modelSha256,
      predictions,
      badSamples,
      driftAnswers,
      withoutHeads: isBoth ? await classify(() => -1) : undefined,
    };
  } finally {
    await encoder.unloadModel({ runId });
  }
}

/** Answers on the images that are watched; those that cannot be read answer 0. */
async function answerReadable(
  model: Pick<EncodedModel, 'encoder' | 'runId'>,
  { data: { drift }, badSamples }: Pick<MeasuredModel, 'badSamples'> & { data: MeasuredData },
  { signal, onProgress }: MeasureOptions,
): Promise<Uint32Array | undefined> {
  if (drift === undefined) return undefined;
  const isReadable = drift.samples.map(({ index }) => !badSamples.has(index));
  const samples = drift.samples.filter((_, row) => isReadable[row]);
  const made = await answerSamples(
    { ...model, headOf: () => -1 },
    { texts: drift.texts, samples },
    {
      signal,
      onProgress: (done) => onProgress('answering on unlabelled images', done, samples.length),
    },
  );
  let next = 0;
  return Uint32Array.from(isReadable, (readable) => (readable ? made[next++]! : 0));
}

/** Predictions for all samples of the data, of which only the readable ones are made. */
async function classifyReadable(
  model: Parameters<typeof classifySamples>[0],
  { name, data, badSamples }: Pick<MeasuredModel, 'name' | 'badSamples'> & { data: MeasuredData },
  { signal, onProgress }: MeasureOptions,
): Promise<Predictions> {
  const samples = data.samples.filter(({ index }) => !badSamples.has(index));
  const { classes, spaces } = data.tasks;
  const { temperature } = data;
  const made = await classifySamples(
    model,
    { classes, spaces, prompts: data.prompts, samples, temperature },
    {
      signal,
      onProgress: (done) => onProgress(`classifying images with ${name}`, done, samples.length),
    },
  );
  const all = {
    classes: new Uint32Array(data.samples.length),
    losses: new Float64Array(data.samples.length),
    confidences: new Float64Array(data.samples.length),
  };
  for (const [row, { index }] of samples.entries()) {
    all.classes[index] = made.classes[row]!;
    all.losses[index] = made.losses[row]!;
    all.confidences[index] = made.confidences![row]!;
  }
  return all;
}
