import { DataType, ReadResponse, SharedArray } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { toBytes } from '@holdfast/tensor';
import { describe, expect, it } from 'vitest';
import { shareTensor, type TensorHolder } from './share-tensor.js';

const array = SharedArray.SHARED_ARRAY_GRADIENT;
const reference = { engineId: 'a', runId: 'r', array, version: 3 };

/** Holds arrays in plain memory, as a service behind gRPC would. */
function createHolder(engineId: string) {
  const written: Uint8Array[] = [];
  const names: string[] = [];
  const piece = (offsetElements: bigint, ...elements: number[]) =>
    ReadResponse.fromPartial({
      chunk: {
        reference,
        layoutSha256: 'layout',
        dataType: DataType.DATA_TYPE_FLOAT32,
        offsetElements,
        data: Buffer.from(toBytes(Float32Array.from(elements))),
      },
    });
  const holder: TensorHolder = {
    engineId,
    tensors: {
      async *read() {
        yield piece(0n, 1, 2);
        yield piece(2n, 3);
      },
      async write(request) {
        for await (const { chunk } of request) {
          written.push(chunk!.data!);
          names.push(
            `${chunk!.reference?.engineId}/${chunk!.layoutSha256}@${chunk!.offsetElements}`,
          );
        }
        return { reference: { engineId, runId: 'r', array, version: 7 } };
      },
    },
  };
  return { holder, written, names };
}

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
    expect(to.names).toEqual(['b/layout@0', 'b/layout@2']);
    expect(Buffer.concat(to.written)).toEqual(Buffer.from(toBytes(Float32Array.of(1, 2, 3))));
  });
});
