import { layOutParameters } from '@holdfast/clip';
import { expect, it } from 'vitest';
import { createParameterStore } from '../memory/parameter-store.js';
import { assignRole } from '../memory/tensor-role.js';
import { Tensor } from '../native/onnxruntime.js';
import { createDeviceMemory } from './device-memory.js';

/** Two parameters, and a device that notes what comes and goes. */
function setUp() {
  const store = createParameterStore(
    layOutParameters([
      ['a', [2]],
      ['b', [3]],
    ]),
    { frozen: layOutParameters([['still', [4]]]) },
  );
  const log: string[] = [];
  /** A tensor on the device, which knows itself by a name. */
  const place = (name: string) => {
    const device = new Tensor('float32', new Float32Array(1), [1]);
    device.dispose = () => log.push(`free ${name}`);
    return device;
  };
  const memory = createDeviceMemory({
    async upload({ size }) {
      log.push(`upload ${size}`);
      return place(`copy ${size}`);
    },
    async download(_, host) {
      log.push(`download ${host.size}`);
    },
  });
  const find = (array: 'parameters' | 'reference' | 'gradient', name: 'a' | 'b') =>
    store.tensor(array, name, name === 'a' ? [2] : [3]);
  const feed = async (host: Tensor) => ((await memory.feed(host)) === host ? 'host' : 'device');
  return { store, log, memory, place, find, feed };
}

it('uploads weights once, until their array is written', async () => {
  const { store, log, find, feed } = setUp();
  const [a, b] = [find('parameters', 'a'), find('parameters', 'b')];
  for (let microBatch = 0; microBatch < 3; microBatch += 1) {
    expect([await feed(a), await feed(b)]).toEqual(['device', 'device']);
  }
  expect(log.splice(0)).toEqual(['upload 2', 'upload 3']);
  store.touch('reference');
  await feed(a);
  expect(log).toEqual([]);
  store.touch('parameters');
  await feed(a);
  expect(log).toEqual(['free copy 2', 'free copy 3', 'upload 2']);
});

it('holds the weights of one array at a time', async () => {
  const { log, find, feed } = setUp();
  await feed(find('parameters', 'a'));
  await feed(find('reference', 'a'));
  await feed(find('parameters', 'a'));
  expect(log).toEqual(['upload 2', 'free copy 2', 'upload 2', 'free copy 2', 'upload 2']);
});

it('uploads weights that do not train once for all arrays, whatever is written', async () => {
  const { store, log, find, feed } = setUp();
  const still = (array: 'parameters' | 'reference') => store.tensor(array, 'still', [4]);
  for (const array of ['parameters', 'reference', 'parameters'] as const) {
    await feed(find(array, 'a'));
    await feed(still(array));
    store.touch(array);
  }
  expect(log.filter((line) => line.endsWith('4'))).toEqual(['upload 4']);
  const other = setUp();
  await feed(other.store.tensor('parameters', 'still', [4]));
  expect(log.filter((line) => line.endsWith('4'))).toEqual(['upload 4', 'free copy 4', 'upload 4']);
});

it('sums on the device, and brings the sum back when it is settled', async () => {
  const { log, memory, place, find, feed } = setUp();
  const sum = find('gradient', 'a');
  expect([await feed(sum), memory.keeps(sum)]).toEqual(['host', true]);
  memory.hold(sum, place('first'));
  expect(await feed(sum)).toBe('device');
  memory.hold(sum, place('second'));
  await memory.settle();
  await memory.settle();
  expect(log).toEqual(['free first', 'download 2', 'free second']);
  expect(await feed(sum)).toBe('host');
});

it('forgets a sum whose array was zeroed before it was settled', async () => {
  const { store, log, memory, place, find, feed } = setUp();
  const sum = find('gradient', 'a');
  memory.hold(sum, place('half'));
  store.touch('gradient');
  expect(await feed(sum)).toBe('host');
  await memory.settle();
  expect(log).toEqual(['free half']);
});

it('keeps for backward what forward left, and it never comes back', async () => {
  const { log, memory, place, feed } = setUp();
  const kept = assignRole(new Tensor('float32', new Float32Array(4), [4]), { kind: 'kept' });
  expect(memory.keeps(kept)).toBe(true);
  memory.hold(kept, place('old'));
  memory.hold(kept, place('new'));
  await memory.settle();
  expect(await feed(kept)).toBe('device');
  expect(log).toEqual(['free old']);
});

it('leaves to the host what has no role', async () => {
  const { log, memory, feed } = setUp();
  const tensor = new Tensor('float32', new Float32Array(4), [4]);
  expect([await feed(tensor), memory.keeps(tensor)]).toEqual(['host', false]);
  expect(log).toEqual([]);
});
