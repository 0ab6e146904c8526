import type { Constant, Graph, Node, Value } from './graph.js';
import { readNumber } from './interpreter/kernel.js';

/**
 * Writes every FusedMatMul as Transpose, MatMul and Mul, which ONNX itself defines: for execution
 * providers without a kernel of the fused form. The undoing of `fuseTransposes` and more; what is
 * transposed both ways is transposed once, and a factor of 1 is left out.
 */
export function expandFusedProducts(graph: Graph): Graph {
  const constants: Constant[] = [...graph.constants];
  const nodes = graph.nodes.flatMap((node) =>
    node.op === 'FusedMatMul' ? expand(node, constants) : [node],
  );
  return { ...graph, constants, nodes };
}

function expand(node: Node, constants: Constant[]): Node[] {
  const is = (attribute: string) => readNumber(node, attribute, 0) === 1;
  const nodes: Node[] = [];
  const emit = (
    op: 'Transpose' | 'MatMul' | 'Mul',
    inputs: readonly Value[],
    output: Value,
    attributes: Node['attributes'] = {},
  ) => {
    nodes.push({
      name: `${output.name}.${op}`,
      op,
      domain: '',
      inputs,
      outputs: [output],
      attributes,
    });
    return output;
  };
  const orient = (factor: 'A' | 'B'): Value => {
    const value = node.inputs[factor === 'A' ? 0 : 1]!;
    const perm = findOrder(value.shape.length, is(`transBatch${factor}`), is(`trans${factor}`));
    if (perm.every((axis, i) => axis === i)) return value;
    const shape = perm.map((axis) => value.shape[axis]!);
    const turned = { ...value, name: `${node.name}.${factor}`, shape };
    return emit('Transpose', [value], turned, { perm: { kind: 'ints', value: perm } });
  };
  const factors = [orient('A'), orient('B')];
  const result = node.outputs[0]!;
  const alpha = readNumber(node, 'alpha', 1);
  if (alpha === 1) {
    emit('MatMul', factors, result);
    return nodes;
  }
  const product = emit('MatMul', factors, { ...result, name: `${node.name}.product` });
  const scale: Value = { name: `${node.name}.alpha`, shape: [], dataType: 'float32' };
  constants.push({ value: scale, data: Float32Array.of(alpha) });
  emit('Mul', [product, scale], result);
  return nodes;
}

/** Axes of a factor in the order [..., rows, columns]; with `batch` its rows are its first axis. */
function findOrder(rank: number, batch: boolean, transposed: boolean): readonly number[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  const [leading, rows] = batch ? [axes.slice(1, -1), 0] : [axes.slice(0, -2), rank - 2];
  const columns = rank - 1;
  return [...leading, ...(transposed ? [columns, rows] : [rows, columns])];
}
