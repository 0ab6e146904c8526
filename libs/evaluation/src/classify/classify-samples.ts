import { type Corruption, countForwards } from '@holdfast/corruption';
import type { Sample } from '@holdfast/dataset';
import { Fault } from '@holdfast/fault';
import {
  averageClassifier,
  meanCrossEntropy,
  predictClasses,
  softmaxConfidences,
} from '@holdfast/metrics';
import type { Attack, EncoderServiceClient } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { type ArrayVersion, SharedArray } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { toMatrix } from '@holdfast/run-kit';
import { createMatrix, type Matrix, matrixRow, selectRows } from '@holdfast/tensor';
import { indexSpaces, type LabelSpace } from '../tasks/label-spaces.js';
import type { RunPrompts } from '../tasks/prompts.js';
import { divideByAttack, toAttack } from './attacked-samples.js';

/** Images embedded in one call. */
const chunkSize = 1024;

/** What attacked images of one call cost at the most, in images as they are: no more than a call of those, which deadlines are made for. */
const attackedForwardsMax = chunkSize;
/** They come in multiples of so many, and at least as many, for engines work in chunks. */
const attackedMultiple = 16;

/** Texts embedded in one call: of the longest embeddings known, 1280 numbers, 40 MiB. */
const textChunkSize = 8192;

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
  /** tau of the losses and confidences. */
  readonly temperature: number;
}

/** What a model says of a list of samples, in their order. */
export interface Predictions {
  /** Predicted class of each: an index into all classes. */
  readonly classes: Uint32Array;
  /** Cross-entropy of each under its own label, in nats; NaN where the label is no class. */
  readonly losses: Float64Array;
  /** How sure it is of each prediction, in [0, 1]; absent where nobody asks. It decides nothing. */
  readonly confidences?: Float64Array | undefined;
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
 * @throws Fault `diverged` if its weights diverged.
 */
export async function embedClassifier(
  { encoder, runId, parameters = referenceParameters, headOf }: EncodedModel,
  { classifierPrompts }: Classification['prompts'],
  { signal }: Pick<ClassifyOptions, 'signal'> = {},
): Promise<Matrix> {
  const heads = classifierPrompts.flatMap((prompts, index) => prompts.map(() => headOf(index)));
  const texts = classifierPrompts.flat();
  const chunks: Matrix[] = [];
  for (let start = 0; start < texts.length; start += textChunkSize) {
    const end = start + textChunkSize;
    const chunk = { texts: texts.slice(start, end), heads: heads.slice(start, end) };
    const request = { runId, parameters, texts: chunk };
    const options = signal === undefined ? {} : { signal };
    const { textEmbeddings } = await encoder.encode(request, options);
    chunks.push(toFiniteMatrix(textEmbeddings, 'text_embeddings'));
  }
  const embeddings = joinRows(chunks);
  const isEven = classifierPrompts.every(({ length }) => length === classifierPrompts[0]!.length);
  return isEven
    ? averageClassifier(embeddings, classifierPrompts.length)
    : averageEach(embeddings, classifierPrompts);
}

function joinRows(parts: readonly Matrix[]): Matrix {
  const [first] = parts;
  if (parts.length === 1) return first!;
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const joined = createMatrix(rows, first?.columns ?? 0);
  let next = 0;
  for (const { data } of parts) {
    joined.data.set(data, next);
    next += data.length;
  }
  return joined;
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
 * @throws Fault `diverged` if its weights diverged.
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
  const confidences = new Float64Array(samples.length);
  const owns = samples.map(({ label }) => indices.get(label) ?? -1);
  const placeOf = (row: number) => spaceOf.get(owns[row]!) ?? 0;
  const classify = (known: readonly number[], embeddings: Matrix) => {
    for (const [place, part] of parts.entries()) {
      const among = [...known.keys()].filter((i) => placeOf(known[i]!) === place);
      if (among.length === 0) continue;
      const images = selectRows(embeddings, among);
      const found = predictClasses(images, part.classifier);
      const sure = softmaxConfidences({ images, classifier: part.classifier, temperature });
      for (const [i, at] of among.entries()) {
        const row = known[at]!;
        classes[row] = part.classes[found[i]!]!;
        confidences[row] = sure[i]!;
        const own = part.classes.indexOf(owns[row]!);
        if (own < 0) continue;
        losses[row] = meanCrossEntropy({
          images: { rows: 1, columns: images.columns, data: matrixRow(images, i) },
          classifier: part.classifier,
          labels: [own],
          temperature,
        });
      }
    }
  };
  let before = 0;
  for (const { rows, attack } of divideByAttack(samples, placeOf)) {
    const part = parts[placeOf(rows[0]!)]!;
    const toMessage = (known: readonly number[]) =>
      attack &&
      toAttack(attack, {
        classes: part.classifier,
        labels: known.map((row) => part.classes.indexOf(owns[row]!)),
        temperature,
      });
    const chosen = rows.map((row) => samples[row]!);
    const embedded = embedSamples(
      model,
      chosen,
      { ...options, onProgress: (done) => options.onProgress?.(before + done) },
      attack && {
        images: countAttacked(attack),
        attackOf: (start, count) => toMessage(rows.slice(start, start + count))!,
      },
    );
    for await (const { start, chunk, embeddings } of embedded) {
      classify(rows.slice(start, start + chunk.length), embeddings);
    }
    before += rows.length;
  }
  return { classes, losses, confidences };
}

/**
 * The text that each sample is nearest to: what a model answers where nobody knows the truth.
 *
 * Shapes: [samples] indices of `texts`.
 * @throws Fault `diverged` if the model's weights diverged.
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

/** Attacked images of a call. */
export function countAttacked(attack: Corruption): number {
  const multiples = Math.floor(attackedForwardsMax / countForwards(attack) / attackedMultiple);
  return Math.max(1, multiples) * attackedMultiple;
}

/** How images are attacked before they are embedded. */
interface EmbeddedAttack {
  /** Images of a call. */
  readonly images: number;
  /** What is asked for so many samples from `start` on. */
  readonly attackOf: (start: number, count: number) => Attack;
}

/** Embeddings of samples, some at a time, in their order. @throws Fault `diverged` if the model's weights diverged. */
export async function* embedSamples(
  { encoder, runId, parameters = referenceParameters }: Omit<EncodedModel, 'headOf'>,
  samples: readonly Sample[],
  { onProgress, ...options }: ClassifyOptions,
  attacked?: EmbeddedAttack,
) {
  const size = attacked?.images ?? chunkSize;
  for (let start = 0; start < samples.length; start += size) {
    const chunk = samples.slice(start, start + size);
    const images = { samples: chunk.map(({ index }) => index) };
    const plain = { runId, parameters, images };
    const attack = attacked?.attackOf(start, chunk.length);
    const request = attack === undefined ? plain : { ...plain, attack };
    const { imageEmbeddings } = await encoder.encode(request, options);
    yield { start, chunk, embeddings: toFiniteMatrix(imageEmbeddings, 'image_embeddings') };
    onProgress?.(start + chunk.length);
  }
}

/** @throws Fault `diverged` where training diverged. */
export function toFiniteMatrix(tensor: Parameters<typeof toMatrix>[0], field: string): Matrix {
  const matrix = toMatrix(tensor, field);
  if (matrix.data.every(Number.isFinite)) return matrix;
  throw new Fault(
    'diverged',
    'embeddings are not finite: training diverged. A smaller training.learningRate usually helps',
  );
}
