import type { EncodeResponse } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { MeasuringCost } from '../choose/measure-steering.js';

/** Where the time of training went, and how a step fitted the memory, in this process. */
export interface TrainingTime {
  /** Of the steps, without measurements and checkpoints. */
  readonly seconds: number;
  /** Of those: the encoder waited for the pixels of the images. */
  readonly imageWaitSeconds: number;
  /** Steering data were measured, the reference included. */
  readonly measuringSeconds: number;
  /** Images embedded in those steps. */
  readonly stepImages: number;
  /** Images embedded to measure. */
  readonly measuredImages: number;
  /** How the encoder keeps what the way back needs; empty before the first step. */
  readonly activations: string;
}

/** What a step says of its time and memory. */
export type StepTime = Pick<TrainingTime, 'imageWaitSeconds' | 'activations'>;

/** Measures training steps and what is measured between them. */
export interface TrainingClock {
  /** Counts a step. */
  stepping<T extends StepTime>(step: Promise<T>): Promise<T>;
  /** Counts a measurement on steering data. */
  measuring<T>(measurement: Promise<T>): Promise<T>;
  read(): TrainingTime;
}

/**
 * Starts a clock for the steps of a run.
 *
 * @param countImages images embedded so far, for whatever
 * @param before what was measured before the clock was started
 */
export function startTrainingClock(
  countImages: () => number,
  before: MeasuringCost = { measuringSeconds: 0, measuredImages: 0 },
): TrainingClock {
  let stepsMs = 0;
  let measuringMs = 1000 * before.measuringSeconds;
  let stepImages = 0;
  let { measuredImages } = before;
  let imageWaitSeconds = 0;
  let activations = '';
  return {
    async stepping(step) {
      const [from, images] = [performance.now(), countImages()];
      const result = await step;
      stepsMs += performance.now() - from;
      stepImages += countImages() - images;
      imageWaitSeconds += result.imageWaitSeconds;
      activations = result.activations;
      return result;
    },
    async measuring(measurement) {
      const [from, images] = [performance.now(), countImages()];
      const result = await measurement;
      measuringMs += performance.now() - from;
      measuredImages += countImages() - images;
      return result;
    },
    read: () => ({
      seconds: stepsMs / 1000,
      imageWaitSeconds,
      measuringSeconds: measuringMs / 1000,
      stepImages,
      measuredImages,
      activations,
    }),
  };
}

/** How a batch went forward and back within the memory that activations may take. */
export function describePassing({
  passes,
  recomputed,
}: Pick<EncodeResponse, 'passes' | 'recomputed'>): string {
  const kept = recomputed ? "blocks' inputs kept, the rest computed again" : 'all kept';
  return passes === 1 ? `${kept}, in one pass` : `${kept}, in two passes over parts of a batch`;
}

/** "0.4 % of 85 s": the share of training that waited for images. */
export function describeImageWait({ seconds, imageWaitSeconds }: TrainingTime): string {
  const share = seconds === 0 ? 0 : (100 * imageWaitSeconds) / seconds;
  return `${share.toFixed(1)} % of ${seconds.toFixed(0)} s of training`;
}

/** "12.0 % of 97 s": the share of steps and measurements that measuring took. */
export function describeMeasuring({ seconds, measuringSeconds }: TrainingTime): string {
  const total = seconds + measuringSeconds;
  const share = total === 0 ? 0 : (100 * measuringSeconds) / total;
  return `${share.toFixed(1)} % of ${total.toFixed(0)} s of training and measuring`;
}
