import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControllerServiceDefinition } from '@holdfast/proto/holdfast/controller/v1/controller';
import { createRemoteClient } from '@holdfast/service-kit';
import { type ReceivedSpan, receiveTraces, type TraceReceiver } from '@holdfast/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uriOf, waitForEnd } from '../test-support/host.js';
import {
  type ServiceProcess,
  startController,
  startServices,
} from '../test-support/service-process.js';
import { createSmallPlan } from '../test-support/small-run.js';

describe('five services that are traced while they run a plan', () => {
  let receiver: TraceReceiver;
  let runId: string;
  let controller: ServiceProcess;
  const exitCodes: (number | null)[] = [];

  beforeAll(async () => {
    const runsPath = await mkdtemp(join(tmpdir(), 'holdfast-runs-'));
    const plan = await createSmallPlan({ training: { steps: 3 } });
    receiver = await receiveTraces();
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint };
    const services = await startServices(environment);
    controller = await startController(services, runsPath, environment);
    const { client, close } = createRemoteClient(ControllerServiceDefinition, controller);
    const request = {
      requestId: randomUUID(),
      planYaml: plan.yaml,
      planName: 'plan.yaml',
      baseUri: uriOf(plan.folder),
    };
    runId = (await client.submitRun(request)).runId;
    await waitForEnd(client, runId);
    close();
    // What was traced is sent before they end.
    for (const { child, exited } of [controller, ...services.values()]) {
      child.kill('SIGTERM');
      exitCodes.push(await exited);
    }
    await rm(runsPath, { recursive: true, force: true });
    await rm(plan.folder, { recursive: true, force: true });
  });
  afterAll(() => receiver.close());

  const parentOf = ({ parentSpanId }: ReceivedSpan) =>
    receiver.spans.find(({ spanId }) => spanId === parentSpanId);

  it('end well', () => expect(exitCodes).toEqual([0, 0, 0, 0, 0]));

  it('make one trace of a step, through all that it asks', () => {
    const steps = receiver.spans.filter(({ name }) => name === 'holdfast.step');
    expect(steps.map(({ attributes }) => attributes)).toEqual(
      [0, 1, 2].map((step) => ({ 'holdfast.run_id': runId, 'holdfast.step': step })),
    );
    for (const { traceId, parentSpanId } of steps) {
      expect(parentSpanId).toBe('');
      const trace = receiver.spans.filter((span) => span.traceId === traceId);
      expect([...new Set(trace.map(({ service }) => service))].toSorted()).toEqual([
        'holdfast-constraint',
        'holdfast-controller',
        'holdfast-encoder',
        'holdfast-optimizer',
      ]);
      const served = trace.find(
        ({ service, name }) => service === 'holdfast-encoder' && name.endsWith('/Backpropagate'),
      )!;
      const names: string[] = [];
      for (let at: ReceivedSpan | undefined = served; at !== undefined; at = parentOf(at)) {
        names.push(`${at.service} ${at.name}`);
      }
      const call = 'holdfast.encoder.v1.EncoderService/Backpropagate';
      expect(names).toEqual([
        `holdfast-encoder ${call}`,
        `holdfast-controller ${call}`,
        'holdfast-controller holdfast.step.backpropagate',
        'holdfast-controller holdfast.step',
      ]);
    }
  });

  it('make traces of their own of what is between the steps, the evaluator among them', () => {
    const gates = receiver.spans.filter(({ service }) => service === 'holdfast-evaluator');
    expect(gates.length).toBeGreaterThan(0);
    for (const gate of gates) expect(parentOf(gate)?.service).toBe('holdfast-controller');
    const submit = receiver.spans.find(({ name }) => name.endsWith('/SubmitRun'))!;
    const inSubmit = receiver.spans.filter(({ traceId }) => traceId === submit.traceId);
    expect(inSubmit).toEqual([submit]);
    const logged = controller.log.find(({ event }) => event === 'run.submitted');
    expect(logged).toMatchObject({ runId, traceId: submit.traceId });
    const measured = receiver.spans.filter(({ name }) => name === 'holdfast.measure');
    expect(measured.map(({ attributes }) => attributes['holdfast.run_id'])).toContain(runId);
  });

  it('leave no probe in their traces, and no span whose parent is not there', () => {
    expect(receiver.spans.filter(({ name }) => name.startsWith('grpc.'))).toEqual([]);
    const lost = receiver.spans.filter((span) => span.parentSpanId !== '' && !parentOf(span));
    expect(lost.map(({ service, name }) => `${service} ${name}`)).toEqual([]);
  });
});
