import { toBytes } from '@holdfast/tensor';
import { describe, expect, it } from 'vitest';
import { shareTensor, type TensorHolder } from './share-tensor.js';

/** Holds arrays in plain memory, as a service behind gRPC would. */
function createHolder(engineId: string) {
  const written: Uint8Array[] = [];
  const names: string[] = [];
  const holder: TensorHolder = {
    engineId,
    async *readTensor({ reference }) {
      yield {
        chunk: { reference, offsetElements: 0, data: Buffer.from(toBytes(Float32Array.of(1, 2))) },
      };
      yield {
        chunk: { reference, offsetElements: 2, data: Buffer.from(toBytes(Float32Array.of(3))) },
      };
    },
    async writeTensor(request) {
      for await (const { chunk } of request) {
        written.push(chunk.data);
        names.push(`${chunk.reference?.engineId}/${chunk.reference?.name}@${chunk.offsetElements}`);
      }
      return { reference: { engineId, runId: 'r', name: 'gradient', version: 7 } };
    },
  };
  return { holder, written, names };
}

const reference = { engineId: 'a', runId: 'r', name: 'gradient', version: 3 };

describe('shareTensor', () => {
  it('moves nothing between services over one engine', async () => {
    const { holder, written } = createHolder('a');
    expect(await shareTensor(reference, holder, holder)).toBe(reference);
    expect(written).toHaveLength(0);
  });

  it('moves every chunk between engines, under the name in the receiving one', async () => {
    const from = createHolder('a');
    const to = createHolder('b');
    expect(await shareTensor(reference, from.holder, to.holder)).toMatchObject({
      engineId: 'b',
      version: 7,
    });
    expect(to.names).toEqual(['b/gradient@0', 'b/gradient@2']);
    expect(Buffer.concat(to.written)).toEqual(Buffer.from(toBytes(Float32Array.of(1, 2, 3))));
  });
});
