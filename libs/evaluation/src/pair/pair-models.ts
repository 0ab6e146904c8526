import type { Sample } from '@holdfast/dataset';
import type { Predictions } from '../classify/classify-samples.js';
import type { PredictionPair } from '../classify/pair-predictions.js';
import type { MeasuredModel } from '../measure/measure-model.js';

/** What two models say of the samples that both could read. */
export interface PairedModels extends PredictionPair {
  /** Where the candidate has heads and was measured without them, too. */
  readonly withoutHeads?: Predictions | undefined;
  /** Of a third model, where there is one. */
  readonly oldest?: Predictions | undefined;
}

/** Pairs what two models say of the same samples, and a third, leaving out what one of them could not read. */
export function pairModels(
  samples: readonly Sample[],
  reference: MeasuredModel,
  candidate: MeasuredModel,
  oldest?: MeasuredModel,
): PairedModels {
  const models = [reference, candidate, ...(oldest ? [oldest] : [])];
  const readable = samples.filter(({ index }) =>
    models.every(({ badSamples }) => !badSamples.has(index)),
  );
  const pick = ({ classes, losses, confidences }: Predictions): Predictions => ({
    classes: Uint32Array.from(readable, ({ index }) => classes[index]!),
    losses: Float64Array.from(readable, ({ index }) => losses[index]!),
    confidences: confidences && Float64Array.from(readable, ({ index }) => confidences[index]!),
  });
  const { withoutHeads } = candidate;
  return {
    samples: readable,
    reference: pick(reference.predictions),
    candidate: pick(candidate.predictions),
    withoutHeads: withoutHeads && pick(withoutHeads),
    oldest: oldest && pick(oldest.predictions),
  };
}
