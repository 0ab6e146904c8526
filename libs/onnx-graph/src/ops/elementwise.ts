import type { DataType, Op, Value } from '../graph.js';
import type { GraphCore } from '../graph-core.js';
import { broadcastShapes } from '../shape.js';

/** A number stands for a float32 scalar constant. */
export type Operand = Value | number;

export interface ElementwiseOps {
  add(a: Operand, b: Operand): Value;
  sub(a: Operand, b: Operand): Value;
  mul(a: Operand, b: Operand): Value;
  div(a: Operand, b: Operand): Value;
  /** a to the power b. */
  pow(a: Operand, b: Operand): Value;
  /** a > b, as bool. */
  greater(a: Operand, b: Operand): Value;
  /** a < b, as bool. */
  less(a: Operand, b: Operand): Value;
  /** Elements of `a` where the condition holds, else of `b`; the three broadcast. */
  where(condition: Value, a: Operand, b: Operand): Value;
  cast(x: Value, dataType: DataType): Value;
  neg(x: Value): Value;
  reciprocal(x: Value): Value;
  sqrt(x: Value): Value;
  exp(x: Value): Value;
  /** Natural logarithm. */
  log(x: Value): Value;
  sigmoid(x: Value): Value;
  tanh(x: Value): Value;
  erf(x: Value): Value;
  /** x sigmoid(alpha x); CLIP's activation has alpha = 1.702. */
  quickGelu(x: Value, alpha?: number): Value;
  /** x (1 + erf(x / sqrt 2)) / 2. */
  gelu(x: Value): Value;
}

type Binary = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Pow' | 'Greater' | 'Less';
type Unary = 'Neg' | 'Reciprocal' | 'Sqrt' | 'Exp' | 'Log' | 'Sigmoid' | 'Tanh' | 'Erf';

/** Element by element, operands broadcast as in ONNX. */
export function createElementwiseOps(core: GraphCore): ElementwiseOps {
  const toValue = (operand: Operand) =>
    typeof operand === 'number' ? core.scalar(operand) : operand;

  function broadcast(op: Op, inputs: readonly Value[]): readonly number[] {
    let shape: readonly number[] = [];
    for (const value of inputs) {
      const wider = broadcastShapes(shape, value.shape);
      if (wider === undefined) core.fail(op, 'shapes do not broadcast', inputs);
      shape = wider ?? shape;
    }
    return shape;
  }

  function requireFloat(op: Op, inputs: readonly Value[]): void {
    if (inputs.some((value) => value.dataType !== 'float32')) {
      core.fail(op, 'operands must be float32', inputs);
    }
  }

  function binary(op: Binary) {
    const dataType: DataType = op === 'Greater' || op === 'Less' ? 'bool' : 'float32';
    return (a: Operand, b: Operand): Value => {
      const inputs = [toValue(a), toValue(b)];
      requireFloat(op, inputs);
      return core.emit({ op, inputs, outputs: [{ shape: broadcast(op, inputs), dataType }] })[0]!;
    };
  }

  function unary(op: Unary) {
    return (x: Value): Value => {
      requireFloat(op, [x]);
      return core.emit({ op, inputs: [x], outputs: [x] })[0]!;
    };
  }

  function where(condition: Value, a: Operand, b: Operand): Value {
    const branches = [toValue(a), toValue(b)];
    const inputs = [condition, ...branches];
    if (condition.dataType !== 'bool') core.fail('Where', 'the condition must be bool', inputs);
    requireFloat('Where', branches);
    const shape = broadcast('Where', inputs);
    return core.emit({ op: 'Where', inputs, outputs: [{ shape, dataType: 'float32' }] })[0]!;
  }

  function cast(x: Value, dataType: DataType): Value {
    const to = { kind: 'int' as const, value: ONNX_TYPE[dataType] };
    const outputs = [{ shape: x.shape, dataType }];
    return core.emit({ op: 'Cast', inputs: [x], outputs, attributes: { to } })[0]!;
  }

  function quickGelu(x: Value, alpha = 1.702): Value {
    requireFloat('QuickGelu', [x]);
    const attributes = { alpha: { kind: 'float' as const, value: alpha } };
    const domain = 'com.microsoft';
    return core.emit({ op: 'QuickGelu', domain, inputs: [x], outputs: [x], attributes })[0]!;
  }

  function gelu(x: Value): Value {
    requireFloat('Gelu', [x]);
    return core.emit({ op: 'Gelu', domain: 'com.microsoft', inputs: [x], outputs: [x] })[0]!;
  }

  return {
    add: binary('Add'),
    sub: binary('Sub'),
    mul: binary('Mul'),
    div: binary('Div'),
    pow: binary('Pow'),
    greater: binary('Greater'),
    less: binary('Less'),
    where,
    cast,
    neg: unary('Neg'),
    reciprocal: unary('Reciprocal'),
    sqrt: unary('Sqrt'),
    exp: unary('Exp'),
    log: unary('Log'),
    sigmoid: unary('Sigmoid'),
    tanh: unary('Tanh'),
    erf: unary('Erf'),
    quickGelu,
    gelu,
  };
}

/** TensorProto.DataType numbers, which the attribute `to` of Cast holds. */
const ONNX_TYPE: Readonly<Record<DataType, number>> = { float32: 1, int64: 7, bool: 9 };
