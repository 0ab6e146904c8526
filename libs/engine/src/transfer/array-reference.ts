import { Fault, type FieldViolation } from '@holdfast/fault';
import {
  type ArrayVersion,
  SharedArray,
  type TensorReference,
} from '@holdfast/proto/holdfast/tensor/v1/tensor';
import type { Engine, WrittenArray } from '../engine.js';
import { type ArrayName, type GradientArray, isGradientArray } from '../memory/array-name.js';
import { fromSharedArray, toSharedArray } from './shared-array.js';

/** An array that a message names. */
export interface NamedArray {
  readonly runId: string;
  readonly array: ArrayName;
  /** What it stands for. */
  readonly version: number;
}

/**
 * The message that names an array of this engine.
 *
 * @throws Fault `out-of-step` if nothing whole was written to it.
 */
export function toReference(
  engine: Engine,
  runId: string,
  { array, version }: Pick<WrittenArray, 'array' | 'version'>,
): TensorReference {
  if (version === undefined) throw refuseVersion({ runId, array }, version);
  return { engineId: engine.id, runId, array: toSharedArray(array), version, address: '' };
}

/**
 * The array that a reference names, and how often it was written when it had that version.
 *
 * @throws Fault `invalid` that names `field` and all that is wrong with it.
 * @throws Fault `out-of-step` if the array is at another version.
 */
export async function resolveReference(
  engine: Engine,
  reference: TensorReference | undefined,
  field: string,
): Promise<NamedArray & Pick<WrittenArray, 'writes'>> {
  const named = parseReference(engine, reference, field);
  const { version, writes } = await engine.readVersion(named);
  if (version === named.version) return { ...named, writes };
  throw refuseVersion(named, version);
}

function refuseVersion(
  { runId, array, version }: { runId: string; array: ArrayName; version?: number },
  found: number | undefined,
): Fault {
  const has = found === undefined ? 'has nothing whole written to it' : `is at version ${found}`;
  const asked = version === undefined ? '' : `, not ${version}`;
  return new Fault('out-of-step', `${array} of run ${runId} ${has}${asked}`);
}

/**
 * The array that a reference names, whatever version it has in the engine.
 *
 * @throws Fault `invalid` that names `field` and all that is wrong with it; `not-open` if it lies in another engine, which
 *   may be this one's before it was started again.
 */
export function parseReference(
  engine: Engine,
  reference: TensorReference | undefined,
  field: string,
): NamedArray {
  const { engineId = '', runId = '' } = reference ?? {};
  const violations: FieldViolation[] = [];
  if (engineId === '') violations.push({ field: `${field}.engine_id`, description: 'is required' });
  if (runId === '') violations.push({ field: `${field}.run_id`, description: 'is required' });
  const named = readVersion(reference, field, violations);
  if (engineId === engine.id) return { runId, ...named };
  const description = `is '${engineId}', this engine is '${engine.id}': send the bytes first`;
  throw new Fault('not-open', `${field}.engine_id ${description}`, {
    violations: [{ field: `${field}.engine_id`, description }],
  });
}

/**
 * The array and version that a message names, in whichever engine.
 *
 * @throws Fault `invalid` that names `field` and all that is wrong with it.
 */
export function parseArrayVersion(
  named: ArrayVersion | undefined,
  field: string,
): Pick<NamedArray, 'array' | 'version'> {
  return readVersion(named, field, []);
}

/**
 * The array that a message has a gradient written to; unspecified is `gradient`.
 *
 * @throws Fault `invalid` that names `field`.
 */
export function parseGradientArray(shared: SharedArray, field: string): GradientArray {
  if (shared === SharedArray.SHARED_ARRAY_UNSPECIFIED) return 'gradient';
  const array = fromSharedArray(shared);
  if (array !== undefined && isGradientArray(array)) return array;
  const description = `is ${shared}, neither GRADIENT nor TASK_GRADIENT`;
  throw new Fault('invalid', `${field} ${description}`, { violations: [{ field, description }] });
}

function readVersion(
  named: ArrayVersion | undefined,
  field: string,
  violations: FieldViolation[],
): Pick<NamedArray, 'array' | 'version'> {
  const { array: shared = SharedArray.SHARED_ARRAY_UNSPECIFIED, version } = named ?? {};
  const array = fromSharedArray(shared);
  if (array === undefined) {
    const description = `is ${shared}, none of an engine's arrays`;
    violations.push({ field: `${field}.array`, description });
  }
  if (version === undefined) {
    violations.push({ field: `${field}.version`, description: 'is required, 0 included' });
  }
  if (array !== undefined && version !== undefined && violations.length === 0) {
    return { array, version };
  }
  const first = violations[0]!;
  throw new Fault('invalid', `${first.field} ${first.description}`, { violations });
}
