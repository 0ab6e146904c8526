import type { MlflowClient } from './mlflow-client.js';

/** What a run is told. */
export interface Batch {
  readonly params?: readonly (readonly [string, string])[];
  readonly tags?: readonly (readonly [string, string])[];
  readonly metrics?: readonly {
    readonly key: string;
    readonly value: number;
    readonly timestamp: number;
    readonly step: number;
  }[];
}

/** MLflow takes so many of each at once. */
const limits = { params: 100, tags: 100, metrics: 1000 };
/** The longest value of a parameter that MLflow takes. */
const valueMax = 6000;

/** Logs parameters, tags and metrics, in as many calls as MLflow's limits ask for. The same again changes nothing. */
export async function logBatches(
  client: MlflowClient,
  runId: string,
  { params = [], tags = [], metrics = [] }: Batch,
): Promise<void> {
  const pairs = (list: readonly (readonly [string, string])[]) =>
    list.map(([key, value]) => ({ key, value: value.slice(0, valueMax) }));
  const batches = [
    ...split(pairs(params), limits.params).map((part) => ({ params: part })),
    ...split(pairs(tags), limits.tags).map((part) => ({ tags: part })),
    ...split(metrics, limits.metrics).map((part) => ({ metrics: part })),
  ];
  // In order: who has the last metric of a step has all of it.
  for (const batch of batches) {
    await client.call('POST', 'runs/log-batch', { run_id: runId, ...batch });
  }
}

function split<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}
