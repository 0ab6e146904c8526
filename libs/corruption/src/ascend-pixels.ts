import type { Random } from '@holdfast/random';
import type { Attack } from './attack.js';

/** A channel of a tower's input, linear in the pixel's value u in [0, 1]: x = low + unit u. */
export interface InputChannel {
  /** x of u = 0, and of u = 1. */
  readonly low: number;
  readonly high: number;
}

/** An image as a tower takes it, and as it was before it was attacked: [channels, height, width] each. */
export interface AttackedImage {
  readonly pixels: Float32Array;
  readonly original: Float32Array;
}

/** How far values may go. */
export type AttackBall = Pick<Attack, 'epsilon'>;

/**
 * One step of projected gradient ascent in the L-infinity ball (Madry et al., arXiv 1706.06083), in place:
 *
 *   u <- P(u + alpha sign(g)),   P cuts to [u_0 - epsilon, u_0 + epsilon] and to [0, 1]
 *
 * computed on x = low + unit u, rounded to float32. The sign of 0 is 0.
 *
 * @param gradients of the loss with respect to x: the sign is that of u, since unit > 0
 * @param channels of the input, in order, of which each has as many values
 */
export function ascendPixels(
  image: AttackedImage,
  gradients: Float32Array,
  channels: readonly InputChannel[],
  { epsilon, stepSize }: Pick<Attack, 'epsilon' | 'stepSize'>,
): void {
  movePixels(image, channels, { epsilon }, (i) => stepSize * Math.sign(gradients[i]!));
}

/** Moves an image to a place that is drawn uniformly from the ball, value by value in order. */
export function scatterPixels(
  image: AttackedImage,
  channels: readonly InputChannel[],
  ball: AttackBall,
  random: Pick<Random, 'uniform'>,
): void {
  movePixels(image, channels, ball, () => ball.epsilon * (2 * random.uniform() - 1));
}

/** Moves each value by so many units of 1/255, and cuts it to what it may be. */
function movePixels(
  { pixels, original }: AttackedImage,
  channels: readonly InputChannel[],
  { epsilon }: AttackBall,
  moveOf: (index: number) => number,
): void {
  const size = pixels.length / channels.length;
  for (const [c, { low, high }] of channels.entries()) {
    const unit = (high - low) / 255;
    for (let i = c * size; i < (c + 1) * size; i += 1) {
      const from = original[i]!;
      // The original is allowed whatever rounding says: a ball of radius 0 changes no bit.
      const least = Math.min(Math.max(from - epsilon * unit, low), from);
      const most = Math.max(Math.min(from + epsilon * unit, high), from);
      pixels[i] = Math.min(Math.max(pixels[i]! + moveOf(i) * unit, least), most);
    }
  }
}
