/** Element types a graph can hold: numbers, indices and masks. */
export type DataType = 'float32' | 'int64' | 'bool';

/** One tensor of a graph; its shape is known when the graph is built. Compared by identity. */
export interface Value {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dataType: DataType;
}

/** A node attribute with the type that ONNX stores it under. */
export type Attribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'string'; readonly value: string };

/** Every operator a graph can hold, by its ONNX name. */
export type Op =
  | 'Add'
  | 'ArgMax'
  | 'Cast'
  | 'Concat'
  | 'Div'
  | 'Erf'
  | 'Exp'
  | 'Expand'
  | 'FusedMatMul'
  | 'Gather'
  | 'Gelu'
  | 'Gemm'
  | 'Greater'
  | 'LayerNormalization'
  | 'Less'
  | 'Log'
  | 'MatMul'
  | 'Mul'
  | 'Neg'
  | 'Pad'
  | 'Pow'
  | 'QuickGelu'
  | 'Reciprocal'
  | 'ReduceMean'
  | 'ReduceSum'
  | 'Reshape'
  | 'ScatterND'
  | 'Shape'
  | 'Sigmoid'
  | 'Slice'
  | 'Softmax'
  | 'Split'
  | 'Sqrt'
  | 'Sub'
  | 'Tanh'
  | 'Transpose'
  | 'Where';

/** Operator sets: '' is ai.onnx (opset 17), the other one ONNX Runtime's own (version 1). */
export type Domain = '' | 'com.microsoft';

export interface Node {
  readonly name: string;
  readonly op: Op;
  readonly domain: Domain;
  /** An optional input left out is undefined. */
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** Constant data: float32, int64, or bool as bytes 0 and 1. */
export type ConstantData = Float32Array | BigInt64Array | Uint8Array;

export interface Constant {
  readonly value: Value;
  readonly data: ConstantData;
}

/** A result under the name by which the caller reads it. */
export interface GraphOutput {
  readonly name: string;
  readonly value: Value;
}

/** A directed acyclic graph; `nodes` are in an order in which they can run. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly constants: readonly Constant[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly GraphOutput[];
}
