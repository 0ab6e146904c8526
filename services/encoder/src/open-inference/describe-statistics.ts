import type { ModelStatistics } from '@holdfast/proto/inference/inference';
import type { ServedModel } from '../serving/served-model.js';
import type { CountedTime } from '../serving/served-statistics.js';

/** What a version has done. */
export function describeStatistics({ model, version, statistics }: ServedModel): ModelStatistics {
  const { answered, failed, waiting, preparing, computing } = statistics;
  return {
    ...{ name: model, version },
    lastInference: BigInt(statistics.lastMs),
    inferenceCount: BigInt(statistics.rows),
    executionCount: BigInt(statistics.batches),
    inferenceStats: {
      success: describeTime(answered),
      fail: describeTime(failed),
      queue: describeTime(waiting),
      computeInput: describeTime(preparing),
      computeInfer: describeTime(computing),
      computeOutput: describeTime({ count: answered.count, ms: 0 }),
    },
  };
}

function describeTime({ count, ms }: CountedTime) {
  return { count: BigInt(count), ns: BigInt(Math.round(ms * 1e6)) };
}
