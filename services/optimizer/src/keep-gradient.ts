import type { Engine } from '@holdfast/engine';
import { Fault } from '@holdfast/fault';
import type {
  KeepGradientRequest,
  KeepGradientResponse,
} from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { collectViolations } from '@holdfast/service-kit';
import type { RunStore } from './optimizer-run.js';
import { resolveGradient } from './resolve-gradients.js';

/** Copies a gradient aside, for a step that holds several tasks apart; the same again changes nothing. */
export function createKeepGradient(store: RunStore, engine: Engine) {
  return async (request: KeepGradientRequest): Promise<KeepGradientResponse> => {
    const { runId, leaseTerm, step, index } = request;
    store.fence(runId, leaseTerm);
    const run = await store.get(runId);
    return run.enqueue(async () => {
      if (step !== run.stepsTaken) {
        throw new Fault(
          'out-of-step',
          `run '${runId}' has taken ${run.stepsTaken} steps: gradients are kept for step ${run.stepsTaken}, not ${step}`,
        );
      }
      const violations = collectViolations('KeepGradient');
      const places = run.settings.keptGradientsMax;
      violations.require(
        index < places,
        'index',
        `must be below the ${places} that OpenRun reserved, is ${index}`,
      );
      violations.throwIfAny();
      const named = { runId, step, field: 'gradient', violations };
      const from = await resolveGradient(engine, request.gradient, named);
      violations.throwIfAny();
      await engine.keepGradient({ runId, from: from!, index });
      return {};
    });
  };
}
