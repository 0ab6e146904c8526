import { receiveTraces } from '@holdfast/testing';
import { expect, it } from 'vitest';
import { createExampleFolder } from './test-support/example.js';
import { startProgram } from './test-support/start-program.js';

it('traces the steps of a run in one process, where OpenTelemetry is asked for', async () => {
  const folder = await createExampleFolder();
  const receiver = await receiveTraces();
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_SERVICE_NAME: 'mine' };
  const { code, stderr } = await startProgram(folder.path, ['run', 'plan.yaml'], environment)
    .finished;
  expect(code, stderr).toBe(2);
  const steps = receiver.spans.filter(({ name }) => name === 'holdfast.step');
  expect(steps).toHaveLength(4);
  const [{ traceId }] = steps as [(typeof steps)[0]];
  const called = receiver.spans.filter((span) => span.traceId === traceId);
  expect([...new Set(called.map(({ service }) => service))]).toEqual(['mine']);
  for (const call of [
    'EncoderService/Encode',
    'OptimizerService/Step',
    'ConstraintService/Estimate',
  ]) {
    expect(
      called.some(({ name }) => name.endsWith(call)),
      call,
    ).toBe(true);
  }
  await receiver.close();
  await folder.remove();
});
