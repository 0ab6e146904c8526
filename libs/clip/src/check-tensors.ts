import { Fault, type FieldViolation } from '@holdfast/fault';
import { isReadableAsFloat32 } from '@holdfast/safetensors';
import type { TensorPlan } from './tensor-plan.js';
import type { StoredTensor } from './weight-files.js';

/** Tensors that a CLIP file may hold beside its parameters. */
const untrained = new Set([
  'logit_scale',
  'text_model.embeddings.position_ids',
  'vision_model.embeddings.position_ids',
]);

/** At most this many tensors are spelled out in a message; `violations` has them all. */
const namedMax = 5;

/**
 * Checks that the files hold exactly the planned tensors, in their shapes.
 *
 * @throws Fault `invalid` that names every missing, misshapen or unknown tensor.
 */
export function checkTensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  plans: ReadonlyMap<string, TensorPlan>,
  directory: string,
): void {
  const expected = new Map([...plans].map(([name, { shape }]) => [name, shape]));
  expected.set('logit_scale', []);
  const violations: FieldViolation[] = [];
  for (const [field, shape] of expected) {
    const description = describeMismatch(tensors.get(field), shape);
    if (description !== undefined) violations.push({ field, description });
  }
  for (const field of tensors.keys()) {
    if (expected.has(field) || untrained.has(field)) continue;
    violations.push({ field, description: 'is not a tensor of this model' });
  }
  if (violations.length > 0) throw createFault(directory, violations);
}

function describeMismatch(
  tensor: StoredTensor | undefined,
  shape: readonly number[],
): string | undefined {
  if (tensor === undefined) return 'is missing';
  if (!isReadableAsFloat32(tensor.dtype)) return `has elements of type ${tensor.dtype}`;
  const isSame =
    tensor.shape.length === shape.length && tensor.shape.every((size, i) => size === shape[i]);
  // A scalar is also stored as one element.
  if (isSame || (shape.length === 0 && tensor.shape.every((size) => size === 1))) return undefined;
  return `has shape [${tensor.shape.join(', ')}], but the configuration says [${shape.join(', ')}]`;
}

function createFault(directory: string, violations: readonly FieldViolation[]): Fault {
  const named = violations.slice(0, namedMax).map((v) => `${v.field} ${v.description}`);
  const rest = violations.length - named.length;
  const tail = rest > 0 ? `; and ${rest} more` : '';
  return new Fault(
    'invalid',
    `the weights in ${directory} do not fit its configuration: ${named.join('; ')}${tail}`,
    { violations },
  );
}
