import type { EvaluateRequest, EvaluateResponse } from '@holdfast/proto/holdfast/term/v1/term';
import { fromMatrix } from '@holdfast/run-kit';
import { createMatrix } from '@holdfast/tensor';
import { parseTermBatch } from './parse-term-batch.js';
import type { TermStore } from './term-store.js';

/** Evaluates a term on one batch. */
export function createEvaluate(store: TermStore) {
  return async (request: EvaluateRequest): Promise<EvaluateResponse> => {
    const { kind, term } = await store.get(request.runId, request.name);
    const batch = parseTermBatch(request, kind);
    const { value, imageGradients, textGradients } = await term.evaluate(batch);
    const toTensor = (rows: number, data: Float32Array) =>
      fromMatrix(createMatrix(rows, batch.images.columns, data));
    return {
      value,
      imageGradients: toTensor(batch.images.rows, imageGradients),
      textGradients: toTensor(batch.texts.rows, textGradients),
    };
  };
}
