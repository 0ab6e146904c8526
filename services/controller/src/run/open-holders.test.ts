import { DescribeResponse } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { expect, it } from 'vitest';
import type { ServiceClients } from '../clients.js';
import { openHolders } from './open-holders.js';

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

it('says which engine holds what', async () => {
  const layoutSha256 = 'same';
  const clients = clientsOf({ engineId: 'a', layoutSha256 }, { engineId: 'b', layoutSha256 });
  expect(await openHolders(clients, 'r')).toMatchObject({
    encoder: { engineId: 'a' },
    optimizer: { engineId: 'b' },
  });
});

it('names the first parameter that encoder and optimizer do not share', async () => {
  const first = entry('a', 0n);
  const clients = clientsOf(
    { layoutSha256: '1', parameters: [first, entry('b', 16n)] },
    { layoutSha256: '2', parameters: [first, entry('c', 16n), entry('b', 32n)] },
  );
  await expect(openHolders(clients, 'r')).rejects.toMatchObject({
    kind: 'precondition',
    message: expect.stringContaining('the encoder has b [4,2] at 16, the optimizer c [4,2] at 16'),
  });
});
