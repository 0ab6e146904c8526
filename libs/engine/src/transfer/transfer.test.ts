import type { TensorChunk, TensorReference } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../engine.js';
import { openFixture, runId } from '../test-support/small-engine.js';
import { resolveReference } from './array-reference.js';
import { receiveArray } from './receive-array.js';
import { streamArray } from './stream-array.js';

let engine: Engine;
let reference: TensorReference;

beforeAll(async () => {
  engine = await openFixture();
  reference = { engineId: engine.id, runId, name: 'evaluation', version: 0 };
});

async function* toStream<T>(items: readonly T[]): AsyncIterable<T> {
  for (const item of items) yield item;
}

function chunk(offsetElements: number, data: Uint8Array, to = reference): TensorChunk {
  return { reference: to, offsetElements, data: Buffer.from(data) };
}

describe('an array between engines', () => {
  it('arrives with the same bits', async () => {
    const other = await openFixture();
    await other.zeroArray({ runId, array: 'parameters' });
    const from = { ...reference, name: 'parameters' };
    async function* relay() {
      for await (const piece of streamArray(engine, from)) {
        expect(piece.data.byteLength).toBeLessThanOrEqual(2 ** 20);
        yield { ...piece, reference: { ...from, engineId: other.id } };
      }
    }
    const written = await receiveArray(other, relay());
    expect(written).toMatchObject({ engineId: other.id, name: 'parameters' });
    const squares = [engine, other].map((e) =>
      e.computeSquaredNorm({ runId, array: 'parameters' }),
    );
    const [there, here] = await Promise.all(squares);
    expect(here).toBe(there);
    expect(here).toBeGreaterThan(0);
  });

  it('is not sent on if it is written meanwhile', async () => {
    const stream = streamArray(engine, reference);
    await stream.next();
    await engine.zeroArray({ runId, array: 'evaluation' });
    await expect(stream.next()).rejects.toMatchObject({ kind: 'aborted' });
  });

  it.each([
    ['starts late', [chunk(4, new Uint8Array(4))], 'the next piece starts at 0'],
    ['is too large', [chunk(0, new Uint8Array(2 ** 20 + 4))], 'more than 1048576'],
    ['is no number of floats', [chunk(0, new Uint8Array(3))], 'multiple of 4'],
    ['is not whole', [chunk(0, new Uint8Array(8))], 'ended after 2 of'],
    ['is not there', [], 'no chunk'],
  ])('is refused if it %s', async (_, chunks, message) => {
    const { version } = await engine.readVersion({ runId, array: 'evaluation' });
    const named = chunks.map((piece) => ({ ...piece, reference }));
    await expect(receiveArray(engine, toStream(named))).rejects.toThrow(message);
    expect((await engine.readVersion({ runId, array: 'evaluation' })).version).toBe(version);
  });

  it('is refused if it is longer than the run, or the reference model', async () => {
    const length = await engine.readLength({ runId });
    const pieces: TensorChunk[] = [];
    for (let offset = 0; offset <= length; offset += 2 ** 18) {
      pieces.push(chunk(offset, new Uint8Array(2 ** 20)));
    }
    await expect(receiveArray(engine, toStream(pieces))).rejects.toThrow(`has ${length} elements`);
    const model = chunk(0, new Uint8Array(4), { ...reference, name: 'reference' });
    await expect(receiveArray(engine, toStream([model]))).rejects.toThrow('is not written');
  });

  it('keeps a second writer out, and lets it in afterwards', async () => {
    async function* slow() {
      yield chunk(0, new Uint8Array(4));
      await expect(
        receiveArray(engine, toStream([chunk(0, new Uint8Array(4))])),
      ).rejects.toMatchObject({ kind: 'aborted' });
    }
    await expect(receiveArray(engine, slow())).rejects.toThrow('ended after 1 of');
    await expect(receiveArray(engine, toStream([chunk(0, new Uint8Array(4))]))).rejects.toThrow(
      'ended after 1 of',
    );
  });
});

it('names all that is wrong with a reference', async () => {
  const wrong = { engineId: 'x', runId: '', name: 'moment1', version: 0 };
  await expect(resolveReference(engine, wrong, 'gradient')).rejects.toMatchObject({
    kind: 'invalid',
    violations: [
      { field: 'gradient.engine_id' },
      { field: 'gradient.run_id' },
      { field: 'gradient.name' },
    ],
  });
  await expect(resolveReference(engine, undefined, 'a')).rejects.toMatchObject({ kind: 'invalid' });
});
