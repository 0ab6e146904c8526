import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32, deflateSync } from 'node:zlib';
import { sha256 } from '@holdfast/artifacts';
import { writeSampleTable } from '@holdfast/dataset';
import { OpenRunRequest } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { createRandom } from '@holdfast/random';

/** The base model of the traffic sign example. */
export const modelPath = fileURLToPath(new URL('../../../examples/gtsrb/model', import.meta.url));

/** A folder with images, their sample table, and a request that opens them. */
export interface RunFixture {
  readonly root: string;
  readonly roots: readonly string[];
  readonly request: OpenRunRequest;
}

/** Writes `count` random 32 x 32 images and their table into a folder of its own. */
export async function createRunFixture(count: number, runId = 'run'): Promise<RunFixture> {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-encoder-'));
  await mkdir(join(root, 'images'));
  const samples = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const path = join(root, 'images', `${index}.png`);
      const png = encodePng(32, index);
      await writeFile(path, png);
      const label = `class ${index % 3}`;
      const group = String(index);
      return {
        ...{ index, path, relativePath: path, sha256: sha256(png), label, group },
        roles: ['target' as const],
      };
    }),
  );
  const samplesPath = join(root, 'samples.csv');
  const table = await writeSampleTable(samplesPath, samples);
  const request = OpenRunRequest.fromPartial({
    ...{ runId, modelPath, samplesPath, samplesSha256: table.sha256 },
    ...{ imageChunkSize: 4, textChunkSize: 4 },
  });
  return { root, roots: [root, modelPath], request };
}

/** A square RGB image of random pixels. */
export function encodePng(size: number, seed: number): Buffer {
  const random = createRandom(seed);
  const rows = Buffer.alloc(size * (1 + 3 * size));
  for (let row = 0; row < size; row += 1) {
    const start = row * (1 + 3 * size) + 1;
    for (let i = 0; i < 3 * size; i += 1) rows[start + i] = random.integer(256);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  // 8 bits a channel, RGB.
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    encodeChunk('IHDR', header),
    encodeChunk('IDAT', deflateSync(rows)),
    encodeChunk('IEND', Buffer.alloc(0)),
  ]);
}

function encodeChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(data.length, 0);
  chunk.set(body, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return chunk;
}
