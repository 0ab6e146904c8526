import type { Constant, ConstantData, DataType, Value } from './graph.js';
import { countElements, formatShape } from './shape.js';

/** The constants of a graph that is being built. */
export interface ConstantStore {
  readonly constants: readonly Constant[];
  /** Stores data in the graph. Equal unnamed constants of up to 64 elements are stored once. */
  constant(data: ConstantData, shape: readonly number[], name?: string): Value;
  /** A float32 scalar (shape []), stored once. */
  scalar(value: number): Value;
  /** A float32 constant of one repeated number, stored once per shape. */
  filled(shape: readonly number[], value: number): Value;
}

const DEDUPLICATED_ELEMENTS_MAX = 64;

/** Makes an empty store; `declare` registers the name of each value with the graph. */
export function createConstantStore(declare: (value: Value) => Value): ConstantStore {
  const constants: Constant[] = [];
  const cache = new Map<string, Value>();

  function add(data: ConstantData, shape: readonly number[], name: string): Value {
    if (countElements(shape) !== data.length) {
      throw new RangeError(
        `constant '${name}': ${data.length} elements do not fill ${formatShape(shape)}`,
      );
    }
    const value = declare({ name, shape: [...shape], dataType: typeOf(data) });
    constants.push({ value, data });
    return value;
  }

  function getOrAdd(key: string, make: () => Value): Value {
    const value = cache.get(key) ?? make();
    cache.set(key, value);
    return value;
  }

  function constant(data: ConstantData, shape: readonly number[], name?: string): Value {
    const fresh = `constant_${constants.length}`;
    if (name !== undefined) return add(data, shape, name);
    if (data.length > DEDUPLICATED_ELEMENTS_MAX) return add(data, shape, fresh);
    const key = `${typeOf(data)}|${formatShape(shape)}|${formatElements(data)}`;
    return getOrAdd(key, () => add(data, shape, fresh));
  }

  function filled(shape: readonly number[], value: number): Value {
    const make = () => new Float32Array(countElements(shape)).fill(value);
    if (countElements(shape) <= DEDUPLICATED_ELEMENTS_MAX) return constant(make(), shape);
    const key = `filled|${formatShape(shape)}|${formatNumber(value)}`;
    return getOrAdd(key, () => constant(make(), shape));
  }

  return { constants, constant, filled, scalar: (value) => filled([], value) };
}

function typeOf(data: ConstantData): DataType {
  if (data instanceof Float32Array) return 'float32';
  return data instanceof BigInt64Array ? 'int64' : 'bool';
}

/** Negative zero and zero are different constants. */
function formatNumber(value: number | bigint): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function formatElements(data: ConstantData): string {
  const elements = data as ArrayLike<number | bigint>;
  return Array.from(elements, formatNumber).join();
}
