import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGraphBuilder } from '@holdfast/onnx-graph';
import { ModelProto } from '@holdfast/proto/onnx/onnx';
import { catchFault } from '@holdfast/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Tensor } from '../native/onnxruntime.js';
import { serializeGraph } from '../onnx/serialize-graph.js';
import { checkOnnxFile } from './check-onnx-file.js';
import { writeOnnxFile } from './write-onnx-file.js';

async function makePath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-onnx-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, 'model.onnx');
}

/** y = x W^T + b; W [50, 40] is written apart from the graph, b with it. */
function buildGraph(weight = 1 / 3) {
  const b = createGraphBuilder('linear');
  const matrix = b.constant(new Float32Array(2000).fill(weight), [50, 40], 'W');
  const bias = b.constant(new Float32Array(50).fill(1 / 3), [50], 'b');
  b.output(b.gemm(b.input('x', [2, 40]), matrix, { c: bias, transB: true }), 'y');
  return b.build();
}

const settings = { graph: buildGraph(), axes: {}, weightType: 'fp32' as const };

describe('writeOnnxFile', () => {
  it('writes the model that serializeGraph gives, weights last', async () => {
    const path = await makePath();
    const bytes = await writeOnnxFile({ ...settings, path });
    const file = await readFile(path);
    expect(file.length).toBe(bytes);
    const [written, expected] = [file, serializeGraph(settings.graph)].map((data) => {
      const model = ModelProto.decode(data);
      model.graph!.initializer.sort((a, b) => (a.name! < b.name! ? -1 : 1));
      return model;
    });
    expect(written).toEqual(expected);
  });

  it('stores matrices in fp16 and vectors in fp32', async () => {
    const path = await makePath();
    await writeOnnxFile({ ...settings, path, weightType: 'fp16' });
    const { initializer, node } = ModelProto.decode(await readFile(path)).graph!;
    expect(initializer.map(({ name, dataType }) => [name, dataType])).toEqual([
      ['b', 1],
      ['W.fp16', 10],
    ]);
    expect(node.map(({ opType, output }) => [opType, ...output])).toEqual([
      ['Cast', 'W'],
      ['Gemm', 'y'],
    ]);
    const feed = () => ({ x: new Tensor('float32', new Float32Array(80), [2, 40]) });
    // The bias alone: exact. A file for two rows only is no file for batches of 1 and 3.
    const expected = new Float32Array(150).fill(1 / 3);
    expect(await checkOnnxFile({ path, output: 'y', feed, expected, scale: 1 })).toBeNaN();
  });

  it('refuses what one file cannot hold, and says what helps', async () => {
    const path = await makePath();
    const write = async (weightType: 'fp32' | 'fp16', bytesMax: number) => {
      const fault = await catchFault(() =>
        writeOnnxFile({ ...settings, path, weightType, bytesMax }),
      );
      return fault.message;
    };
    // 2,050 weights of four bytes, and of two.
    expect(await write('fp32', 6000)).toMatch(/^model\.onnx would have .*: fp16 takes half$/);
    expect(await write('fp32', 3000)).toMatch(/: it cannot be exported$/);
    expect(await write('fp16', 3000)).toMatch(/: it cannot be exported$/);
    expect(await readdir(join(path, '..'))).toEqual([]);
  });

  it('refuses weights beyond the range of fp16', async () => {
    const graph = buildGraph(70_000);
    const path = await makePath();
    const fault = await catchFault(() =>
      writeOnnxFile({ ...settings, graph, path, weightType: 'fp16' }),
    );
    expect(fault.message).toBe('W: element 0 is 70000, beyond the range of fp16; export in fp32');
  });
});

describe('checkOnnxFile', () => {
  it('finds the largest difference over all batches', async () => {
    const b = createGraphBuilder('identity');
    b.output(b.neg(b.neg(b.input('x', [1, 2]))), 'y');
    const path = await makePath();
    await writeOnnxFile({
      path,
      graph: b.build(),
      axes: { x: ['n'], y: ['n'] },
      weightType: 'fp32',
    });
    const x = Float32Array.of(3, 4, 6, 8, 0.3, 0.4);
    const feed = (rows: number) => ({ x: new Tensor('float32', x.slice(0, 2 * rows), [rows, 2]) });
    const check = (expected: number[], scale?: number) =>
      checkOnnxFile({ path, output: 'y', feed, expected: Float32Array.from(expected), scale });
    expect(await check([0.6, 0.8, 0.6, 0.8, 0.6, 0.8])).toBeLessThan(1e-6);
    expect(await check([0.6, 0.8, 0.6, 0.8, 0.6, 0.7])).toBeCloseTo(0.1, 6);
    expect(await check([1.5, 2, 3, 4, 0.15, 0.2], 2)).toBeLessThan(1e-6);
    expect(await check([Number.NaN, 2, 3, 4, 0.15, 0.2], 2)).toBeNaN();
  });
});
