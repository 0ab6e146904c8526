import { resolveName, sha256 } from '@holdfast/artifacts';
import {
  identifyContent,
  listSynthetic,
  type OnProgress,
  type Role,
  readUnlabelledImages,
  type Sample,
} from '@holdfast/dataset';
import { Fault } from '@holdfast/fault';
import type { Plan } from '@holdfast/plan';
import { type PlanData, withoutImages } from '../data/read-plan-data.js';
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

/** What is distilled on where the plan names nothing, what must not train, and how reading goes on. */
export interface ReadDistilledOptions extends PlanData {
  readonly drift: Pick<DriftData, 'samples'> | undefined;
  /** Index of the first image in the sample table. */
  readonly firstIndex: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** Texts at the most. */
const textsMax = 1_000_000;

/** Synthetic images at the most: as many as held the bench of docs/evidence.md. */
const syntheticMax = 5000;

/** Images with these say how good a model is: training on them would flatter it. */
const judging: readonly Role[] = ['steering', 'validation', 'test'];
const trained: readonly Role[] = ['target', 'negative', 'protected'];

/**
 * Reads the images and texts without labels that a plan distils on; undefined where there are none. Without a folder they are synthetic
 * images, made of the training images; without a file of texts, the class prompts of every label space but the target's, or of that, where
 * there is no other.
 *
 * @param basePath folder that relative paths of the plan start from
 * @throws Fault `not-found`, or `invalid` for a file without two different texts, or a folder of which nothing is left.
 */
export async function readDistilled(
  { distillation, training }: Pick<Plan, 'distillation' | 'training'>,
  basePath: string,
  options: ReadDistilledOptions,
): Promise<DistilledData | undefined> {
  const planned = distillation?.unlabelled;
  if (planned === undefined) return undefined;
  const field = 'distillation.unlabelled';
  const texts =
    planned.texts === undefined
      ? listClassTexts(options)
      : await readTexts(`${field}.texts`, resolveName(basePath, planned.texts), textsMax);
  const { samples, notes } =
    planned.images === undefined
      ? makeImages(training.steps * planned.batch, options)
      : await readImages(
          resolveName(basePath, planned.images),
          planned.groups && resolveName(basePath, planned.groups),
          options,
        );
  const kind = planned.images === undefined ? 'synthetic' : 'unlabelled';
  const lines = [...samples.map(identifyContent), ...texts].map((x) => JSON.stringify(x));
  return {
    texts,
    samples,
    notes: [
      ...notes,
      `the old model's answers are distilled on ${samples.length} ${kind} images and ${texts.length} texts`,
    ],
    sha256: sha256(lines.join('\n')),
  };
}

function listClassTexts({ tasks, prompts }: ReadDistilledOptions): string[] {
  const [own, ...others] = tasks.spaces;
  const spaces = others.length === 0 ? [own!] : others;
  const texts = spaces.flatMap(({ classes }) =>
    classes.map((index) => prompts.classPrompts[index]!),
  );
  return [...new Set(texts)];
}

/** @param drawn how many a run draws */
function makeImages(
  drawn: number,
  { dataset, tasks, firstIndex }: ReadDistilledOptions,
): Pick<DistilledData, 'samples' | 'notes'> {
  const originals = dataset.samples.filter(
    ({ corruption, roles }) =>
      corruption === undefined && roles.some((role) => trained.includes(role)),
  );
  // Of each label space as many, however few images it has.
  const spaces = tasks.spaces.map(({ classes }) => {
    const labels = new Set(classes.map((index) => tasks.classes[index]!));
    return originals.filter(({ label }) => labels.has(label));
  });
  const count = Math.min(drawn, syntheticMax);
  return { samples: listSynthetic(spaces, { count, firstIndex }), notes: [] };
}

async function readImages(
  folder: string,
  groups: string | undefined,
  { dataset, drift, firstIndex, signal, onProgress }: ReadDistilledOptions,
): Promise<Pick<DistilledData, 'samples' | 'notes'>> {
  const judges = dataset.samples.filter(({ roles }) =>
    roles.some((role) => judging.includes(role)),
  );
  const { samples, leftOut, notes } = await readUnlabelledImages({
    ...{ folder, groups, firstIndex, signal, onProgress },
    apartFrom: [...judges, ...(drift?.samples ?? [])],
  });
  if (samples.length === 0) {
    throw new Fault(
      'invalid',
      `distillation.unlabelled.images: every image of ${folder} also steers, judges, tests or is watched, or is of such a group; training needs others`,
    );
  }
  const note = `${leftOut} unlabelled images also steer, judge, test or are watched, or are of such a group: they do not train`;
  return { samples, notes: leftOut === 0 ? notes : [...notes, note] };
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
