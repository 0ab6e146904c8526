import type { EncodeResponse } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { OpenRun } from '../run/open-run.js';

/** Where the time of training steps went, and how a step fitted the memory, in this process. */
export interface TrainingTime {
  /** Of the steps, without measurements and checkpoints. */
  readonly seconds: number;
  /** Of those: the encoder waited for the pixels of the images. */
  readonly imageWaitSeconds: number;
  /** How the encoder keeps what the way back needs; empty before the first step. */
  readonly activations: string;
}

/** Measures training steps. */
export interface TrainingClock {
  /** The run, whose encoder tells this clock for how long it waited. */
  readonly run: OpenRun;
  measure<T>(step: Promise<T>): Promise<T>;
  read(): TrainingTime;
}

/** Starts a clock at 0 seconds for the steps of a run. */
export function startTrainingClock(run: OpenRun): TrainingClock {
  let stepsMs = 0;
  let imageWaitSeconds = 0;
  let activations = '';
  const { encoder } = run.clients;
  const encode: typeof encoder.encode = async (request, options) => {
    const response = await encoder.encode(request, options);
    imageWaitSeconds += response.imageWaitSeconds;
    if (request.retain) activations = describePassing(response);
    return response;
  };
  return {
    run: { ...run, clients: { ...run.clients, encoder: { ...encoder, encode } } },
    async measure(step) {
      const from = performance.now();
      const result = await step;
      stepsMs += performance.now() - from;
      return result;
    },
    read: () => ({ seconds: stepsMs / 1000, imageWaitSeconds, activations }),
  };
}

/** How a batch went forward and back within the memory that activations may take. */
function describePassing({ passes, recomputed }: EncodeResponse): string {
  const kept = recomputed ? "blocks' inputs kept, the rest computed again" : 'all kept';
  return passes === 1 ? `${kept}, in one pass` : `${kept}, in two passes over parts of a batch`;
}

/** "0.4 % of 85 s": the share of training that waited for images. */
export function describeImageWait({ seconds, imageWaitSeconds }: TrainingTime): string {
  const share = seconds === 0 ? 0 : (100 * imageWaitSeconds) / seconds;
  return `${share.toFixed(1)} % of ${seconds.toFixed(0)} s of training`;
}
