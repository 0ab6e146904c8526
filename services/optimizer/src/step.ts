import { type Engine, resolveReference, toReference } from '@holdfast/engine';
import { Fault } from '@holdfast/fault';
import type { StepRequest, StepResponse } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { learningRateAt } from './learning-rate.js';
import type { OptimizerRun, RunStore } from './optimizer-run.js';

/** One AdamW step along the gradient; the last step again changes nothing. */
export function createStep(store: RunStore, engine: Engine) {
  return async (request: StepRequest): Promise<StepResponse> => {
    const run = await store.get(request.runId);
    return run.enqueue(() => takeStep(run, request, engine));
  };
}

async function takeStep(
  run: OptimizerRun,
  request: StepRequest,
  engine: Engine,
): Promise<StepResponse> {
  const { step, runId } = request;
  if (step === run.stepsTaken - 1 && run.lastStep !== undefined) return run.lastStep;
  if (step !== run.stepsTaken) {
    throw new Fault(
      'precondition',
      `run '${runId}' has taken ${run.stepsTaken} steps: step ${run.stepsTaken} is next, not ${step}`,
    );
  }
  const { adamw } = run.settings;
  const { weightAverageDecay } = adamw;
  await requireOwnParameters(run, runId, engine);
  const gradientNorm = await measureGradient(run, request, engine);
  const learningRate = learningRateAt(step, adamw);
  const clips = adamw.gradientNormMax > 0 && gradientNorm > adamw.gradientNormMax;
  const written = await engine.applyAdamw({
    runId,
    step: step + 1,
    learningRate,
    weightDecay: adamw.weightDecay,
    beta1: adamw.beta1,
    beta2: adamw.beta2,
    epsilon: adamw.epsilon,
    gradientScale: clips ? adamw.gradientNormMax / gradientNorm : 1,
    averageDecay: weightAverageDecay > 0 ? weightAverageDecay : undefined,
  });
  run.stepsTaken = step + 1;
  run.lastStep = {
    parameters: toReference(engine, runId, written),
    learningRate,
    gradientNorm,
    stepsTaken: run.stepsTaken,
  };
  return run.lastStep;
}

/** The parameters must be those that this service's steps led to: whoever else wrote them holds other moments. */
async function requireOwnParameters(
  { stepsTaken }: OptimizerRun,
  runId: string,
  engine: Engine,
): Promise<void> {
  const { version } = await engine.readVersion({ runId, array: 'parameters' });
  if (version === stepsTaken) return;
  throw new Fault(
    'precondition',
    `run '${runId}' has taken ${stepsTaken} steps, and its parameters are at version ${version ?? 'none'}: somebody else wrote them; restore a checkpoint`,
  );
}

/** The gradient's L2 norm, which must be a number. */
async function measureGradient(
  run: OptimizerRun,
  { gradient, runId, step }: StepRequest,
  engine: Engine,
): Promise<number> {
  const named = await resolveReference(engine, gradient, 'gradient');
  if (named.array !== 'gradient' || named.runId !== runId) {
    const description = `names ${named.array} of run '${named.runId}', not gradient of '${runId}'`;
    throw new Fault('invalid', `gradient ${description}`, {
      violations: [{ field: 'gradient', description }],
    });
  }
  if (named.version !== step) {
    throw new Fault(
      'precondition',
      `the gradient was taken at the parameters after ${named.version} steps, and step ${step} starts from those after ${step}: encode the batch with them`,
    );
  }
  const norm = Math.sqrt(await engine.computeSquaredNorm(named));
  if (Number.isFinite(norm)) return norm;
  const where = await findNonFinite(run, runId, engine);
  throw new Fault(
    'aborted',
    `the gradient norm of step ${step} of run '${runId}' is ${norm}${where}: the step is not taken; lower the learning rate or restore a checkpoint`,
  );
}

/** Where the first number that is none stands, in words; empty where only the sum overflows. */
async function findNonFinite(run: OptimizerRun, runId: string, engine: Engine): Promise<string> {
  for (const { name, offset, size } of run.layout.entries) {
    const read = { runId, array: 'gradient' as const, offset, count: size };
    const values = await engine.readArray(read);
    const index = values.findIndex((value) => !Number.isFinite(value));
    if (index >= 0) return ` (${name}[${index}] is ${values[index]})`;
  }
  return '';
}
