// What counting and tracing cost a call: small unary calls one after the other, over loopback, in one process.
//
//   node bench/watching.mjs [calls a turn]
//
// Turns alternate between the three; printed are medians over five turns, and the least.

import { createServer } from 'node:http';
import { createConstraintService } from '@holdfast/constraint';
import { ConstraintServiceDefinition } from '@holdfast/proto/holdfast/constraint/v1/constraint';
import {
  createRemoteClient,
  defineService,
  Registry,
  startServer,
  startTracing,
} from '@holdfast/service-kit';

const calls = Number(process.argv[2] ?? 3000);
const turns = 5;

/** Serves and calls with what is on at the moment; its times are microseconds a call. */
async function connect(name, options) {
  const services = [defineService(ConstraintServiceDefinition, createConstraintService())];
  const server = await startServer({ services });
  const { client, close } = createRemoteClient(ConstraintServiceDefinition, {
    address: server.address,
    ...options,
  });
  return {
    name,
    times: [],
    async turn() {
      const start = performance.now();
      for (let i = 0; i < calls; i += 1) await client.closeRun({ runId: 'none' });
      this.times.push((1000 * (performance.now() - start)) / calls);
    },
    async close() {
      close();
      await server.close();
    },
  };
}

// A collector that takes all and keeps nothing.
const collector = createServer((request, response) => {
  request.resume().on('end', () => response.end());
});
await new Promise((resolve) => collector.listen(0, '127.0.0.1', resolve));
process.env.OTEL_EXPORTER_OTLP_ENDPOINT = `http://127.0.0.1:${collector.address().port}`;

const ways = [
  await connect('server counts', {}),
  await connect('client counts, too', { registry: new Registry() }),
];
const tracing = await startTracing('bench', process.env);
ways.push(await connect('both count and trace every call', { registry: new Registry() }));
for (let turn = 0; turn < turns; turn += 1) for (const way of ways) await way.turn();
for (const { name, times } of ways) {
  const [least] = times.toSorted((a, b) => a - b);
  const median = times.toSorted((a, b) => a - b)[Math.floor(turns / 2)];
  console.log(
    `${name}: ${median.toFixed(0)} us a call in the median of ${turns} turns, ${least.toFixed(0)} at least`,
  );
}
for (const way of ways) await way.close();
await tracing.close();
collector.close();
