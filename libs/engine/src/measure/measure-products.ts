import { createGraphBuilder, type Value } from '@holdfast/onnx-graph';
import { createArena } from '../memory/arena.js';
import { allocateTensor, dataOf } from '../runtime/bind-piece.js';
import { createGraphLoader } from '../runtime/load-graph.js';
import { countRuns } from './count-products.js';
import { fillEvenly } from './fill-evenly.js';
import { repeatFor } from './repeat-for.js';

/** Rows of two images of ViT-B/16, and its widths. */
const rows = 2 * 197;
const width = 768;
const mlpWidth = 3072;

/** How long to measure, and with how many threads. */
export interface MeasureOptions {
  readonly threads: number;
  readonly seconds: number;
}

/**
 * Operations a second (1e9 of them are a GFLOP/s) that the processor reaches in the linear layers of a
 * block of ViT-B/16, through onnxruntime: of the fastest run.
 */
export async function measureProducts({ threads, seconds }: MeasureOptions): Promise<number> {
  const builder = createGraphBuilder('linear-layers');
  const layer = (x: Value, name: string, outputs: number) => {
    const weight = builder.input(name, [outputs, x.shape[1]!]);
    return builder.gemm(x, weight, { transB: true });
  };
  const x = builder.input('x', [rows, width]);
  const attention = ['q', 'k', 'v', 'o'].reduce((y, name) => layer(y, name, width), x);
  builder.output(layer(layer(attention, 'fc1', mlpWidth), 'fc2', width), 'y');
  const graph = builder.build();
  const counted = countRuns(createGraphLoader({ executionProvider: 'cpu', threads }).load);
  const session = await counted.load(graph);
  const arena = createArena();
  const feeds = Object.fromEntries(
    graph.inputs.map(({ name, shape }) => {
      const tensor = allocateTensor(arena, shape);
      // Products of such weights keep the size of their input.
      fillEvenly(dataOf(tensor), name === 'x' ? 1 : 1 / Math.sqrt(shape[1]!));
      return [name, tensor];
    }),
  );
  const outputs = { y: allocateTensor(arena, [rows, width]) };
  const fastest = await repeatFor(seconds, () => session.run(feeds, outputs), counted.take);
  return counted.take() / fastest;
}
