import { type ArraySum, type Engine, type GradientArray, toReference } from '@holdfast/engine';
import { Fault } from '@holdfast/fault';
import type { StepRequest, StepResponse } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { learningRateAt } from './learning-rate.js';
import type { OptimizerRun, RunStore } from './optimizer-run.js';
import { resolveGradients } from './resolve-gradients.js';
import { solveProjection } from './solve-projection.js';

/** One AdamW step along the gradients' sum, or along a projection of the first one; the last step again changes nothing. */
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
  const taken = await combineGradients(request, gradients, engine);
  const gradientNorm = await measureGradient(run, request, { engine, gradients, taken: taken.sum });
  const learningRate = learningRateAt(step, adamw);
  const { gradientNormMax = Infinity } = adamw;
  const written = await engine.applyAdamw({
    runId,
    step: step + 1,
    learningRate,
    weightDecay: adamw.weightDecay,
    decayTowards: adamw.decayTowardsReference ? 'reference' : 'zero',
    beta1: adamw.beta1,
    beta2: adamw.beta2,
    epsilon: adamw.epsilon,
    gradientScale: gradientNorm > gradientNormMax ? gradientNormMax / gradientNorm : 1,
    gradient: taken.sum,
    averageDecay: adamw.weightAverageDecay,
  });
  run.stepsTaken = step + 1;
  run.lastStep = {
    parameters: toReference(engine, runId, written),
    learningRate,
    gradientNorm,
    stepsTaken: run.stepsTaken,
    projection: taken.projection,
    keptWeights: taken.keptWeights ?? [],
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

/** What a step takes of its gradients, and what the answer says of how. */
interface Taken {
  readonly sum: ArraySum;
  readonly projection?: number;
  readonly keptWeights?: number[];
}

async function combineGradients(
  { runId, step, project, keptGradients }: StepRequest,
  gradients: readonly GradientArray[],
  engine: Engine,
): Promise<Taken> {
  const [array = 'gradient', ...plus] = gradients;
  if (project) {
    const projection = await findProjection(runId, gradients, engine);
    return { projection, sum: projection === 0 ? { array } : { array, plus, factor: projection } };
  }
  if (keptGradients === 0) return { sum: { array, plus } };
  const asked = { runId, array, version: step, count: keptGradients };
  const keptWeights = solveProjection(await engine.multiplyGradients(asked));
  if (keptWeights.every((weight) => weight === 0)) return { keptWeights, sum: { array } };
  const added = 'taskGradient';
  await engine.combineGradients({ runId, array: added, weights: keptWeights });
  return { keptWeights, sum: { array, plus: [added] } };
}

/**
 * What of r the projection of g adds, so that its inner product with r is not negative: -min(0, <g, r> / <r, r>). Averaged
 * gradient episodic memory, A-GEM (Chaudhry et al. 2019, arXiv 1812.00420). NaN where an element is none.
 */
async function findProjection(
  runId: string,
  [x, y]: readonly GradientArray[],
  engine: Engine,
): Promise<number> {
  const product = await engine.computeInnerProduct({ runId, x: x!, y: y! });
  if (product >= 0) return 0;
  return -product / (await engine.computeSquaredNorm({ runId, array: y! }));
}

/** The L2 norm of what is taken of the gradients, which must be a number. */
async function measureGradient(
  run: OptimizerRun,
  { step, runId }: StepRequest,
  {
    engine,
    gradients,
    taken,
  }: {
    readonly engine: Engine;
    readonly gradients: readonly GradientArray[];
    readonly taken: ArraySum;
  },
): Promise<number> {
  const norm = Math.sqrt(await engine.computeSquaredNorm({ runId, ...taken }));
  if (Number.isFinite(norm)) return norm;
  const where = await findNonFinite(run, gradients, { runId, engine });
  throw new Fault(
    'diverged',
    `the gradient norm of step ${step} of run '${runId}' is ${norm}${where}: the step is not taken; lower the learning rate or restore a checkpoint`,
  );
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
