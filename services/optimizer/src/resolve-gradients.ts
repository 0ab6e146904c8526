import {
  type Engine,
  type GradientArray,
  gradientArrays,
  isGradientArray,
  resolveReference,
} from '@holdfast/engine';
import { Fault } from '@holdfast/fault';
import type { StepRequest } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import type { TensorReference } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { collectViolations, type ViolationCollector } from '@holdfast/service-kit';

/** What a reference to a gradient must name. */
interface WantedGradient {
  readonly runId: string;
  readonly step: number;
  readonly field: string;
  readonly violations: ViolationCollector;
}

/**
 * The array of this run's engine that a reference names; undefined where it is no gradient of the run, which is a violation.
 *
 * @throws Fault `out-of-step` for one that was taken at other parameters than those the step starts from.
 */
export async function resolveGradient(
  engine: Engine,
  gradient: TensorReference | undefined,
  { runId, step, field, violations }: WantedGradient,
): Promise<GradientArray | undefined> {
  const { array, ...named } = await resolveReference(engine, gradient, field);
  if (!isGradientArray(array) || named.runId !== runId) {
    violations.add(field, `names ${array} of run '${named.runId}', not a gradient of '${runId}'`);
    return undefined;
  }
  if (named.version === step) return array;
  throw new Fault(
    'out-of-step',
    `${field} was taken at the parameters after ${named.version} steps, and step ${step} starts from those after ${step}: encode the batch with them`,
  );
}

/** The arrays that a step takes, in the order of the request. */
export async function resolveGradients(
  { gradients, runId, step, project, keptGradients }: StepRequest,
  engine: Engine,
): Promise<readonly GradientArray[]> {
  const violations = collectViolations('Step');
  violations.require(gradients.length > 0, 'gradients', 'is required: one reference or more');
  violations.require(!project || gradients.length === 2, 'project', 'needs two gradients');
  violations.require(
    keptGradients === 0 || (!project && gradients.length <= 1),
    'kept_gradients',
    'go with one gradient, and not with project',
  );
  const arrays = new Set<GradientArray>();
  for (const [i, gradient] of gradients.slice(0, gradientArrays.length).entries()) {
    const named = { runId, step, field: `gradients[${i}]`, violations };
    const array = await resolveGradient(engine, gradient, named);
    if (array !== undefined) arrays.add(array);
  }
  violations.require(
    keptGradients === 0 || [...arrays][0] !== 'taskGradient',
    'gradients[0]',
    'must be `gradient` where gradients are kept: what they add is made in `task_gradient`',
  );
  violations.throwIfAny();
  const isRepeated = arrays.size < gradients.length;
  violations.require(!isRepeated, 'gradients', 'names an array twice: it would count twice');
  violations.throwIfAny();
  return [...arrays];
}
