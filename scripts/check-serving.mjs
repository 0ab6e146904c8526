// Holds a serving encoder against the clients of Triton and KServe: what they have of images, pixels, texts and ids, in raw
// and in typed contents, must be what ServingService.Embed gives, bit for bit, and errors must have their codes.
//
//   node scripts/check-serving.mjs PYTHON     # an interpreter with tritonclient[grpc] and kserve
//
// Needs a built repository. Exits with 1 if a client has anything else.
import { deepStrictEqual } from 'node:assert';
import { execFile } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { toMatrix } from '../libs/run-kit/dist/index.js';
import { createRemoteClient } from '../libs/service-kit/dist/index.js';
import { ServingServiceDefinition } from '../proto/dist/holdfast/serving/v1/serving.js';
import { startEncoder } from './start-encoder.mjs';

const [python] = process.argv.slice(2);
if (python === undefined) {
  console.error('usage: node scripts/check-serving.mjs PYTHON');
  process.exit(1);
}
const root = fileURLToPath(new URL('..', import.meta.url));
const model = join(root, 'examples/gtsrb/model');
const photos = join(root, 'examples/gtsrb/images');
const images = readdirSync(photos, { recursive: true })
  .filter((name) => /\.(png|jpe?g|ppm)$/.test(name))
  .sort()
  .slice(0, 9)
  .map((name) => join(photos, name));
const texts = ['a photo of a stop sign.', 'ein Stoppschild, größer', 'a truck'];
const config = JSON.parse(readFileSync(join(model, 'config.json'), 'utf8'));
const { bos_token_id: bos, eos_token_id: eos } = config.text_config;
const ids = [
  [bos, 5, 6, eos, eos, eos],
  [bos, 64, 65, 66, 67, eos],
];
const mask = [
  [1, 1, 1, 1, 0, 0],
  [1, 1, 1, 1, 1, 1],
];
// Eighths are the same in half precision.
const side = 32;
const values = Float32Array.from(
  { length: 2 * 3 * side * side },
  (_, i) => ((i * 37) % 33) / 8 - 2,
);
const plane = (start) =>
  Array.from({ length: side }, (_, y) => [
    ...values.slice(start + y * side, start + (y + 1) * side),
  ]);
const pixels = [0, 1].map((n) => [0, 1, 2].map((c) => plane((n * 3 + c) * side * side)));

const folder = mkdtempSync(join(tmpdir(), 'holdfast-serving-'));
// A model of two names.
symlinkSync(model, join(folder, 'spare'));
const models = `sign@1=${model}:${folder}`;
const { child, address } = await startEncoder(['--roots', `${root}:${folder}`, '--models', models]);
try {
  const { client, close } = createRemoteClient(ServingServiceDefinition, { address });
  const embed = async (request) => {
    const answer = await client.embed({ model: 'sign', ...request });
    const { rows, columns, data } = toMatrix(
      answer.imageEmbeddings ?? answer.textEmbeddings,
      'embeddings',
    );
    return Array.from({ length: rows }, (_, i) => [...data.slice(i * columns, (i + 1) * columns)]);
  };
  const pixelValues = {
    dataType: 1,
    shape: [2, 3, side, side],
    data: Buffer.from(values.buffer),
  };
  const expected = {
    images: await embed({
      images: images.map((path) => ({ source: { $case: 'uri', value: pathToFileURL(path).href } })),
    }),
    texts: await embed({ texts: { texts } }),
    pixels: await embed({ pixelValues }),
    ids: await embed({ tokenIds: ids.map((each) => ({ ids: each })) }),
  };
  close();
  const requests = join(folder, 'requests.json');
  writeFileSync(requests, JSON.stringify({ images, texts, pixels, ids, mask }));
  const script = join(root, 'scripts/check-serving.py');
  const same = { halves: 'pixels', masked: 'ids', stream: 'images' };
  for (const client of ['triton', 'kserve']) {
    const { stdout } = await promisify(execFile)(python, [script, client, address, requests], {
      maxBuffer: 2 ** 26,
    });
    const answers = JSON.parse(stdout.trim().split('\n').at(-1));
    for (const [name, rows] of Object.entries(answers)) {
      deepStrictEqual(rows, expected[same[name] ?? name], `${client}: ${name}`);
    }
    console.log(`${client} has the bits of Embed: ${Object.keys(answers).join(', ')}`);
  }
} finally {
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('exit', resolve));
  rmSync(folder, { recursive: true });
}
