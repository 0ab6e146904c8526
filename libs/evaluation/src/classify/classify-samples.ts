import type { Sample } from '@holdfast/dataset';
import { Fault } from '@holdfast/fault';
import { averageClassifier, meanCrossEntropy, predictClasses } from '@holdfast/metrics';
import type { EncoderServiceClient } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { type ArrayVersion, SharedArray } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { toMatrix } from '@holdfast/run-kit';
import { createMatrix, type Matrix, matrixRow, selectRows } from '@holdfast/tensor';
import { indexSpaces, type LabelSpace } from '../tasks/label-spaces.js';
import type { RunPrompts } from '../tasks/prompts.js';

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
  readonly classes: readonly string[];
  /** A sample is told apart among the classes of its label's space; without a label, of the first. */
  readonly spaces: readonly LabelSpace[];
  readonly prompts: Pick<RunPrompts, 'classifierPrompts'>;
  readonly samples: readonly Sample[];
  /** tau of the losses. */
  readonly temperature: number;
}

/** What a model says of a list of samples, in their order. */
export interface Predictions {
  /** Predicted class of each: an index into all classes. */
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
  const isEven = classifierPrompts.every(({ length }) => length === classifierPrompts[0]!.length);
  return isEven
    ? averageClassifier(embeddings, classifierPrompts.length)
    : averageEach(embeddings, classifierPrompts);
}

/** Where label spaces have different numbers of templates, class by class. */
function averageEach(embeddings: Matrix, prompts: readonly (readonly string[])[]): Matrix {
  const classifier = createMatrix(prompts.length, embeddings.columns);
  let first = 0;
  for (const [index, { length }] of prompts.entries()) {
    const rows = Array.from({ length }, (_, i) => first + i);
    const { data } = averageClassifier(selectRows(embeddings, rows), 1);
    classifier.data.set(data, index * embeddings.columns);
    first += length;
  }
  return classifier;
}

/**
 * Classifies samples with a model's zero-shot classifier, each among the classes of its label's space.
 *
 * @throws Fault `aborted` if its weights diverged.
 */
export async function classifySamples(
  model: EncodedModel,
  { classes: labels, spaces, prompts, samples, temperature }: Classification,
  options: ClassifyOptions = {},
): Promise<Predictions> {
  const classifier = await embedClassifier(model, prompts, options);
  const parts = spaces.map((space) => ({
    ...space,
    classifier: selectRows(classifier, space.classes),
  }));
  const indices = new Map(labels.map((label, index) => [label, index]));
  const spaceOf = indexSpaces(spaces);
  const classes = new Uint32Array(samples.length);
  const losses = new Float64Array(samples.length).fill(Number.NaN);
  for await (const { start, chunk, embeddings } of embedSamples(model, samples, options)) {
    const owns = chunk.map(({ label }) => indices.get(label) ?? -1);
    for (const [place, part] of parts.entries()) {
      const rows = [...owns.keys()].filter((row) => (spaceOf.get(owns[row]!) ?? 0) === place);
      if (rows.length === 0) continue;
      const images = selectRows(embeddings, rows);
      const found = predictClasses(images, part.classifier);
      for (const [i, row] of rows.entries()) {
        classes[start + row] = part.classes[found[i]!]!;
        const own = part.classes.indexOf(owns[row]!);
        if (own < 0) continue;
        losses[start + row] = meanCrossEntropy({
          images: { rows: 1, columns: images.columns, data: matrixRow(images, i) },
          classifier: part.classifier,
          labels: [own],
          temperature,
        });
      }
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
