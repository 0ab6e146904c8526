import { DescribeResponse } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { expect, it } from 'vitest';
import type { ServiceClients } from '../clients.js';
import { openEncoderGroup } from './encoder-group.js';
import type { Member, RunReplicas } from './open-replicas.js';

const entry = (name: string, offset: bigint) => ({ name, shape: [4n, 2n], offsetElements: offset });

it('names the first parameter that encoder and optimizer do not share', async () => {
  const first = entry('a', 0n);
  const layout = DescribeResponse.fromPartial({
    layoutSha256: '1',
    parameters: [first, entry('b', 16n)],
  });
  const optimizerTensors = {
    describe: async () =>
      DescribeResponse.fromPartial({
        layoutSha256: '2',
        parameters: [first, entry('c', 16n), entry('b', 32n)],
      }),
  } as unknown as ServiceClients['optimizerTensors'];
  const replicas = { members: () => [{ layout } as Member] } as unknown as RunReplicas;
  const opening = openEncoderGroup(
    { optimizerTensors },
    { runId: 'r', replicas, shards: 'equal', gradients: 'float32' },
  );
  await expect(opening).rejects.toMatchObject({
    kind: 'precondition',
    message: expect.stringContaining('the encoder has b [4,2] at 16, the optimizer c [4,2] at 16'),
  });
});
