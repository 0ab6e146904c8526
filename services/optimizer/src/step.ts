import {
  type ArraySum,
  type Engine,
  type GradientArray,
  gradientArrays,
  isGradientArray,
  resolveReference,
  toReference,
} from '@holdfast/engine';
import { Fault } from '@holdfast/fault';
import type { StepRequest, StepResponse } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { collectViolations } from '@holdfast/service-kit';
import { learningRateAt } from './learning-rate.js';
import type { OptimizerRun, RunStore } from './optimizer-run.js';

/** One AdamW step along the gradients' sum; the last step again changes nothing. */
export function createStep(store: RunStore, engine: Engine) {
  return async (request: StepRequest): Promise<StepResponse> => {
    store.fence(request.runId, request.leaseTerm);
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
      'out-of-step',
      `run '${runId}' has taken ${run.stepsTaken} steps: step ${run.stepsTaken} is next, not ${step}`,
    );
  }
  const { adamw } = run.settings;
  await requireOwnParameters(run, runId, engine);
  const gradients = await resolveGradients(request, engine);
  const gradientNorm = await measureGradient(run, request, { engine, gradients });
  const learningRate = learningRateAt(step, adamw);
  const { gradientNormMax = Infinity } = adamw;
  const written = await engine.applyAdamw({
    runId,
    step: step + 1,
    learningRate,
    weightDecay: adamw.weightDecay,
    beta1: adamw.beta1,
    beta2: adamw.beta2,
    epsilon: adamw.epsilon,
    gradientScale: gradientNorm > gradientNormMax ? gradientNormMax / gradientNorm : 1,
    gradient: toSum(gradients),
    averageDecay: adamw.weightAverageDecay,
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
    'out-of-step',
    `run '${runId}' has taken ${stepsTaken} steps, and its parameters are at version ${version ?? 'none'}: somebody else wrote them; restore a checkpoint`,
  );
}

/** The arrays of this run's engine that a step takes, in the order of the request. */
async function resolveGradients(
  { gradients, runId, step }: StepRequest,
  engine: Engine,
): Promise<readonly GradientArray[]> {
  const violations = collectViolations('Step');
  violations.require(gradients.length > 0, 'gradients', 'is required: one reference or more');
  const arrays = new Set<GradientArray>();
  for (const [i, gradient] of gradients.slice(0, gradientArrays.length).entries()) {
    const field = `gradients[${i}]`;
    const { array, ...named } = await resolveReference(engine, gradient, field);
    if (!isGradientArray(array) || named.runId !== runId) {
      violations.add(field, `names ${array} of run '${named.runId}', not a gradient of '${runId}'`);
    } else if (named.version !== step) {
      throw new Fault(
        'out-of-step',
        `${field} was taken at the parameters after ${named.version} steps, and step ${step} starts from those after ${step}: encode the batch with them`,
      );
    } else arrays.add(array);
  }
  violations.throwIfAny();
  const isRepeated = arrays.size < gradients.length;
  violations.require(!isRepeated, 'gradients', 'names an array twice: it would count twice');
  violations.throwIfAny();
  return [...arrays];
}

/** The L2 norm of the gradients' sum, which must be a number. */
async function measureGradient(
  run: OptimizerRun,
  { step, runId }: StepRequest,
  { engine, gradients }: { readonly engine: Engine; readonly gradients: readonly GradientArray[] },
): Promise<number> {
  const norm = Math.sqrt(await engine.computeSquaredNorm({ runId, ...toSum(gradients) }));
  if (Number.isFinite(norm)) return norm;
  const where = await findNonFinite(run, gradients, { runId, engine });
  throw new Fault(
    'aborted',
    `the gradient norm of step ${step} of run '${runId}' is ${norm}${where}: the step is not taken; lower the learning rate or restore a checkpoint`,
  );
}

function toSum([array = 'gradient', ...plus]: readonly GradientArray[]): ArraySum {
  return { array, plus };
}

/** Where the first number that is none stands, in words; empty where only the sum overflows. */
async function findNonFinite(
  run: OptimizerRun,
  gradients: readonly GradientArray[],
  { runId, engine }: { readonly runId: string; readonly engine: Engine },
): Promise<string> {
  for (const array of gradients) {
    for (const { name, offset, size } of run.layout.entries) {
      const values = await engine.readArray({ runId, array, offset, count: size });
      const index = values.findIndex((value) => !Number.isFinite(value));
      const of = gradients.length > 1 ? `${array}, ` : '';
      if (index >= 0) return ` (${of}${name}[${index}] is ${values[index]})`;
    }
  }
  return '';
}
