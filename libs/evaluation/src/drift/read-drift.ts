import { resolveName } from '@holdfast/artifacts';
import { type OnProgress, readUnlabelledImages, type Sample } from '@holdfast/dataset';
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
  /** Index of the first image in the sample table. */
  readonly firstIndex: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/**
 * Reads what a plan watches for drift; undefined where it watches nothing.
 *
 * @param basePath folder that relative paths of the plan start from
 * @throws Fault `not-found`, or `invalid` for a file without two different texts, and as
 *   `readUnlabelledImages` does.
 */
export async function readDrift(
  { drift }: Pick<PlanDraft, 'drift'>,
  basePath: string,
  options: ReadDriftOptions,
): Promise<DriftData | undefined> {
  if (drift === undefined) return undefined;
  const texts = await readTexts('drift.texts', resolveName(basePath, drift.texts));
  const { samples, sha256, notes } = await readUnlabelledImages({
    ...options,
    folder: resolveName(basePath, drift.images),
    groups: drift.groups === undefined ? undefined : resolveName(basePath, drift.groups),
  });
  return { texts, samples, sha256, notes, tolerance: drift.tolerance };
}
