// Floods a serving encoder: two hundred callers, each with a connection of its own, ask again as soon as they have an answer. Every
// refusal must be RESOURCE_EXHAUSTED with a time to come back, some must be answered with the bits of a quiet server, and memory must stay
// where it was. No time is asserted: bench/serving.mjs measures those.
//
//   node scripts/check-overload.mjs [SECONDS]      # default 12, behind a warm-up of some thousand calls; needs a built repository and Linux
//
// Exits with 1 if anything else happens.
import { deepStrictEqual, ok } from 'node:assert';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRemoteClient } from '../libs/service-kit/dist/index.js';
import { ServingServiceDefinition } from '../proto/dist/holdfast/serving/v1/serving.js';
import { startEncoder } from './start-encoder.mjs';

const seconds = Number(process.argv[2] ?? 12);
const callers = 200;
const imagesOfRequest = 8;
/** Answers and refusals until an encoder's heap has its size: measured 3,900, at whatever speed. */
const warmUpCalls = 6000;
/** Of the flood after them: what a collector leaves between its runs. */
const growthMaxMib = 128;

const root = fileURLToPath(new URL('..', import.meta.url));
const photos = join(root, 'examples/gtsrb/images');
const images = readdirSync(photos, { recursive: true })
  .filter((name) => name.endsWith('.png'))
  .sort()
  .slice(0, imagesOfRequest)
  .map((name) => ({ source: { $case: 'data', value: readFileSync(join(photos, name)) } }));
const request = { model: 'sign', images };

// Seven requests find room.
const limits = ['--batch-tokens-max', '512', '--queue-tokens-max', '1024'];
const models = `sign=${join(root, 'examples/gtsrb/model')}`;
const { child, address } = await startEncoder(['--roots', root, '--models', models, ...limits]);

/** Resident memory of the encoder, MiB. */
function readMib() {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
}

const clients = Array.from({ length: callers }, () =>
  createRemoteClient(ServingServiceDefinition, { address, attemptsMax: 1 }),
);
const embed = async (client) => (await client.embed(request)).imageEmbeddings.data;
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

try {
  const expected = await embed(clients[0].client);
  const memory = [];
  let [answered, refused, endMs] = [0, 0, Number.POSITIVE_INFINITY];
  let watch;
  const count = () => {
    if (answered + refused !== warmUpCalls) return;
    endMs = performance.now() + seconds * 1000;
    watch = setInterval(() => memory.push(readMib()), 200);
  };
  const flood = async ({ client }) => {
    while (performance.now() < endMs) {
      try {
        deepStrictEqual(await embed(client), expected);
        answered += 1;
      } catch (error) {
        if (error.kind !== 'exhausted') throw error;
        ok(error.retryAfterMs > 0, 'a refusal says when to come back');
        refused += 1;
      }
      count();
    }
  };
  await Promise.all(clients.map(flood));
  clearInterval(watch);
  deepStrictEqual(await embed(clients[0].client), expected);
  const third = Math.floor(memory.length / 3);
  const [before, after] = [memory.slice(0, third), memory.slice(-third)].map(median);
  console.log(
    `${callers} callers for ${seconds} s after ${warmUpCalls} calls: ${answered} requests answered, ${refused} refused; memory ${before.toFixed(0)} MiB in the first third, ${after.toFixed(0)} in the last`,
  );
  ok(answered > 0 && refused > 0, 'some are answered and some refused');
  ok(after - before < growthMaxMib, 'memory is flat');
} finally {
  for (const { close } of clients) close();
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('exit', resolve));
}
