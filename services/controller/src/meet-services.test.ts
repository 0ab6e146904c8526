import { createServer } from 'node:net';
import { Fault } from '@holdfast/fault';
import { ConstraintServiceDefinition } from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { EvaluatorServiceDefinition } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import {
  type Dependency,
  defineService,
  type RunningServer,
  startServer,
} from '@holdfast/service-kit';
import { afterEach, describe, expect, it } from 'vitest';
import { meetServices } from './meet-services.js';

const servers: RunningServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close(0))));

const evaluator = { name: 'evaluator', fullName: EvaluatorServiceDefinition.fullName };
const constraint = { name: 'constraint service', fullName: ConstraintServiceDefinition.fullName };
const forever = new AbortController().signal;

/** An evaluator whose methods nobody calls, and what it cannot do without. */
async function serveEvaluator(port = 0, dependencies: Dependency[] = []): Promise<string> {
  const methods = Object.keys(EvaluatorServiceDefinition.methods);
  const unused = Object.fromEntries(methods.map((name) => [name, async () => ({})]));
  const services = [defineService(EvaluatorServiceDefinition, unused as never, dependencies)];
  const server = await startServer({ services, listen: { port } });
  servers.push(server);
  return server.address;
}

/** A port where nothing listens. */
function findPort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

describe('meetServices', () => {
  it('waits for a service that comes late', async () => {
    const port = await findPort();
    const met = meetServices([{ ...evaluator, address: `127.0.0.1:${port}` }], {}, forever);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await serveEvaluator(port);
    await met;
  });

  it('waits for one that answers, but does not serve yet', async () => {
    let checks = 0;
    const late = {
      name: 'its engine',
      async check() {
        checks += 1;
        if (checks === 1) throw new Fault('unavailable', 'it has ended');
      },
    };
    const address = await serveEvaluator(0, [late]);
    await meetServices([{ ...evaluator, address }], {}, forever);
    expect(checks).toBeGreaterThan(1);
  });

  it('names every service that does not answer in its time, and its address', async () => {
    const [one, other] = [await findPort(), await findPort()];
    const places = [
      { ...evaluator, address: await serveEvaluator() },
      { ...evaluator, address: `127.0.0.1:${one}` },
      { ...constraint, address: `127.0.0.1:${other}` },
    ];
    await expect(meetServices(places, { connectWaitMs: 300 }, forever)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(
        `^the evaluator at 127.0.0.1:${one} does not answer: No connection .*ECONNREFUSED 127.0.0.1:${one}\nthe constraint service at 127.0.0.1:${other} does`,
      ),
    });
  });

  it('says at once that another service answers', async () => {
    const address = await serveEvaluator();
    const places = [
      { ...constraint, address },
      { ...evaluator, address: `127.0.0.1:${await findPort()}` },
    ];
    const leaving = new AbortController();
    const met = meetServices(places, {}, leaving.signal);
    await expect(met).rejects.toMatchObject({
      kind: 'precondition',
      message: `what answers at ${address} serves no constraint service; is the address right?`,
    });
    leaving.abort();
  });

  it('ends with its signal', async () => {
    const leaving = new AbortController();
    const places = [{ ...evaluator, address: `127.0.0.1:${await findPort()}` }];
    const met = meetServices(places, {}, leaving.signal);
    leaving.abort();
    await expect(met).rejects.toMatchObject({ kind: 'cancelled' });
  });
});
