import type { Sample } from '@holdfast/dataset';
import { Fault } from '@holdfast/fault';
import { averageClassifier, meanCrossEntropy, predictClasses } from '@holdfast/metrics';
import type { EncoderServiceClient } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { type ArrayVersion, SharedArray } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { toMatrix } from '@holdfast/run-kit';
import { type Matrix, matrixRow } from '@holdfast/tensor';
import type { RunPrompts } from '../tasks/tasks.js';

/** Images embedded in one call. */
const chunkSize = 1024;

/** The weights that a run was opened with, in every engine. */
export const referenceParameters: ArrayVersion = {
  array: SharedArray.SHARED_ARRAY_REFERENCE,
  version: 0,
};

/** Weights in an encoder that images are classified with. */
export interface EncodedModel {
  readonly encoder: Pick<EncoderServiceClient, 'encode'>;
  readonly runId: string;
  /** Absent: those that the run was opened with. */
  readonly parameters?: ArrayVersion;
  /** Head of a class's prompts; -1 for none. */
  readonly headOf: (classIndex: number) => number;
}

/** What is to be classified. */
export interface Classification {
  /** Label space. */
  readonly classes: readonly string[];
  readonly prompts: Pick<RunPrompts, 'classifierPrompts'>;
  readonly samples: readonly Sample[];
  /** tau of the losses. */
  readonly temperature: number;
}

/** What a model says of a list of samples, in their order. */
export interface Predictions {
  /** Predicted class of each. */
  readonly classes: Uint32Array;
  /** Cross-entropy of each under its own label, in nats; NaN where the label is no class. */
  readonly losses: Float64Array;
}

/** How classifying goes on and may be stopped. */
export interface ClassifyOptions {
  readonly signal?: AbortSignal;
  /** Told how many samples are done. */
  readonly onProgress?: (done: number) => void;
}

/**
 * The zero-shot classifier [classes, d] of a model, its heads folded in.
 *
 * @throws Fault `aborted` if its weights diverged.
 */
export async function embedClassifier(
  { encoder, runId, parameters = referenceParameters, headOf }: EncodedModel,
  { classifierPrompts }: Classification['prompts'],
  { signal }: Pick<ClassifyOptions, 'signal'> = {},
): Promise<Matrix> {
  const heads = classifierPrompts.flatMap((prompts, index) => prompts.map(() => headOf(index)));
  const texts = { texts: classifierPrompts.flat(), heads };
  const request = { runId, parameters, texts };
  const { textEmbeddings } = await encoder.encode(request, signal === undefined ? {} : { signal });
  const embeddings = toFiniteMatrix(textEmbeddings, 'text_embeddings');
  return averageClassifier(embeddings, classifierPrompts.length);
}

/**
 * Classifies samples with a model's zero-shot classifier.
 *
 * @throws Fault `aborted` if its weights diverged.
 */
export async function classifySamples(
  model: EncodedModel,
  { classes: labels, prompts, samples, temperature }: Classification,
  options: ClassifyOptions = {},
): Promise<Predictions> {
  const classifier = await embedClassifier(model, prompts, options);
  const classes = new Uint32Array(samples.length);
  const losses = new Float64Array(samples.length);
  for await (const { start, chunk, embeddings } of embedSamples(model, samples, options)) {
    classes.set(predictClasses(embeddings, classifier), start);
    for (const [row, { label }] of chunk.entries()) {
      const data = matrixRow(embeddings, row);
      const own = labels.indexOf(label);
      losses[start + row] =
        own < 0
          ? Number.NaN
          : meanCrossEntropy({
              images: { rows: 1, columns: embeddings.columns, data },
              classifier,
              labels: [own],
              temperature,
            });
    }
  }
  return { classes, losses };
}

/**
 * The text that each sample is nearest to: what a model answers where nobody knows the truth.
 *
 * Shapes: [samples] indices of `texts`.
 * @throws Fault `aborted` if the model's weights diverged.
 */
export async function answerSamples(
  model: EncodedModel,
  { texts, samples }: { readonly texts: readonly string[]; readonly samples: readonly Sample[] },
  options: ClassifyOptions = {},
): Promise<Uint32Array> {
  const classifierPrompts = texts.map((text) => [text]);
  const classifier = await embedClassifier(model, { classifierPrompts }, options);
  const answers = new Uint32Array(samples.length);
  for await (const { start, embeddings } of embedSamples(model, samples, options)) {
    answers.set(predictClasses(embeddings, classifier), start);
  }
  return answers;
}

/** Embeddings of samples, some at a time, in their order. @throws Fault `aborted` if the model's weights diverged. */
export async function* embedSamples(
  { encoder, runId, parameters = referenceParameters }: Omit<EncodedModel, 'headOf'>,
  samples: readonly Sample[],
  { onProgress, ...options }: ClassifyOptions,
) {
  for (let start = 0; start < samples.length; start += chunkSize) {
    const chunk = samples.slice(start, start + chunkSize);
    const images = { samples: chunk.map(({ index }) => index) };
    const request = { runId, parameters, images };
    const { imageEmbeddings } = await encoder.encode(request, options);
    yield { start, chunk, embeddings: toFiniteMatrix(imageEmbeddings, 'image_embeddings') };
    onProgress?.(start + chunk.length);
  }
}

function toFiniteMatrix(tensor: Parameters<typeof toMatrix>[0], field: string): Matrix {
  const matrix = toMatrix(tensor, field);
  if (matrix.data.every(Number.isFinite)) return matrix;
  throw new Fault(
    'aborted',
    'embeddings are not finite: training diverged. A smaller training.learningRate usually helps',
  );
}
