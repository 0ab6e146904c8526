import { DescribeResponse } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { expect, it } from 'vitest';
import type { ServiceClients } from '../clients.js';
import { openEncoderGroup } from './encoder-group.js';

const entry = (name: string, offset: bigint) => ({ name, shape: [4n, 2n], offsetElements: offset });

/** Services whose engines answer so. */
function clientsOf(encoder: Partial<DescribeResponse>, optimizer: Partial<DescribeResponse>) {
  const answer = (response: Partial<DescribeResponse>) => ({
    describe: async () => DescribeResponse.fromPartial(response),
  });
  return {
    encoderTensors: answer(encoder),
    optimizerTensors: answer(optimizer),
  } as unknown as ServiceClients;
}

it('names the first parameter that encoder and optimizer do not share', async () => {
  const first = entry('a', 0n);
  const clients = clientsOf(
    { layoutSha256: '1', parameters: [first, entry('b', 16n)] },
    { layoutSha256: '2', parameters: [first, entry('c', 16n), entry('b', 32n)] },
  );
  await expect(openEncoderGroup(clients, 'r')).rejects.toMatchObject({
    kind: 'precondition',
    message: expect.stringContaining('the encoder has b [4,2] at 16, the optimizer c [4,2] at 16'),
  });
});
