import { expect, it } from 'vitest';
import { dropUnread } from './drop-unread.js';
import { createGraphBuilder } from './graph-builder.js';

it('drops constants and last results that nothing reads', () => {
  const b = createGraphBuilder('g');
  const [x, scale] = [b.input('x', [2, 3]), b.input('scale', [3])];
  const plain = b.layerNormalization(x, scale, scale, 1e-5);
  const whole = b.layerNormalization(b.add(plain.y, 2), scale, scale, 1e-5);
  b.output(b.mul(whole.y, whole.invStdDev), 'y');
  const built = b.build();
  const unread = { value: { name: 'unread', shape: [], dataType: 'float32' as const } };
  const graph = {
    ...built,
    constants: [...built.constants, { ...unread, data: new Float32Array(1) }],
  };
  const dropped = dropUnread(graph);
  expect(dropped.constants).toEqual(built.constants);
  expect(dropped.nodes.map(({ op, outputs }) => [op, outputs.length])).toEqual([
    ['LayerNormalization', 1],
    ['Add', 1],
    ['LayerNormalization', 3],
    ['Mul', 1],
  ]);
});
