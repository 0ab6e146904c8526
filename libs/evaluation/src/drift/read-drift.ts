import { resolveName } from '@holdfast/artifacts';
import {
  type Dataset,
  listPartitions,
  type OnProgress,
  readUnlabelledImages,
  type Sample,
} from '@holdfast/dataset';
import { Fault } from '@holdfast/fault';
import type { PlanDraft } from '@holdfast/plan';
import { readTexts } from '../data/read-texts.js';

/** Images without labels, and the texts that a model may answer on them. */
export interface DriftData {
  readonly texts: readonly string[];
  readonly samples: readonly Sample[];
  /** Of images and groups, in hexadecimal. */
  readonly sha256: string;
  /** Largest share of images that may be answered otherwise; absent: none is claimed. */
  readonly tolerance?: number | undefined;
  readonly notes: readonly string[];
}

/** How reading goes on, and what is read before. */
export interface ReadDriftOptions {
  /** Whose images that train or steer show no drift: they and their groups are left out. */
  readonly dataset: Pick<Dataset, 'samples'>;
  /** Index of the first image in the sample table. */
  readonly firstIndex: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/**
 * Reads what a plan watches for drift; undefined where it watches nothing.
 *
 * @param basePath folder that relative paths of the plan start from
 * @throws Fault `not-found`, or `invalid` for a file without two different texts, or a folder of which nothing is left, and as
 *   `readUnlabelledImages` does.
 */
export async function readDrift(
  { drift }: Pick<PlanDraft, 'drift'>,
  basePath: string,
  { dataset, ...options }: ReadDriftOptions,
): Promise<DriftData | undefined> {
  if (drift === undefined) return undefined;
  const texts = await readTexts('drift.texts', resolveName(basePath, drift.texts));
  const { samples, leftOut, sha256, notes } = await readUnlabelledImages({
    ...options,
    apartFrom: dataset.samples.filter(({ roles }) =>
      listPartitions(roles).some((part) => part === 'training' || part === 'steering'),
    ),
    folder: resolveName(basePath, drift.images),
    groups: drift.groups === undefined ? undefined : resolveName(basePath, drift.groups),
  });
  if (samples.length === 0) {
    throw new Fault(
      'invalid',
      `drift.images: every image of ${drift.images} also trains or steers, or is of such a group; watching needs others`,
    );
  }
  const note = `${leftOut} unlabelled images also train or steer, or are of such a group: they are not watched`;
  return {
    texts,
    samples,
    sha256,
    notes: leftOut === 0 ? notes : [...notes, note],
    tolerance: drift.tolerance,
  };
}
