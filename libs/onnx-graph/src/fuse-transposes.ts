import type { Attribute, Graph, Node, Value } from './graph.js';
import { pruneNodes } from './prune-nodes.js';
import { isSameShape } from './shape.js';

const set: Attribute = { kind: 'int', value: 1 };

/**
 * Lets matrix products read what a Transpose would only have moved.
 *
 * FusedMatMul can take the rows of its matrices from a factor's first axis, [rows, ..., columns], as
 * well as from the last but one (`transBatchA`, `transBatchB`): it strides over them where they lie. A
 * Transpose from the one to the other that only such products read disappears. The results have the
 * same bits. For graphs that are differentiated already: the rules do not know the attributes.
 */
export function fuseTransposes(graph: Graph): Graph {
  const transposes = new Map(
    graph.nodes
      .filter((node) => node.op === 'Transpose' && movesFirstAxisToRows(node))
      .map((node) => [node.outputs[0] as Value | undefined, node.inputs[0]!]),
  );
  const nodes = graph.nodes.map((node) => fuseFactors(node, transposes));
  return { ...graph, nodes: pruneNodes(nodes, graph.outputs) };
}

/** [n, ..., k] to [..., n, k]. */
function movesFirstAxisToRows({ attributes: { perm } }: Node): boolean {
  if (perm?.kind !== 'ints' || perm.value.length < 3) return false;
  const last = perm.value.length - 1;
  return perm.value.every((from, axis) =>
    axis === last ? from === last : from === (axis + 1) % last,
  );
}

function fuseFactors(node: Node, transposes: ReadonlyMap<Value | undefined, Value>): Node {
  const [a, b] = node.inputs;
  // The runtime takes the attributes only where the matrices pair up one to one.
  if (node.op !== 'FusedMatMul' || !isSameShape(a!.shape.slice(0, -2), b!.shape.slice(0, -2))) {
    return node;
  }
  const [fromA, fromB] = [transposes.get(a), transposes.get(b)];
  return {
    ...node,
    inputs: [fromA ?? a, fromB ?? b],
    attributes: {
      ...node.attributes,
      ...(fromA && { transBatchA: set }),
      ...(fromB && { transBatchB: set }),
    },
  };
}
