import '@holdfast/testing';
import { openClipDirectory, partitionParameters } from '@holdfast/clip';
import { expandFusedProducts, type Graph, type Node, type Value } from '@holdfast/onnx-graph';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildPieceGraphs } from '../graphs/build-piece-graphs.js';
import { answerCall } from '../test-support/device-calls.js';
import { drawNumbers, interpret, pieces } from '../test-support/pieces.js';
import { modelPath } from '../test-support/small-engine.js';
import {
  type DeviceProcess,
  findTestDevice,
  startDeviceProcess,
} from '../test-support/test-device.js';

// SwiftShader compiles a program in up to a second, and a busy machine takes longer.
vi.setConfig({ testTimeout: 240_000 });

const testDevice = findTestDevice();
let device: DeviceProcess;

beforeAll(() => {
  if (testDevice !== undefined) device = startDeviceProcess(testDevice);
});

afterAll(() => device?.close());

/** A graph of one node or many, and float32 numbers for its inputs. */
interface GraphCase {
  readonly graph: Graph;
  readonly feeds: Readonly<Record<string, Float32Array>>;
}

/** Every way of every piece. */
const ways = pieces.flatMap(([name, definition]) =>
  (['activations', 'checkpoints'] as const).map((keeping) => ({ name, definition, keeping })),
);

/** Forward and backward of every piece, with random numbers. */
const graphCases = ways.flatMap(({ name, definition, keeping }) => {
  const graphs = buildPieceGraphs(definition, keeping);
  const numbers = drawNumbers(definition, 1);
  const saved = new Map([...numbers, ...interpret(graphs.forward, numbers)]);
  return (['forward', 'backward'] as const).flatMap((direction) => {
    const graph: Graph | undefined = graphs[direction];
    if (graph === undefined) return [];
    const feeds = Object.fromEntries(
      graph.inputs.map((input) => [input.name, Float32Array.from(saved.get(input.name)!)]),
    );
    return [
      [`${name} that keeps ${keeping}, ${direction}`, { graph, feeds }] as [string, GraphCase],
    ];
  });
});

/** Every node as it is emitted for a device, alone in a graph and once for each form, by operator. */
function collectNodes(): ReadonlyMap<string, readonly GraphCase[]> {
  const forms = new Map<string, Map<string, GraphCase>>();
  for (const [, { graph, feeds }] of graphCases) {
    const emitted = expandFusedProducts(graph);
    const made = emitted.nodes.flatMap(({ outputs }) => outputs);
    const outputs = made.map((value) => ({ name: value.name, value }));
    const exact = new Map(Object.entries(feeds).map(([name, data]) => [name, widen(data)]));
    const values = interpret({ ...emitted, outputs }, exact);
    for (const node of emitted.nodes) {
      const isConstant = ({ name }: Value) =>
        emitted.constants.some(({ value }) => value.name === name);
      const given = node.inputs.filter((value) => value !== undefined);
      const inputs = [...new Set(given.filter((value) => !isConstant(value)))];
      const single: GraphCase = {
        graph: {
          name: node.name,
          inputs,
          nodes: [node],
          constants: emitted.constants.filter(({ value }) => given.includes(value)),
          outputs: node.outputs.map((value) => ({ name: value.name, value })),
        },
        feeds: Object.fromEntries(
          inputs.map(({ name }) => [name, Float32Array.from(values.get(name) ?? exact.get(name)!)]),
        ),
      };
      const byForm = forms.get(node.op) ?? new Map<string, GraphCase>();
      forms.set(node.op, byForm);
      byForm.set(describeForm(node), single);
    }
  }
  return new Map([...forms].map(([op, byForm]) => [op, [...byForm.values()]]));
}

/**
 * What a kernel's program depends on: attributes (of a factor only whether it is 1) and, of each axis,
 * whether it is repeated and whether four elements go at once.
 */
function describeForm({ inputs, outputs, attributes }: Node): string {
  const shapes = inputs.map((value) =>
    value?.shape.map((size) => (size === 1 ? '1' : size % 4 === 0 ? '4n' : 'n')),
  );
  const settings = Object.entries(attributes).map(([name, { kind, value }]) => [
    name,
    kind === 'float' ? value === 1 : value,
  ]);
  return JSON.stringify([shapes, outputs.length, settings]);
}

