import { Fault, type FieldViolation } from '@holdfast/fault';
import { SharedArray, type TensorReference } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import type { Engine, WrittenArray } from '../engine.js';
import type { ArrayName } from '../memory/array-name.js';
import { fromSharedArray, toSharedArray } from './shared-array.js';

/** An array that a message names. */
export interface NamedArray {
  readonly runId: string;
  readonly array: ArrayName;
}

/** The message that names an array of this engine. */
export function toReference(
  engine: Engine,
  runId: string,
  { array, version }: Pick<WrittenArray, 'array' | 'version'>,
): TensorReference {
  return { engineId: engine.id, runId, array: toSharedArray(array), version };
}

/**
 * The array that a reference names.
 *
 * @throws Fault `invalid` that names `field` and all that is wrong with it.
 * @throws Fault `precondition` if the array has been written since.
 */
export async function resolveReference(
  engine: Engine,
  reference: TensorReference | undefined,
  field: string,
): Promise<NamedArray> {
  const named = parseReference(engine, reference, field);
  const asked = reference?.version ?? 0;
  if (asked === 0) return named;
  const { version } = await engine.readVersion(named);
  if (version === asked) return named;
  throw new Fault(
    'precondition',
    `${field}: ${named.array} of run ${named.runId} is at version ${version}, not ${asked}`,
  );
}

/** The array that a reference names, whatever its version. */
export function parseReference(
  engine: Engine,
  reference: TensorReference | undefined,
  field: string,
): NamedArray {
  const { engineId = '', runId = '' } = reference ?? {};
  const { array: shared = SharedArray.SHARED_ARRAY_UNSPECIFIED } = reference ?? {};
  const violations: FieldViolation[] = [];
  const add = (part: string, description: string) =>
    violations.push({ field: `${field}.${part}`, description });
  if (engineId !== engine.id) {
    add('engine_id', `is '${engineId}', this engine is '${engine.id}': send the bytes first`);
  }
  if (runId === '') add('run_id', 'is required');
  const array = fromSharedArray(shared);
  if (array === undefined) add('array', `is ${shared}, none of an engine's arrays`);
  else if (violations.length === 0) return { runId, array };
  const first = violations[0]!;
  throw new Fault('invalid', `${first.field} ${first.description}`, { violations });
}
