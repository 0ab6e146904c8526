import { resolveName, sha256 } from '@holdfast/artifacts';
import {
  type Dataset,
  type OnProgress,
  type Role,
  readUnlabelledImages,
  type Sample,
} from '@holdfast/dataset';
import { Fault } from '@holdfast/fault';
import type { PlanDraft } from '@holdfast/plan';
import { withoutImages } from '../data/read-plan-data.js';
import { readTexts } from '../data/read-texts.js';
import type { DriftData } from '../drift/read-drift.js';

/** Images without labels, and texts, on which training holds the answers of the old model. */
export interface DistilledData {
  readonly texts: readonly string[];
  readonly samples: readonly Sample[];
  /** Of images and texts, in hexadecimal. */
  readonly sha256: string;
  readonly notes: readonly string[];
}

/** What must not train, and how reading goes on. */
export interface ReadDistilledOptions {
  readonly dataset: Pick<Dataset, 'samples'>;
  readonly drift: Pick<DriftData, 'samples'> | undefined;
  /** Index of the first image in the sample table. */
  readonly firstIndex: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** Texts at the most. */
const textsMax = 1_000_000;

/** Images with these say how good a model is: training on them would flatter it. */
const judging: readonly Role[] = ['steering', 'validation', 'test'];

/**
 * Reads the images and texts without labels that a plan distils on; undefined where there are none. Images that steer,
 * judge or test, and those that are watched for drift, are left out by content, and counted in a note.
 *
 * @param basePath folder that relative paths of the plan start from
 * @throws Fault `not-found`, or `invalid` for a file without two different texts, or a folder of which nothing is left.
 */
export async function readDistilled(
  { distillation }: Pick<PlanDraft, 'distillation'>,
  basePath: string,
  { dataset, drift, firstIndex, signal, onProgress }: ReadDistilledOptions,
): Promise<DistilledData | undefined> {
  const planned = distillation?.unlabelled;
  if (planned === undefined) return undefined;
  const field = 'distillation.unlabelled';
  const texts = await readTexts(`${field}.texts`, resolveName(basePath, planned.texts), textsMax);
  const folder = resolveName(basePath, planned.images);
  const found = await readUnlabelledImages({ folder, signal, onProgress });
  const judges = new Set(
    [
      ...dataset.samples.filter(({ roles }) => roles.some((role) => judging.includes(role))),
      ...(drift?.samples ?? []),
    ].map((sample) => sample.sha256),
  );
  const kept = found.samples.filter((sample) => !judges.has(sample.sha256));
  if (kept.length === 0) {
    throw new Fault(
      'invalid',
      `${field}.images: every image of ${folder} also steers, judges, tests or is watched; training needs others`,
    );
  }
  const samples = kept.map((sample, i) => ({ ...sample, index: firstIndex + i }));
  const leftOut = found.samples.length - kept.length;
  const notes = [
    ...found.notes,
    `the old model's answers are distilled on ${kept.length} unlabelled images and ${texts.length} texts`,
    ...(leftOut === 0
      ? []
      : [`${leftOut} unlabelled images also steer, judge, test or are watched: they do not train`]),
  ];
  const lines = [...samples.map((sample) => sample.sha256), ...texts].map((x) => JSON.stringify(x));
  return { texts, samples, notes, sha256: sha256(lines.join('\n')) };
}

/**
 * What is left to distil on without images that could not be read.
 *
 * @param bad indices of the sample table
 * @throws Fault `invalid` where nothing is.
 */
export function withoutUnreadable(
  distilled: DistilledData | undefined,
  bad: ReadonlySet<number>,
): DistilledData | undefined {
  const left = withoutImages(distilled, bad);
  if (left === undefined || left.samples.length > 0) return left;
  const description = `has ${distilled!.samples.length} images, of which none can be read: plan check says why`;
  throw new Fault('invalid', 'the plan does not fit the data', {
    violations: [{ field: 'distillation.unlabelled.images', description }],
  });
}
