import type { OpenRun } from '../run/open-run.js';

/** Where the time of training steps went, in this process. */
export interface TrainingTime {
  /** Of the steps, without measurements and checkpoints. */
  readonly seconds: number;
  /** Of those: the encoder waited for the pixels of the images. */
  readonly imageWaitSeconds: number;
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
  const { encoder } = run.clients;
  const encode: typeof encoder.encode = async (request, options) => {
    const response = await encoder.encode(request, options);
    imageWaitSeconds += response.imageWaitSeconds;
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
    read: () => ({ seconds: stepsMs / 1000, imageWaitSeconds }),
  };
}

/** "0.4 % of 85 s": the share of training that waited for images. */
export function describeImageWait({ seconds, imageWaitSeconds }: TrainingTime): string {
  const share = seconds === 0 ? 0 : (100 * imageWaitSeconds) / seconds;
  return `${share.toFixed(1)} % of ${seconds.toFixed(0)} s of training`;
}
