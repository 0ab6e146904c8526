import {
  createMatrix,
  type Matrix,
  multiply,
  multiplyByTransposed,
  transposeMatrix,
  type WideMatrix,
} from '@holdfast/tensor';
import type {
  ContrastiveBatch,
  ObjectiveEstimate,
  ObjectiveSettings,
} from './contrastive-batch.js';
import { addLogs } from './log-sum.js';
import { mergeNormalizers, moveNormalizer, type NormalizerState } from './normalizers.js';

/** Which pairs are contrasted with which. */
export interface Contrast {
  /** Pairs that are anchors. */
  readonly anchors: ArrayLike<number>;
  /** Writes the negatives of an anchor into `negatives`, [pairs], and answers how many there are. */
  readonly listNegatives: (anchor: number, negatives: Int32Array) => number;
}

/**
 * Contrasts anchors with their negatives in both directions (docs/algorithm/objective.md, docs/algorithm/step.md).
 *
 *   F = 1/|anchors| sum_i [ t log g_i^I + t log g_i^T ]
 *   g_i^I = mean_j exp((s_ij - s_ii)/t),  g_i^T = mean_j exp((s_ji - s_ii)/t)
 *   gradient: 1/|anchors| sum_i { mean_j [exp((s_ij - s_ii)/t) / (s_i^I + eps)] d(s_ij - s_ii) + text }
 *
 * An anchor without negatives adds nothing and keeps its normalizers.
 *
 * @throws RangeError if no anchor has a negative.
 */
export function contrastPairs(
  batch: ContrastiveBatch,
  contrast: Contrast,
  state: NormalizerState,
  settings: ObjectiveSettings,
): ObjectiveEstimate {
  const similarities = multiplyByTransposed(batch.imageEmbeddings, batch.textEmbeddings);
  const sums = sumDirections(batch, contrast, similarities, state, settings);
  if (sums.visited.length === 0) throw new RangeError('no pair of the batch has a negative');
  return {
    value: sums.value,
    ...differentiateSimilarities(batch, sums.coefficients),
    normalizers: mergeNormalizers(sums.visited, sums.imageLogs, sums.textLogs),
  };
}

interface DirectionSums {
  readonly value: number;
  /** dF/dS: [pairs, captions]. */
  readonly coefficients: WideMatrix;
  /** Samples of the anchors that have negatives, and their log normalizers after this batch. */
  readonly visited: Uint32Array;
  readonly imageLogs: Float64Array;
  readonly textLogs: Float64Array;
}

function sumDirections(
  batch: ContrastiveBatch,
  { anchors, listNegatives }: Contrast,
  similarities: WideMatrix,
  state: NormalizerState,
  settings: ObjectiveSettings,
): DirectionSums {
  const { captions, samples } = batch;
  const { rows: pairs, columns, data: scores } = similarities;
  const coefficients = new Float64Array(pairs * columns);
  const negatives = new Int32Array(pairs);
  const places = new Int32Array(pairs);
  const terms = new Float64Array(pairs);
  const visited = new Uint32Array(anchors.length);
  const logs = [new Float64Array(anchors.length), new Float64Array(anchors.length)] as const;
  let [value, count] = [0, 0];
  for (let a = 0; a < anchors.length; a += 1) {
    const anchor = anchors[a]!;
    const sample = samples[anchor]!;
    const length = listNegatives(anchor, negatives);
    if (length === 0) continue;
    const own = anchor * columns + captions[anchor]!;
    const work = { scores, coefficients, places, terms, length, own, weight: 1 / anchors.length };
    for (let n = 0; n < length; n += 1) places[n] = anchor * columns + captions[negatives[n]!]!;
    const image = contrastAnchor(work, state.imageLogNormalizers.get(sample), settings);
    for (let n = 0; n < length; n += 1) places[n] = negatives[n]! * columns + captions[anchor]!;
    const text = contrastAnchor(work, state.textLogNormalizers.get(sample), settings);
    value += (settings.temperature * (image.term + text.term)) / anchors.length;
    visited[count] = sample;
    logs[0][count] = image.normalizer;
    logs[1][count] = text.normalizer;
    count += 1;
  }
  return {
    value,
    coefficients: { rows: pairs, columns, data: coefficients },
    visited: visited.subarray(0, count),
    imageLogs: logs[0].subarray(0, count),
    textLogs: logs[1].subarray(0, count),
  };
}

interface AnchorWork {
  /** S, flat. */
  readonly scores: Float64Array;
  /** dF/dS, flat; added to. */
  readonly coefficients: Float64Array;
  /** Where in S the negatives' similarities stand; the first `length` count. */
  readonly places: Int32Array;
  /** Scratch of the same length. */
  readonly terms: Float64Array;
  readonly length: number;
  /** Where in S the anchor's own similarity stands. */
  readonly own: number;
  /** 1/|anchors|. */
  readonly weight: number;
}

/** One anchor in one direction: answers log g and log s after this batch, and adds to dF/dS. */
function contrastAnchor(
  { scores, coefficients, places, terms, length, own, weight }: AnchorWork,
  saved: number | undefined,
  { temperature, movingAverage, epsilon }: ObjectiveSettings,
): { readonly term: number; readonly normalizer: number } {
  const ownScore = scores[own]!;
  let largest = -Infinity;
  for (let n = 0; n < length; n += 1) {
    const exponent = (scores[places[n]!]! - ownScore) / temperature;
    terms[n] = exponent;
    if (exponent > largest) largest = exponent;
  }
  let sum = 0;
  for (let n = 0; n < length; n += 1) {
    const scaled = Math.exp(terms[n]! - largest);
    terms[n] = scaled;
    sum += scaled;
  }
  const term = largest + Math.log(sum / length);
  const normalizer = moveNormalizer(saved, term, movingAverage);
  // Largest term and normalizer meet as a difference of logarithms, so neither overflows alone.
  const scale = (Math.exp(largest - addLogs(normalizer, Math.log(epsilon))) / length) * weight;
  for (let n = 0; n < length; n += 1) coefficients[places[n]!]! += scale * terms[n]!;
  coefficients[own]! -= scale * sum;
  return { term, normalizer };
}

/** dF/dS carried to both embeddings: C T and C^T I. */
function differentiateSimilarities(batch: ContrastiveBatch, coefficients: WideMatrix) {
  const { imageEmbeddings: images, textEmbeddings: texts } = batch;
  const imageGradients = batch.omitImageGradients
    ? { rows: 0, columns: images.columns, data: new Float64Array() }
    : multiply(coefficients, texts);
  const textGradients = multiply(transposeMatrix(coefficients), images);
  return { imageGradients: narrow(imageGradients), textGradients: narrow(textGradients) };
}

function narrow({ rows, columns, data }: WideMatrix): Matrix {
  return createMatrix(rows, columns, new Float32Array(data));
}
