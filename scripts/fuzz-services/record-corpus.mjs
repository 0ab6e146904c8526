// The requests of a real run, as bytes: what is changed and sent again, and what opens a run in the services.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { createInProcessClient, Registry } from '../../libs/service-kit/dist/index.js';
import {
  ControllerServiceDefinition,
  RunState,
} from '../../proto/dist/holdfast/controller/v1/controller.js';
import { connectServices } from '../../services/controller/dist/connect-services.js';
import { createControllerService } from '../../services/controller/dist/service/create-controller-service.js';

/** A message that is kept is at most this large: others are as long, and take longer. */
const bytesMax = 256 * 1024;
/** Of each method. */
const keptMax = 40;

const ended = ['COMPLETED', 'FAILED', 'CANCELLED'].map((name) => RunState[`RUN_STATE_${name}`]);

/**
 * Has a controller in this process work on a run, and keeps what it asks the services: by path of method, each call a list of
 * messages, in the order of the calls.
 */
export async function recordCorpus({ addresses, plan, runsPath }) {
  const calls = [];
  const counts = new Map();
  function keep(path, method, messages) {
    const count = counts.get(path) ?? 0;
    counts.set(path, count + 1);
    const bytes = messages.map((message) => method.requestType.encode(message).finish());
    if (count < keptMax && bytes.every(({ length }) => length <= bytesMax)) {
      calls.push({ path, messages: bytes.map((one) => Buffer.from(one)) });
    }
  }

  /** A client that writes down what it is asked. */
  function recordCalls(client, { fullName, methods }) {
    return new Proxy(client, {
      get(target, name) {
        const method = methods[name];
        if (method === undefined) return target[name];
        const path = `/${fullName}/${method.name}`;
        return (request, options) => {
          if (!method.requestStream) {
            keep(path, method, [method.requestType.fromPartial(request)]);
            return target[name](request, options);
          }
          const messages = [];
          async function* tee() {
            for await (const message of request) {
              messages.push(method.requestType.fromPartial(message));
              yield message;
            }
            keep(path, method, messages);
          }
          return target[name](tee(), options);
        };
      },
    });
  }

  const { close, ...clients } = await connectServices(addresses, { registry: new Registry() });
  const recorded = Object.fromEntries(
    Object.entries(clients).map(([name, client]) => {
      const definition = definitions[name];
      return [name, definition === undefined ? client : recordCalls(client, definition)];
    }),
  );
  const service = createControllerService({
    ...recorded,
    roots: ['/'],
    runsPath,
    version: '0.0.0',
    command: 'holdfast',
  });
  const controller = recordCalls(
    createInProcessClient(ControllerServiceDefinition, service),
    ControllerServiceDefinition,
  );
  const { runId, runUri } = await controller.submitRun({
    requestId: randomUUID(),
    planYaml: plan.yaml,
    planName: 'plan.yaml',
    baseUri: pathToFileURL(plan.folder).href,
  });
  for await (const _ of controller.watchRun({ runId }));
  let run;
  while (!ended.includes(run?.state)) {
    ({ run } = await controller.getRun({ runId }));
    await delay(20);
  }
  if (run.state !== RunState.RUN_STATE_COMPLETED) throw new Error(`the run ended ${run.state}`);
  await controller.listRuns({});
  await controller.listSteps({ runId });
  await controller.getVerdict({ runId });
  for await (const _ of controller.getReport({ runId }));
  const { artifacts } = await controller.listArtifacts({ runId });
  for await (const _ of controller.getArtifact({ runId, path: artifacts[0].path }));
  await controller.cancelRun({ runId }).catch(() => {});
  await controller.resumeRun({ runUri }).catch(() => {});
  close();
  return { calls, runId };
}

const proto = (name) => import(`../../proto/dist/holdfast/${name}/v1/${name}.js`);
const [encoder, constraint, optimizer, evaluator, term, tensor] = await Promise.all(
  ['encoder', 'constraint', 'optimizer', 'evaluator', 'term', 'tensor'].map(proto),
);

/** What each client of a controller speaks. */
const definitions = {
  encoder: encoder.EncoderServiceDefinition,
  constraint: constraint.ConstraintServiceDefinition,
  optimizer: optimizer.OptimizerServiceDefinition,
  evaluator: evaluator.EvaluatorServiceDefinition,
  terms: term.TermServiceDefinition,
  encoderTensors: tensor.TensorServiceDefinition,
  optimizerTensors: tensor.TensorServiceDefinition,
};
