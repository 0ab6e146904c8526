import { countAttackForwards } from '@holdfast/corruption';
import type {
  Attack,
  BackpropagateRequest,
  EncodeRequest,
  EncodeResponse,
  ImageBatch,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { Tensor } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { fromDuration, toDuration } from '@holdfast/service-kit';
import { divideRows, type RowRange } from './divide-rows.js';
import type { Member } from './open-replicas.js';

/** The images and texts of a batch that one replica takes. */
export interface Shard {
  readonly member: Member;
  readonly images: RowRange;
  readonly texts: RowRange;
}

/** Rows of a batch. */
export interface BatchSize {
  readonly images: number;
  readonly texts: number;
}

/** How batches are divided: by measured speed, or equally, so that a run repeats to the bit. */
export type ShardRule = 'measured' | 'equal';

/**
 * What each replica's part of a batch is in proportion to: its images a second. One that was not measured is as fast as the
 * mean of those that were.
 */
export function weigh(members: readonly Member[], rule: ShardRule): number[] {
  const known = members.flatMap(({ speed }) => (speed === undefined ? [] : [speed]));
  if (rule === 'equal' || known.length === 0) return members.map(() => 1);
  const mean = known.reduce((sum, speed) => sum + speed, 0) / known.length;
  return members.map(({ speed }) => speed ?? mean);
}

/** Replicas that divide batches among them, and in what proportion. */
export interface Division {
  readonly members: readonly Member[];
  readonly weights: readonly number[];
}

/**
 * Divides a batch: images and texts each in whole chunks, and at least one chunk of images each, as far as there are enough.
 * Replicas that get nothing are left out.
 */
export function divideBatch({ members, weights }: Division, { images, texts }: BatchSize): Shard[] {
  const { imageChunkSize, textChunkSize } = members[0]!.opened;
  const imageRanges = divideRows(images, { chunk: imageChunkSize, weights, least: 1 });
  const textRanges = divideRows(texts, { chunk: textChunkSize, weights });
  return members
    .map((member, i) => ({ member, images: imageRanges[i]!, texts: textRanges[i]! }))
    .filter((shard) => shard.images.count + shard.texts.count > 0);
}

/** Images of a batch, each with the augmentation that it has in the whole. */
export function takeImages(batch: ImageBatch, { start, count }: RowRange): ImageBatch {
  return {
    ...batch,
    samples: batch.samples.slice(start, start + count),
    augmentedCount: Math.min(Math.max(batch.augmentedCount - start, 0), count),
    firstIndex: batch.firstIndex + start,
  };
}

/** What is asked of a replica of a batch. */
export function takeEncode(
  request: EncodeRequest,
  { images, texts }: Omit<Shard, 'member'>,
): EncodeRequest {
  const all = request.texts;
  const slice = <T>(values: readonly T[]) => values.slice(texts.start, texts.start + texts.count);
  return {
    ...request,
    images: images.count === 0 ? undefined : takeImages(request.images!, images),
    texts: texts.count === 0 ? undefined : { texts: slice(all!.texts), heads: slice(all!.heads) },
    attack: images.count === 0 ? undefined : takeAttack(request.attack, images),
    attacks: request.attacks.flatMap((attack) => takeRowsAttack(attack, images)),
  };
}

/** An attack of the images of one replica. */
function takeAttack(attack: Attack | undefined, { start, count }: RowRange): Attack | undefined {
  return attack && { ...attack, labels: attack.labels.slice(start, start + count) };
}

/**
 * How much longer embedding takes than that of its images alone: each that is attacked goes forward and back once more in each
 * step of its attack.
 */
export function weighAttacks({ images, attack, attacks }: EncodeRequest): number {
  const extra = [attack, ...attacks].reduce(
    (sum, each) => sum + (each ? (countAttackForwards(each) - 1) * each.labels.length : 0),
    0,
  );
  return 1 + extra / Math.max(1, images?.samples.length ?? 0);
}

/** An attack of some images, as far as they are among those of one replica. */
function takeRowsAttack(attack: Attack, { start, count }: RowRange): Attack[] {
  const taken = [...attack.rows.keys()].filter((i) => {
    const row = attack.rows[i]!;
    return row >= start && row < start + count;
  });
  if (taken.length === 0) return [];
  const rows = taken.map((i) => attack.rows[i]! - start);
  return [{ ...attack, rows, labels: taken.map((i) => attack.labels[i]!) }];
}

/** What is asked of a replica of the way back. */
export function takeBackpropagate(
  request: BackpropagateRequest,
  { images, texts }: Omit<Shard, 'member'>,
): BackpropagateRequest {
  return {
    ...request,
    imageGradients: takeRows(request.imageGradients, images),
    textGradients: takeRows(request.textGradients, texts),
  };
}

/** Rows of a matrix, a view of its bytes; undefined for none. */
function takeRows(matrix: Tensor | undefined, { start, count }: RowRange): Tensor | undefined {
  if (matrix === undefined || count === 0) return undefined;
  const [rows = 0, columns = 0] = matrix.shape;
  const rowBytes = rows === 0 ? 0 : matrix.data.byteLength / rows;
  const data = matrix.data.subarray(start * rowBytes, (start + count) * rowBytes);
  return { ...matrix, shape: [count, columns], data };
}

/** The answer for a whole batch from those for its parts, in order. */
export function joinResponses(responses: readonly EncodeResponse[]): EncodeResponse {
  const passes = responses.flatMap((response) => response.passes ?? []);
  const waits = responses.flatMap(({ imageWait }) => (imageWait ? [fromDuration(imageWait)] : []));
  return {
    imageEmbeddings: joinRows(responses.map(({ imageEmbeddings }) => imageEmbeddings)),
    textEmbeddings: joinRows(responses.map(({ textEmbeddings }) => textEmbeddings)),
    passes: passes.length === 0 ? undefined : Math.max(...passes),
    recomputed: responses.some(({ recomputed }) => recomputed),
    // They wait side by side.
    imageWait: toDuration(Math.max(0, ...waits)),
  };
}

function joinRows(parts: readonly (Tensor | undefined)[]): Tensor | undefined {
  const present = parts.filter((part) => part !== undefined);
  const [first] = present;
  if (first === undefined || present.length === 1) return first;
  return {
    dataType: first.dataType,
    shape: [present.reduce((rows, { shape }) => rows + shape[0]!, 0), first.shape[1]!],
    data: Buffer.concat(present.map(({ data }) => data)),
  };
}
