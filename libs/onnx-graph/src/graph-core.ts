import type {
  Attribute,
  Constant,
  ConstantData,
  DataType,
  Domain,
  Graph,
  GraphOutput,
  Node,
  Op,
  Value,
} from './graph.js';
import { pruneNodes } from './prune-nodes.js';
import { countElements, formatShape } from './shape.js';

/** What an operator family states about a node it emits. */
export interface NodeDraft {
  readonly op: Op;
  readonly domain?: Domain;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Pick<Value, 'shape' | 'dataType'>[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** The part of a builder that knows no operator: names, inputs, constants, outputs. */
export interface GraphCore {
  readonly name: string;
  /** Nodes so far, in order of creation. */
  readonly nodes: readonly Node[];
  readonly constants: readonly Constant[];
  readonly outputs: readonly GraphOutput[];
  /** Declares a value that every run is fed. */
  input(name: string, shape: readonly number[], dataType?: DataType): Value;
  /** Stores data in the graph. Equal unnamed constants of up to 64 elements are stored once. */
  constant(data: ConstantData, shape: readonly number[], name?: string): Value;
  /** A float32 scalar (shape []), stored once. */
  scalar(value: number): Value;
  /** A float32 constant of one repeated number, stored once per shape. */
  filled(shape: readonly number[], value: number): Value;
  /** Makes a value a result of the graph under a name of its own. */
  output(value: Value, name: string): void;
  /** The finished graph, without the nodes and constants that no output needs. */
  build(): Graph;
  /** Appends a node as it stands: for operator families and for passes that copy nodes. */
  emit(draft: NodeDraft): readonly Value[];
  /** Throws the RangeError of a node that cannot be: names the node and the shapes. */
  fail(op: Op, problem: string, inputs: readonly (Value | undefined)[]): never;
}

const DEDUPLICATED_ELEMENTS_MAX = 64;

/** Makes the operator-free core of a builder. */
export function createGraphCore(name: string): GraphCore {
  const inputs: Value[] = [];
  const constants: Constant[] = [];
  const nodes: Node[] = [];
  const outputs: GraphOutput[] = [];
  const names = new Set<string>();
  const known = new Set<Value>();
  const cache = new Map<string, Value>();

  function declare(value: Value): Value {
    if (names.has(value.name)) {
      throw new RangeError(`graph '${name}': the name '${value.name}' is taken`);
    }
    if (!value.shape.every((size) => Number.isInteger(size) && size >= 0)) {
      throw new RangeError(`'${value.name}': ${formatShape(value.shape)} is not a static shape`);
    }
    names.add(value.name);
    known.add(value);
    return value;
  }

  function requireKnown(value: Value, user: string): void {
    if (!known.has(value)) {
      throw new RangeError(`${user}: '${value.name}' is not a value of graph '${name}'`);
    }
  }

  function input(valueName: string, shape: readonly number[], dataType: DataType = 'float32') {
    const value = declare({ name: valueName, shape: [...shape], dataType });
    inputs.push(value);
    return value;
  }

  function addConstant(data: ConstantData, shape: readonly number[], valueName: string): Value {
    if (countElements(shape) !== data.length) {
      throw new RangeError(
        `constant '${valueName}': ${data.length} elements do not fill ${formatShape(shape)}`,
      );
    }
    const value = declare({ name: valueName, shape: [...shape], dataType: typeOf(data) });
    constants.push({ value, data });
    return value;
  }

  function constant(data: ConstantData, shape: readonly number[], valueName?: string): Value {
    const fresh = `constant_${constants.length}`;
    if (valueName !== undefined) return addConstant(data, shape, valueName);
    if (data.length > DEDUPLICATED_ELEMENTS_MAX) return addConstant(data, shape, fresh);
    const key = `${typeOf(data)}|${formatShape(shape)}|${formatElements(data)}`;
    return getOrAdd(cache, key, () => addConstant(data, shape, fresh));
  }

  function filled(shape: readonly number[], value: number): Value {
    const make = () => new Float32Array(countElements(shape)).fill(value);
    if (countElements(shape) <= DEDUPLICATED_ELEMENTS_MAX) return constant(make(), shape);
    const key = `filled|${formatShape(shape)}|${formatNumber(value)}`;
    return getOrAdd(cache, key, () => constant(make(), shape));
  }

  function output(value: Value, outputName: string): void {
    requireKnown(value, `output '${outputName}'`);
    if (outputs.some((other) => other.name === outputName)) {
      throw new RangeError(`graph '${name}': the output '${outputName}' exists`);
    }
    outputs.push({ name: outputName, value });
  }

  function emit({ op, domain = '', inputs: from, outputs: to, attributes = {} }: NodeDraft) {
    const nodeName = `${op}_${nodes.length}`;
    for (const value of from) if (value !== undefined) requireKnown(value, `node '${nodeName}'`);
    const values = to.map(({ shape, dataType }, index) =>
      declare({ name: index === 0 ? nodeName : `${nodeName}_${index}`, shape, dataType }),
    );
    nodes.push({ name: nodeName, op, domain, inputs: from, outputs: values, attributes });
    return values;
  }

  function fail(op: Op, problem: string, from: readonly (Value | undefined)[]): never {
    const given = from.map((v) => (v ? `'${v.name}' ${formatShape(v.shape)} ${v.dataType}` : '-'));
    throw new RangeError(`node '${op}_${nodes.length}': ${problem}; inputs ${given.join(', ')}`);
  }

  function build(): Graph {
    const kept = pruneNodes(nodes, outputs);
    const used = new Set<Value | undefined>(kept.flatMap((node) => node.inputs));
    for (const { value } of outputs) used.add(value);
    const keptConstants = constants.filter(({ value }) => used.has(value));
    return {
      name,
      inputs: [...inputs],
      constants: keptConstants,
      nodes: kept,
      outputs: [...outputs],
    };
  }

  const scalar = (value: number) => filled([], value);
  return {
    name,
    nodes,
    constants,
    outputs,
    input,
    constant,
    scalar,
    filled,
    output,
    build,
    emit,
    fail,
  };
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
  return Array.from<number | bigint, string>(
    data as ArrayLike<number | bigint>,
    formatNumber,
  ).join();
}

function getOrAdd(cache: Map<string, Value>, key: string, make: () => Value): Value {
  const found = cache.get(key);
  if (found !== undefined) return found;
  const made = make();
  cache.set(key, made);
  return made;
}
