import { layOutParameters } from '@holdfast/clip';
import { Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { createParameterStore } from '../memory/parameter-store.js';
import { createResidentWeights } from './resident-weights.js';

/** Two parameters, and weights that live on a device which notes what comes and goes. */
function setUp() {
  const store = createParameterStore(
    layOutParameters([
      ['a', [2]],
      ['b', [3]],
    ]),
  );
  const log: string[] = [];
  const weights = createResidentWeights(async ({ size }) => {
    const copy = new Tensor('float32', new Float32Array(size), [size]);
    log.push(`upload ${size}`);
    copy.dispose = () => log.push(`free ${size}`);
    return copy;
  });
  const feed = async (array: 'parameters' | 'reference' | 'gradient', name: 'a' | 'b') => {
    const tensor = store.tensor(array, name, name === 'a' ? [2] : [3]);
    return (await weights.feed(tensor)) === tensor ? 'host' : 'device';
  };
  return { store, log, feed };
}

it('uploads weights once, until their array is written', async () => {
  const { store, log, feed } = setUp();
  for (let microBatch = 0; microBatch < 3; microBatch += 1) {
    expect([await feed('parameters', 'a'), await feed('parameters', 'b')]).toEqual([
      'device',
      'device',
    ]);
  }
  expect(log.splice(0)).toEqual(['upload 2', 'upload 3']);
  store.touch('reference');
  await feed('parameters', 'a');
  expect(log).toEqual([]);
  store.touch('parameters');
  await feed('parameters', 'a');
  expect(log).toEqual(['free 2', 'free 3', 'upload 2']);
});

it('holds one array at a time', async () => {
  const { log, feed } = setUp();
  await feed('parameters', 'a');
  await feed('reference', 'a');
  await feed('parameters', 'a');
  expect(log).toEqual(['upload 2', 'free 2', 'upload 2', 'free 2', 'upload 2']);
});

it('leaves what is written without counting to the host', async () => {
  const { log, feed } = setUp();
  expect(await feed('gradient', 'a')).toBe('host');
  expect(log).toEqual([]);
});
