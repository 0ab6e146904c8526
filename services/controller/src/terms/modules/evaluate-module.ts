import { Fault, isFault } from '@holdfast/fault';
import type { EvaluateRequest } from '@holdfast/proto/holdfast/term/v1/term';
import { toMatrix } from '@holdfast/run-kit';
import type { TermEstimate, TermRun } from '../term.js';

/**
 * The value of a user's module and its gradients.
 *
 * @throws Fault of the service, with the step.
 */
export async function evaluateModule(
  { runId, clients }: TermRun,
  request: Omit<EvaluateRequest, 'runId'>,
): Promise<Pick<TermEstimate, 'value' | 'imageGradients' | 'textGradients'>> {
  const { value, imageGradients, textGradients } = await clients.terms
    .evaluate({ runId, ...request })
    .catch((error: unknown) => {
      if (!isFault(error) || error.kind === 'unavailable') throw error;
      throw new Fault(error.kind, `step ${request.step}: ${error.message}`, { cause: error });
    });
  return {
    value,
    imageGradients: toMatrix(imageGradients, 'image_gradients'),
    textGradients: toMatrix(textGradients, 'text_gradients'),
  };
}
