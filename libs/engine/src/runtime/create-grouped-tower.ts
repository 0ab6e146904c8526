import type { TextConfig } from '@holdfast/clip';
import type { TextBatch } from './batch.js';
import { groupTexts } from './group-texts.js';
import type { Tower } from './tower.js';

/** A text tower that takes texts of one length together; `towerOf` makes the tower of a length. */
export function createGroupedTower(
  config: TextConfig,
  towerOf: (length: number) => Tower<TextBatch>,
): Tower<TextBatch> {
  const towers = new Map<number, Tower<TextBatch>>();
  const groupsOf = (batch: TextBatch) =>
    groupTexts(batch, config).map((group) => {
      const tower = towers.get(group.length) ?? towerOf(group.length);
      towers.set(group.length, tower);
      return { ...group, tower };
    });

  async function encodeGroups(
    batch: TextBatch,
    encode: (tower: Tower<TextBatch>, part: TextBatch) => Promise<Float32Array>,
  ): Promise<Float32Array> {
    const embeddings = new Float32Array(batch.count * embeddingSize);
    for (const { tower, rows, batch: part } of groupsOf(batch)) {
      const encoded = await encode(tower, part);
      rows.forEach((row, i) => {
        const from = encoded.subarray(i * embeddingSize, (i + 1) * embeddingSize);
        embeddings.set(from, row * embeddingSize);
      });
    }
    return embeddings;
  }

  const longest = towerOf(config.contextLength);
  const { embeddingSize } = longest;
  towers.set(config.contextLength, longest);
  return {
    embeddingSize,
    countKeptBytes(batch, extent, keeping) {
      const bytes = groupsOf(batch).map(({ tower, batch: part }) =>
        tower.countKeptBytes(part, extent, keeping),
      );
      return extent === 'batch' ? bytes.reduce((sum, n) => sum + n, 0) : Math.max(0, ...bytes);
    },
    encode: (array, batch) => encodeGroups(batch, (tower, part) => tower.encode(array, part)),
    encodeKeeping: (array, batch, keeping) =>
      encodeGroups(batch, (tower, part) => tower.encodeKeeping(array, part, keeping)),
    async backward({ batch, gradients, ...rest }) {
      for (const { tower, rows, batch: part } of groupsOf(batch)) {
        const own = new Float32Array(rows.length * embeddingSize);
        rows.forEach((row, i) => {
          const from = gradients.subarray(row * embeddingSize, (row + 1) * embeddingSize);
          own.set(from, i * embeddingSize);
        });
        await tower.backward({ ...rest, batch: part, gradients: own });
      }
    },
  };
}
