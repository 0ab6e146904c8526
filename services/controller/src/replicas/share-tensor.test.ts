import {
  DataType,
  type FetchRequest,
  FetchResponse,
  SharedArray,
  TensorReference,
} from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { expect, it } from 'vitest';
import { shareTensor, type TensorHolder } from './share-tensor.js';

const array = SharedArray.SHARED_ARRAY_GRADIENT;
const reference = TensorReference.fromPartial({ engineId: 'a', runId: 'r', array, version: 3 });

/** An engine's service that notes what it is told to take. */
function createHolder(engineId: string) {
  const requests: FetchRequest[] = [];
  const holder: TensorHolder = {
    engineId,
    address: `${engineId}:1`,
    tensors: {
      async fetch(request) {
        requests.push(request as FetchRequest);
        return FetchResponse.fromPartial({ reference: { ...reference, engineId } });
      },
    },
  };
  return { holder, requests };
}

it('moves nothing between services over one engine', async () => {
  const { holder, requests } = createHolder('a');
  expect(await shareTensor(reference, holder, holder)).toBe(reference);
  expect(requests).toHaveLength(0);
});

it('has the receiving engine take the array where it lies, under the name that it has there', async () => {
  const from = createHolder('a');
  const to = createHolder('b');
  expect(await shareTensor(reference, from.holder, to.holder, { addition: 2 })).toEqual({
    ...reference,
    engineId: 'b',
  });
  const source = { ...reference, address: 'a:1' };
  const dataType = DataType.DATA_TYPE_FLOAT32;
  expect(to.requests).toEqual([{ source, dataType, addition: 2 }]);
  expect(from.requests).toHaveLength(0);
});
