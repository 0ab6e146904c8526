import { readFile } from 'node:fs/promises';
import { pullFile, resolveName } from '@holdfast/artifacts';
import { type OnProgress, readUnlabelledImages, type Sample } from '@holdfast/dataset';
import { Fault } from '@holdfast/fault';
import type { PlanDraft } from '@holdfast/plan';

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
  const texts = await readTexts(resolveName(basePath, drift.texts));
  const { samples, sha256, notes } = await readUnlabelledImages({
    ...options,
    folder: resolveName(basePath, drift.images),
    groups: drift.groups === undefined ? undefined : resolveName(basePath, drift.groups),
  });
  return { texts, samples, sha256, notes, tolerance: drift.tolerance };
}

async function readTexts(path: string): Promise<string[]> {
  await pullFile(path);
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new Fault('not-found', `drift.texts: ${path} cannot be read (${cause.code})`, { cause });
  });
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const texts = [...new Set(lines.filter((line) => line !== ''))];
  if (texts.length >= 2) return texts;
  throw new Fault(
    'invalid',
    `drift.texts: ${path} has ${texts.length} text${texts.length === 1 ? '' : 's'}; an answer needs two to choose from, one a line, such as "a photo of a frog."`,
  );
}
