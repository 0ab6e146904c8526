import {
  type EvaluatorServiceClient,
  GateRequest,
  GateResponse,
  Verdict,
} from '@holdfast/proto/holdfast/evaluator/v1/evaluator';

/** An evaluator that has one verdict on everything, and remembers what it was asked. */
export function createFakeEvaluator(verdict: Verdict = Verdict.VERDICT_RETAINED): {
  readonly evaluator: Pick<EvaluatorServiceClient, 'gate'>;
  readonly asked: GateRequest[];
} {
  const asked: GateRequest[] = [];
  const evaluator = {
    async gate(request: Parameters<EvaluatorServiceClient['gate']>[0]) {
      const { tasks, ...rules } = GateRequest.fromPartial(request);
      asked.push({ tasks, ...rules });
      const compare = ({ task, labels }: (typeof tasks)[number]) => ({
        task,
        exampleCount: labels.length,
        groupCount: labels.length,
      });
      return GateResponse.fromPartial({
        verdict,
        reason: 'So it was told.',
        targets: tasks.filter(({ target }) => target).map(compare),
        tasks: tasks
          .filter(({ target }) => !target)
          .map((task) => ({ verdict, comparison: compare(task) })),
      });
    },
  };
  return { evaluator, asked };
}