const widen = (data: Float32Array) => Float64Array.from(data);

/** Largest error over largest value, of the worst output of a graph. */
async function measureError({ graph, feeds }: GraphCase): Promise<number> {
  const exact = interpret(
    graph,
    new Map(Object.entries(feeds).map(([name, data]) => [name, widen(data)])),
  );
  const found = await device.call({ what: 'graph', graph, feeds });
  let worst = 0;
  for (const [name, expected] of exact) {
    // Mathematically 0: there is nothing to compare with.
    if (name.endsWith('k_proj.bias')) continue;
    const largest = Math.max(...expected.map(Math.abs));
    const difference = Math.max(...expected.map((x, i) => Math.abs(x - found[name]![i]!)));
    worst = Math.max(worst, difference / (largest || 1));
  }
  return worst;
}

// Some dozens of roundings of 6e-8; the device's exponentials and roots are good to a few of them.
const tolerance = 1e-5;

const title = testDevice?.name ?? 'a device (needs chromium)';

describe.skipIf(testDevice === undefined)(title, () => {
  const nodes = collectNodes();

  it.each([...nodes])('computes %s in every emitted form', async (_, cases) => {
    for (const single of cases) {
      const form = describeForm(single.graph.nodes[0]!);
      expect.soft(await measureError(single), form).toBeLessThan(tolerance);
    }
  });

  it.each(graphCases)('computes %s', async (_, graphCase) => {
    expect(await measureError(graphCase)).toBeLessThan(tolerance);
  });

  // CUDA adds whole numbers.
  it.skipIf(testDevice?.provider === 'cuda')('refuses a graph that would fall back', async () => {
    const x: Value = { name: 'x', shape: [2], dataType: 'int64' };
    const y: Value = { ...x, name: 'y' };
    const node = { name: 'whole', op: 'Add', domain: '', attributes: {} } as const;
    const graph: Graph = {
      name: 'whole',
      inputs: [x],
      constants: [],
      nodes: [{ ...node, inputs: [x, x], outputs: [y] }],
      outputs: [{ name: 'y', value: y }],
    };
    const feeds = { x: new BigInt64Array(2) };
    const refused = device.call({ what: 'graph', graph, feeds });
    await expect(refused).rejects.toThrow('fallback to CPU EP has been explicitly disabled');
  });

  it.each([
    ['every weight', { scope: 'full' }],
    ['adapters', { scope: 'adapters', adapters: { rank: 2, scale: 8, seed: 5 } }],
  ] as const)('trains %s as the processor does', async (_, opening) => {
    const config = (await openClipDirectory(modelPath)).config;
    const heads = { count: 3, rank: 4 };
    const { trainable: layout } = partitionParameters(config, { ...opening, heads });
    const call = { what: 'training', opening } as const;
    const onDevice = await device.call(call);
    const expected = await answerCall(call, 'cpu');
    const distance = (name: string, start = 0, size = expected[name]!.length) => {
      let difference = 0;
      let largest = 0;
      for (let i = start; i < start + size; i += 1) {
        difference = Math.max(difference, Math.abs(onDevice[name]![i]! - expected[name]![i]!));
        largest = Math.max(largest, Math.abs(expected[name]![i]!));
      }
      return difference / (largest || 1);
    };
    for (const name of Object.keys(expected).filter((key) => !key.startsWith('gradient'))) {
      expect.soft(distance(name), name).toBeLessThan(tolerance);
    }
    for (const { name, offset, size } of layout.entries) {
      if (name.endsWith('k_proj.bias')) continue;
      for (const key of ['gradient', 'gradientOfOnePass']) {
        expect.soft(distance(key, offset, size), name).toBeLessThan(10 * tolerance);
      }
    }
    // The step moved the weights, and what stayed on the device with them.
    expect(expected['newImages']).not.toBeAllclose(expected['oldImages']!, {
      rtol: 1e-3,
      atol: 1e-3,
    });
  });
});
