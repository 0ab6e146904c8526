import type { Constant, Graph, Node, Op, Value } from './graph.js';
import { readNumber } from './interpreter/kernel.js';

/**
 * Writes ONNX Runtime's own activations in operators that ONNX itself defines:
 *
 *   QuickGelu(x) = x sigmoid(alpha x),   Gelu(x) = x (1/2 + 1/2 erf(x / sqrt 2))
 */
export function expandActivations(graph: Graph): Graph {
  const constants: Constant[] = [...graph.constants];
  const scalar = (name: string, number: number): Value => {
    const value: Value = { name, shape: [], dataType: 'float32' };
    constants.push({ value, data: Float32Array.of(number) });
    return value;
  };
  const nodes = graph.nodes.flatMap((node) => {
    if (node.op === 'QuickGelu') return expandQuickGelu(node, scalar);
    return node.op === 'Gelu' ? expandGelu(node, scalar) : [node];
  });
  return { ...graph, constants, nodes };
}

type MakeScalar = (name: string, number: number) => Value;

function expandQuickGelu(node: Node, scalar: MakeScalar): Node[] {
  const x = node.inputs[0]!;
  const alpha = readNumber(node, 'alpha', 1.702);
  const steps = createSteps(node);
  const scaled = alpha === 1 ? x : steps.emit('Mul', [x, scalar(`${node.name}.alpha`, alpha)]);
  return steps.finish('Mul', [x, steps.emit('Sigmoid', [scaled])]);
}

function expandGelu(node: Node, scalar: MakeScalar): Node[] {
  const x = node.inputs[0]!;
  const steps = createSteps(node);
  const half = scalar(`${node.name}.half`, 0.5);
  const scaled = steps.emit('Mul', [x, scalar(`${node.name}.scale`, Math.SQRT1_2)]);
  const halfErf = steps.emit('Mul', [steps.emit('Erf', [scaled]), half]);
  return steps.finish('Mul', [x, steps.emit('Add', [halfErf, half])]);
}

/** Nodes of the shape of `node`'s result, the last of which makes that result. */
function createSteps(node: Node) {
  const output = node.outputs[0]!;
  const nodes: Node[] = [];
  const push = (op: Op, inputs: readonly Value[], result: Value) => {
    const name = `${node.name}.${nodes.length}`;
    nodes.push({ name, op, domain: '', inputs, outputs: [result], attributes: {} });
    return result;
  };
  return {
    emit: (op: Op, inputs: readonly Value[]) =>
      push(op, inputs, { ...output, name: `${node.name}.${nodes.length}` }),
    finish(op: Op, inputs: readonly Value[]) {
      push(op, inputs, output);
      return nodes;
    },
  };
}
