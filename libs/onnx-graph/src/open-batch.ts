import type { Constant, Graph, Node, Value } from './graph.js';

/**
 * Makes a graph that was built for a fixed number of rows take any number. The sizes that depend on it
 * are found by comparison with the same graph built for another number: where shapes that a Reshape or
 * an Expand is given differ.
 *
 * A Reshape leaves the differing size open (-1). An Expand gets it at run time, from the first axis of
 * `rows`, an input. Values keep the shapes of `graph`.
 *
 * @throws RangeError if the graphs differ in anything else than sizes, or a Reshape in two sizes.
 */
export function openBatch(graph: Graph, other: Graph, rows: string): Graph {
  const input = graph.inputs.find(({ name }) => name === rows);
  if (input === undefined) throw new RangeError(`graph '${graph.name}' has no input '${rows}'`);
  if (graph.nodes.length !== other.nodes.length) {
    throw new RangeError(`graph '${graph.name}' has other nodes for another number of rows`);
  }
  const sizesIn = readSizes(graph);
  const sizesInOther = readSizes(other);
  const constants: Constant[] = [...graph.constants];
  const addSizes = (name: string, sizes: readonly number[]): Value => {
    const value: Value = { name, shape: [sizes.length], dataType: 'int64' };
    constants.push({ value, data: BigInt64Array.from(sizes, BigInt) });
    return value;
  };
  const nodes = graph.nodes.flatMap((node, i): Node[] => {
    const [x, shape] = node.inputs;
    const sizes = sizesIn(shape);
    if ((node.op !== 'Reshape' && node.op !== 'Expand') || sizes === undefined) return [node];
    const same = sizesInOther(other.nodes[i]!.inputs[1]);
    const open = sizes.flatMap((size, axis) => (size === same?.[axis] ? [] : [axis]));
    if (open.length === 0) return [node];
    if (open.length > 1) throw new RangeError(`'${node.name}': two sizes depend on the rows`);
    const name = `${node.name}.shape`;
    const axis = open[0]!;
    if (node.op === 'Reshape') {
      return [{ ...node, inputs: [x, addSizes(name, sizes.with(axis, -1))] }];
    }
    const parts: Value[] = [];
    const count: Value = { name: `${name}.rows`, shape: [1], dataType: 'int64' };
    if (axis > 0) parts.push(addSizes(`${name}.before`, sizes.slice(0, axis)));
    parts.push(count);
    if (axis < sizes.length - 1) parts.push(addSizes(`${name}.after`, sizes.slice(axis + 1)));
    const joined: Value = { name, shape: [sizes.length], dataType: 'int64' };
    return [
      makeNode('Shape', [input], count, { start: 0, end: 1 }),
      makeNode('Concat', parts, joined, { axis: 0 }),
      { ...node, inputs: [x, joined] },
    ];
  });
  return { ...graph, constants, nodes };
}

function makeNode(
  op: 'Shape' | 'Concat',
  inputs: readonly Value[],
  output: Value,
  attributes: Readonly<Record<string, number>>,
): Node {
  const entries = Object.entries(attributes).map(
    ([name, value]) => [name, { kind: 'int' as const, value }] as const,
  );
  return {
    name: output.name,
    op,
    domain: '',
    inputs,
    outputs: [output],
    attributes: Object.fromEntries(entries),
  };
}

/** Finds the numbers of an integer constant. */
function readSizes({ constants }: Graph) {
  const byValue = new Map<Value | undefined, Constant>(constants.map((c) => [c.value, c]));
  return (value: Value | undefined): number[] | undefined => {
    const data = byValue.get(value)?.data;
    return data instanceof BigInt64Array ? Array.from(data, Number) : undefined;
  };
}
