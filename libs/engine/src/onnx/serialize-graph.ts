import {
  type Attribute,
  type Constant,
  type Graph,
  type Node,
  scheduleForMemory,
  type Value,
} from '@holdfast/onnx-graph';
import {
  AttributeProto,
  AttributeProto_AttributeType,
  GraphProto,
  ModelProto,
  NodeProto,
  TensorProto,
  TensorProto_DataType,
  ValueInfoProto,
} from '@holdfast/proto/onnx/onnx';

/** The oldest IR that goes with opset 17, so that any runtime with the opset reads it. */
const IR_VERSION = 8n;
const OPSET_VERSION = 17n;
const MICROSOFT_OPSET_VERSION = 1n;

const ELEMENT_TYPE = {
  float32: TensorProto_DataType.FLOAT,
  int64: TensorProto_DataType.INT64,
  bool: TensorProto_DataType.BOOL,
} as const;

/** Names of the open sizes of an input or output, by axis; undefined where the size is fixed. */
export type OpenAxes = Readonly<Record<string, readonly (string | undefined)[]>>;

/**
 * The bytes of an ONNX model (opset 17 and com.microsoft 1) that `InferenceSession.create` takes.
 *
 * Nodes are in the order of `scheduleForMemory`. Inputs keep their names, outputs go by the name the
 * graph gives them; a value that is an output twice, or an output as well as an input or a constant,
 * is copied by an Identity node.
 */
export function serializeGraph(graph: Graph): Uint8Array {
  return ModelProto.encode({ ...describeModel(graph), graph: describeGraph(graph) }).finish();
}

/** A model around a graph: versions, and the operator sets that the graph needs. */
export function describeModel({ nodes }: Graph): ModelProto {
  const needsMicrosoft = nodes.some(({ domain }) => domain === 'com.microsoft');
  return ModelProto.create({
    irVersion: IR_VERSION,
    opsetImport: [
      { domain: '', version: OPSET_VERSION },
      ...(needsMicrosoft ? [{ domain: 'com.microsoft', version: MICROSOFT_OPSET_VERSION }] : []),
    ],
    producerName: 'holdfast',
  });
}

/** The graph of a model; constants with their data. */
export function describeGraph(graph: Graph, axes: OpenAxes = {}): GraphProto {
  const { nodes } = scheduleForMemory(graph);
  const made = new Set<Value>(nodes.flatMap((node) => node.outputs));
  const names = new Map<Value, string>();
  const copies: { from: Value; to: string }[] = [];
  for (const { name, value } of graph.outputs) {
    if (made.has(value) && !names.has(value)) names.set(value, name);
    else copies.push({ from: value, to: name });
  }
  const nameOf = (value: Value | undefined) => (value ? (names.get(value) ?? value.name) : '');
  return GraphProto.create({
    name: graph.name,
    input: graph.inputs.map((value) => describeValue(value, value.name, axes)),
    output: graph.outputs.map(({ name, value }) => describeValue(value, name, axes)),
    initializer: graph.constants.map(describeConstant),
    node: [
      ...nodes.map((node) => describeNode(node, nameOf)),
      ...copies.map(({ from, to }) =>
        NodeProto.create({ opType: 'Identity', name: to, input: [nameOf(from)], output: [to] }),
      ),
    ],
  });
}

function describeNode(node: Node, nameOf: (value: Value | undefined) => string): NodeProto {
  return NodeProto.create({
    name: node.name,
    opType: node.op,
    domain: node.domain,
    input: node.inputs.map(nameOf),
    output: node.outputs.map(nameOf),
    attribute: Object.entries(node.attributes).map(describeAttribute),
  });
}

function describeAttribute([name, { kind, value }]: [string, Attribute]): AttributeProto {
  switch (kind) {
    case 'int':
      return AttributeProto.create({
        name,
        type: AttributeProto_AttributeType.INT,
        i: BigInt(value),
      });
    case 'float':
      return AttributeProto.create({ name, type: AttributeProto_AttributeType.FLOAT, f: value });
    case 'ints':
      return AttributeProto.create({
        name,
        type: AttributeProto_AttributeType.INTS,
        ints: value.map(BigInt),
      });
    case 'string':
      return AttributeProto.create({
        name,
        type: AttributeProto_AttributeType.STRING,
        s: Buffer.from(value),
      });
  }
}

function describeValue({ shape, dataType }: Value, name: string, axes: OpenAxes): ValueInfoProto {
  const dim = shape.map((size, axis) => {
    const open = axes[name]?.[axis];
    if (open === undefined) return { value: { $case: 'dimValue' as const, value: BigInt(size) } };
    return { value: { $case: 'dimParam' as const, value: open } };
  });
  const elemType = ELEMENT_TYPE[dataType];
  const value = { elemType, shape: { dim } };
  return ValueInfoProto.create({ name, type: { value: { $case: 'tensorType', value } } });
}

function describeConstant({ value, data }: Constant): TensorProto {
  return TensorProto.create({
    name: value.name,
    dataType: ELEMENT_TYPE[value.dataType],
    dims: value.shape.map(BigInt),
    rawData: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  });
}
