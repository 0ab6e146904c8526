import { describe, expect, it } from 'vitest';
import { logBatches } from './log-batches.js';
import type { MlflowClient } from './mlflow-client.js';

describe('logBatches', () => {
  it("keeps to MLflow's limits, and to the order of metrics", async () => {
    const sent: { params?: object[]; metrics?: { step: number }[] }[] = [];
    const client = {
      call: async (_: string, __: string, fields: object) => void sent.push(fields),
    } as unknown as MlflowClient;
    const params = Array.from({ length: 150 }, (_, i) => [`p${i}`, 'x'.repeat(9000)] as const);
    const metrics = Array.from({ length: 2500 }, (_, step) => ({
      ...{ key: 'objective', value: 1, timestamp: 0 },
      step,
    }));
    await logBatches(client, 'run', { params, metrics });
    expect(sent.map((fields) => (fields.params ?? fields.metrics)!.length)).toEqual([
      ...[100, 50],
      ...[1000, 1000, 500],
    ]);
    expect(sent.flatMap((fields) => fields.metrics ?? []).map(({ step }) => step)).toEqual(
      metrics.map(({ step }) => step),
    );
    expect((sent[0]!.params![0] as { value: string }).value).toHaveLength(6000);
  });
});
