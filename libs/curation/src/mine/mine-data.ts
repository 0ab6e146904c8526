import { createFileFinder, type Sample } from '@holdfast/dataset';
import { Fault } from '@holdfast/fault';
import { createRandom } from '@holdfast/random';
import { type Matrix, matrixRow } from '@holdfast/tensor';
import { type EmbeddedImages, embedRows } from '../embed/embed-rows.js';
import type { DataSource } from '../source/data-source.js';
import { readCells } from '../table/read-cells.js';
import { createKeywordTest, type Keywords } from './match-keywords.js';

/** What is mined from a captioned pool. */
export interface MineSettings {
  readonly keywords: Keywords;
  /** Pairs at the most. */
  readonly positives: number;
  readonly negatives: number;
  readonly seed: number;
  /** Embeds images, and the prompt of the class: one row of length 1. */
  readonly embed: (
    samples: readonly Sample[],
  ) => Promise<EmbeddedImages & { readonly prompt: Matrix }>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (activity: string, done: number, total: number) => void;
}

/** A row that was mined, and how near its image is to the prompt. */
export interface MinedRow {
  readonly row: number;
  readonly cosine: number;
}

/** What was mined. */
export interface Mined {
  /** The nearest to the prompt first. */
  readonly positives: readonly MinedRow[];
  /** In an order that the seed draws. */
  readonly negatives: readonly MinedRow[];
  /** Images whose caption has a keyword. */
  readonly matched: number;
  /** From here on an image agrees with its caption. */
  readonly cosineMin: number;
  readonly notes: readonly string[];
}

/** Images without a keyword that are looked at, for each negative that is asked for, and at least. */
const sampledPerNegative = 4;
const sampledMin = 1000;
/** Share of them that may be nearer to the prompt than a positive must be. */
const nearerShare = 0.05;

/**
 * Mines target and negative pairs from a captioned pool. A caption's keyword and the image must agree: of images whose caption
 * has no keyword a sample is drawn, and a positive is nearer to the prompt than 95 % of that. Negatives are of the other 95 %,
 * so that few are targets that no caption names. Of exact copies the first counts.
 *
 * @throws Fault `invalid` if no caption with a keyword has its image; as the source and {@link embedRows} do.
 */
export async function mineData(source: DataSource, settings: MineSettings): Promise<Mined> {
  const { positives, negatives, signal, onProgress } = settings;
  const { matched, sampled, notes } = await readCandidates(source, settings);
  if (matched.length === 0) {
    throw new Fault(
      'invalid',
      `${source.name}: no caption whose image is there has a keyword (${settings.keywords.any.join(', ')})`,
    );
  }
  let prompt: Matrix | undefined;
  const embed = async (samples: readonly Sample[]) => {
    const { prompt: embedded, ...images } = await settings.embed(samples);
    prompt = embedded;
    return images;
  };
  const isMatched = new Set(matched);
  const order = [...matched, ...sampled].sort((a, b) => a - b);
  const embedded = await embedRows(source, order, { embed }, { signal, onProgress });
  const cosines = new Map<number, number>();
  const seen = new Set<string>();
  for (const [place, row] of embedded.rows.entries()) {
    const { size } = seen;
    if (seen.add(embedded.contents[place]!).size === size) continue;
    cosines.set(row, multiply(matrixRow(embedded.matrix, place), matrixRow(prompt!, 0)));
  }
  const others = sampled.flatMap((row) => cosines.get(row) ?? []).sort((a, b) => a - b);
  const cosineMin = others[Math.ceil((1 - nearerShare) * others.length) - 1];
  if (cosineMin === undefined) {
    throw new Fault(
      'invalid',
      `${source.name}: no image without the keywords can be read, and nothing says which of the others show what their captions name: give more rows, or other keywords`,
    );
  }
  const measure = (rows: readonly number[]) =>
    rows.flatMap((row): MinedRow[] => {
      const cosine = cosines.get(row);
      return cosine === undefined ? [] : [{ row, cosine }];
    });
  return {
    positives: measure(order.filter((row) => isMatched.has(row)))
      .filter(({ cosine }) => cosine > cosineMin)
      .sort((a, b) => b.cosine - a.cosine || a.row - b.row)
      .slice(0, positives),
    negatives: measure(sampled)
      .filter(({ cosine }) => cosine <= cosineMin)
      .slice(0, negatives),
    matched: matched.length,
    cosineMin,
    notes: [...source.notes, ...notes, ...embedded.notes],
  };
}

/** Rows whose caption has a keyword, and a sample of the others, in the order of their draw. */
async function readCandidates(
  source: DataSource,
  { keywords, negatives, seed, signal, onProgress }: MineSettings,
) {
  const test = createKeywordTest(keywords);
  const finder = createFileFinder(source.root);
  const random = createRandom(seed);
  const size = Math.max(sampledMin, sampledPerNegative * negatives);
  const matched: number[] = [];
  const sampled: number[] = [];
  const total = await source.countRows();
  let [row, others, unusable] = [0, 0, 0];
  for await (const batch of source.batches({ signal, countsLines: false })) {
    for (const each of batch) {
      const { path, label, problem } = readCells(each, source.header);
      const isUsable = problem === undefined && typeof finder.find(path) !== 'string';
      if (!isUsable) unusable += 1;
      else if (test(label)) matched.push(row);
      else {
        // Reservoir sampling: each of the others so far is in the sample with the same probability.
        others += 1;
        if (sampled.length < size) sampled.push(row);
        else {
          const place = random.integer(others);
          if (place < size) sampled[place] = row;
        }
      }
      row += 1;
    }
    onProgress('reading captions', row, Math.max(row, total));
  }
  random.shuffle(sampled);
  const notes =
    unusable === 0
      ? []
      : [`${unusable} of ${row} rows are left out: without an image, or wrong by themselves`];
  return { matched, sampled, notes };
}

function multiply(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, k) => sum + value * b[k]!, 0);
}
