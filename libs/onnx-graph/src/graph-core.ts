import { type ConstantStore, createConstantStore } from './constant-store.js';
import type { Attribute, DataType, Domain, Graph, GraphOutput, Node, Op, Value } from './graph.js';
import { pruneNodes } from './prune-nodes.js';
import { formatShape } from './shape.js';

/** What an operator family states about a node it emits. */
export interface NodeDraft {
  readonly op: Op;
  readonly domain?: Domain;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Pick<Value, 'shape' | 'dataType'>[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** The part of a builder that knows no operator: names, inputs, constants, outputs. */
export interface GraphCore extends ConstantStore {
  readonly name: string;
  /** Nodes so far, in order of creation. */
  readonly nodes: readonly Node[];
  readonly outputs: readonly GraphOutput[];
  /** Declares a value that every run is fed. */
  input(name: string, shape: readonly number[], dataType?: DataType): Value;
  /** Makes a value a result of the graph under a name of its own. */
  output(value: Value, name: string): void;
  /** The finished graph, without the nodes and constants that no output needs. */
  build(): Graph;
  /** Appends a node as it stands: for operator families and for passes that copy nodes. */
  emit(draft: NodeDraft): readonly Value[];
  /** Throws the RangeError of a node that cannot be: names the node and the shapes. */
  fail(op: Op, problem: string, inputs: readonly (Value | undefined)[]): never;
}

/** Makes the operator-free core of a builder. */
export function createGraphCore(name: string): GraphCore {
  const inputs: Value[] = [];
  const nodes: Node[] = [];
  const outputs: GraphOutput[] = [];
  const names = new Set<string>();
  const known = new Set<Value>();

  function reserve(valueName: string): void {
    if (names.has(valueName)) {
      throw new RangeError(`graph '${name}': the name '${valueName}' is taken`);
    }
    names.add(valueName);
  }

  function declare(value: Value): Value {
    if (!value.shape.every((size) => Number.isInteger(size) && size >= 0)) {
      throw new RangeError(`'${value.name}': ${formatShape(value.shape)} is not a static shape`);
    }
    reserve(value.name);
    known.add(value);
    return value;
  }

  const store = createConstantStore(declare);

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

  function output(value: Value, outputName: string): void {
    requireKnown(value, `output '${outputName}'`);
    reserve(outputName);
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
    const keptConstants = store.constants.filter(({ value }) => used.has(value));
    return {
      name,
      inputs: [...inputs],
      constants: keptConstants,
      nodes: kept,
      outputs: [...outputs],
    };
  }

  return { name, nodes, outputs, ...store, input, output, build, emit, fail };
}
