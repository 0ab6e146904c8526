import { createRandom } from '@holdfast/random';
import { drawChecks } from './draw-checks.js';
import { collectPoolGroups } from './pool-groups.js';
import { isAgreed, type PoolImage } from './pool-image.js';

/**
 * Why a label is asked for: the models disagree on the image; or it is one of a random sample that tells how
 * many images a class has; or it lies in a group with a disagreement, whose size is not known without it.
 */
export type LabelReason = 'disagreement' | 'check' | 'same group';

/** An image to label. */
export interface QueuedImage {
  /** Position in the pool. */
  readonly place: number;
  readonly reason: LabelReason;
}

/** What to ask for. */
export interface QueueSettings {
  readonly classCount: number;
  /** Groups that are checked of each class, at the most. */
  readonly checksMax: number;
}

const reasons: readonly LabelReason[] = ['disagreement', 'check', 'same group'];

/**
 * The images whose labels a verdict on a pool rests on, what it needs most first. Images of one group follow one
 * another, groups in a random order that is the same every time: neighbours do not give each other away. Those that are
 * labelled already are in it, too.
 */
export function queueLabels(
  images: readonly PoolImage[],
  { classCount, checksMax }: QueueSettings,
): QueuedImage[] {
  const groups = collectPoolGroups(images);
  const checked = drawChecks(groups, classCount, checksMax).flatMap((checks) => checks.checked);
  const isChecked = new Set(checked);
  const order = groups.map((_, index) => index);
  createRandom(0).shuffle(order);
  const queue = order.flatMap((index): QueuedImage[] => {
    const { images: places, isDisputed } = groups[index]!;
    if (!isDisputed && !isChecked.has(index)) return [];
    return places.map((place) => ({
      place,
      reason: !isDisputed ? 'check' : isAgreed(images[place]!) ? 'same group' : 'disagreement',
    }));
  });
  return reasons.flatMap((reason) => queue.filter((queued) => queued.reason === reason));
}
