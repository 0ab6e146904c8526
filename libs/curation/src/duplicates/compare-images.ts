import { Fault } from '@holdfast/fault';
import { type EmbedSettings, embedRows } from '../embed/embed-rows.js';
import type { DataSource } from '../source/data-source.js';
import type { DataTable } from '../table/data-table.js';
import { visitNearEmbeddings } from './visit-near-embeddings.js';
import {
  hashDistanceMax,
  sketchCorrelationMin,
  type VisitPair,
  visitNearHashes,
} from './visit-near-hashes.js';

/** How near duplicates are found, and how the work goes on. */
export interface CompareSettings {
  /** Absent: near duplicates are found by perceptual hashes. */
  readonly embed?: EmbedSettings | undefined;
  /** Bits of perceptual hashes that may differ, 0 to 6, the default. */
  readonly distanceMax?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (activity: string, done: number, total: number) => void;
}

/** Images ready to be compared, and by what. */
export interface ComparedImages {
  readonly by: 'hash' | 'embedding';
  readonly similarityMin: number;
  /** Bits of perceptual hashes that may differ; null of embeddings. */
  readonly distanceMax: number | null;
  /** Visits pairs of rows that are nearly the same. */
  readonly visitPairs: (visit: VisitPair) => void;
  readonly notes: readonly string[];
}

/**
 * Prepares the comparison of some rows of a table whose images were read.
 *
 * @throws Fault as {@link embedRows}; visiting throws `cancelled` on request.
 */
export async function compareImages(
  source: DataSource,
  { traits }: Pick<DataTable, 'traits'>,
  distinct: readonly number[],
  { embed, distanceMax = hashDistanceMax, signal, onProgress }: CompareSettings,
): Promise<ComparedImages> {
  const checkpoint = () => {
    if (signal?.aborted) throw new Fault('cancelled', 'stopped on request');
  };
  if (embed === undefined) {
    return {
      by: 'hash',
      similarityMin: sketchCorrelationMin,
      distanceMax,
      visitPairs: (visit) => visitNearHashes(traits!, distinct, visit, { distanceMax, checkpoint }),
      notes: [],
    };
  }
  const { similarityMin } = embed;
  const { rows, matrix, notes } = await embedRows(source, distinct, embed, { signal, onProgress });
  return {
    by: 'embedding',
    similarityMin,
    distanceMax: null,
    visitPairs: (visit) =>
      visitNearEmbeddings(
        matrix,
        similarityMin,
        (first, second, similarity) => visit(rows[first]!, rows[second]!, similarity),
        checkpoint,
      ),
    notes,
  };
}
