import { ConstraintServiceDefinition } from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { createLearnedDeadlines, createRemoteClient } from '@holdfast/service-kit';
import { afterEach, expect, it } from 'vitest';
import { type ServiceProcess, startService } from './test-support/service-process.js';

let service: ServiceProcess | undefined;
afterEach(() => service?.child.kill('SIGKILL'));

it('notices a service that is stopped by what its calls took before, and goes on with it later', async () => {
  service = await startService('constraint', {});
  const { client, close } = createRemoteClient(ConstraintServiceDefinition, {
    address: service.address,
    learned: createLearnedDeadlines({ leastMs: 500 }),
  });
  const call = () => client.closeRun({ runId: 'a' });
  await call();
  service.child.kill('SIGSTOP');
  await expect(call()).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringContaining('No answer in'),
  });
  service.child.kill('SIGCONT');
  await call();
  close();
});
