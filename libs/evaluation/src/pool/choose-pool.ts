import { resolveName } from '@holdfast/artifacts';
import { type Role, readUnlabelledImages } from '@holdfast/dataset';
import { Fault } from '@holdfast/fault';
import type { PlanData } from '../data/read-plan-data.js';
import type { MeasureOptions } from '../measure/measure-options.js';
import type { ChosenImages } from '../measure/prepare-data.js';

/** A folder of images whose labels are not known, or not all. */
export interface PoolSource {
  readonly folder: string;
  /** CSV `path,group` of images that belong together. */
  readonly groups?: string | undefined;
}

/** The images of a pool that may judge. */
export interface ChosenPool extends ChosenImages {
  /** Of all its images, those included that may not. */
  readonly paths: ReadonlySet<string>;
}

/** What images may have been used for so that they cannot judge. */
const usedRoles: readonly Role[] = ['base', 'target', 'negative', 'protected', 'steering'];

/**
 * Reads a pool, without the images that a plan's models train on or are chosen by: those cannot judge. Exact copies
 * are one piece of evidence.
 *
 * @param cwd that paths are relative to
 * @throws Fault `invalid` if nothing is left, and as `readUnlabelledImages` does.
 */
export async function choosePool(
  { folder, groups }: PoolSource,
  cwd: string,
  { dataset }: PlanData,
  { signal, onProgress }: MeasureOptions,
): Promise<ChosenPool> {
  const { samples, notes } = await readUnlabelledImages({
    folder: resolveName(cwd, folder),
    groups: groups === undefined ? undefined : resolveName(cwd, groups),
    signal,
    onProgress: ({ done, total }) => onProgress('reading the pool', done, total),
  });
  const isUsed = (roles: readonly Role[]) => roles.some((role) => usedRoles.includes(role));
  const used = new Set(
    dataset.samples.flatMap(({ roles, sha256 }) => (isUsed(roles) ? [sha256] : [])),
  );
  const judging = samples.filter(({ sha256 }) => !used.has(sha256));
  const leftOut = samples.length - judging.length;
  if (judging.length === 0) {
    throw new Fault('invalid', `${folder}: the plan trains on every image in it, or chooses by it`);
  }
  const note = `${leftOut} of the pool's images are left out: the plan trains on the same ones, or chooses by them`;
  return {
    samples: judging,
    notes: leftOut === 0 ? notes : [...notes, note],
    paths: new Set(samples.map(({ relativePath }) => relativePath)),
  };
}
