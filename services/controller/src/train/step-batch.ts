import { trainsOnFeatures } from '@holdfast/plan';
import type { ImageBatch } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { StepDraw } from '@holdfast/sampling';
import type { OpenRun } from '../run/open-run.js';
import { createCaptionList } from '../terms/caption-list.js';
import type { TermRows } from '../terms/sum-gradients.js';
import type { Caption, DrawnImages, Term, TermBatch } from '../terms/term.js';
import { toAugmentation } from './to-augmentation.js';

/** A term in a step. */
export interface StepPart extends TermRows {
  readonly term: Term;
  readonly batch: TermBatch;
  /** Rows of its texts among the reference's; empty where it does not compare with the reference. */
  readonly referenceTextRows: readonly number[];
}

/** Images and texts to embed. */
export interface EmbeddingBatch {
  readonly images: ImageBatch;
  readonly texts: readonly Caption[];
}

/** What a step embeds, and what each row is for. */
export interface StepBatch extends EmbeddingBatch {
  readonly parts: readonly StepPart[];
  /** What the reference embeds: the protected images; undefined where no term compares with it. */
  readonly reference: EmbeddingBatch | undefined;
}

/** The part of a run that laying out a step reads. */
export type StepRun = Pick<OpenRun, 'plan' | 'imageSide' | 'terms'>;

/** The images of a step, set by set. */
interface DrawnSets {
  readonly samples: readonly number[];
  /** Leading images that are augmented. */
  readonly augmentedCount: number;
  readonly rowsOf: ReadonlyMap<DrawnImages, readonly number[]>;
}

function listSamples(draw: StepDraw): Record<DrawnImages, readonly number[]> {
  return {
    target: [...draw.positives, ...draw.negatives],
    protected: draw.tasks.flatMap(({ samples }) => samples),
  };
}

/**
 * Puts the sets that terms look at one after the other.
 *
 * Augmented images come first, because the encoder augments a leading part: the target's, and the protected ones too
 * unless a term sees them plain. Protected ones lead where the reference must see the same augmentation, which goes
 * by an image's place.
 */
function layOutImages({ plan, terms }: StepRun, draw: StepDraw): DrawnSets {
  const drawn = listSamples(draw);
  const isPlain = terms.some(({ plainProtected }) => plainProtected);
  const order: DrawnImages[] = isPlain ? ['target', 'protected'] : ['protected', 'target'];
  const samples: number[] = [];
  const rowsOf = new Map<DrawnImages, readonly number[]>();
  for (const set of order.filter((name) => terms.some(({ images }) => images.includes(name)))) {
    const first = samples.length;
    rowsOf.set(
      set,
      drawn[set].map((_, i) => first + i),
    );
    samples.push(...drawn[set]);
  }
  const augmentable = isPlain ? (rowsOf.get('target')?.length ?? 0) : samples.length;
  return { samples, augmentedCount: trainsOnFeatures(plan) ? 0 : augmentable, rowsOf };
}

function toImageBatch(
  { plan, imageSide }: StepRun,
  { augmentationSeed }: StepDraw,
  { samples, augmentedCount }: Pick<DrawnSets, 'samples' | 'augmentedCount'>,
): ImageBatch {
  const augmentation = toAugmentation(plan.training.augmentation, imageSide);
  return { samples: [...samples], augmentedCount, augmentation, augmentationSeed, firstIndex: 0 };
}

/** Lays out what a step draws: every image and text that its terms ask for, once. */
export function layOutStep(run: StepRun, draw: StepDraw): StepBatch {
  const sets = layOutImages(run, draw);
  const texts = createCaptionList();
  const referenceTexts = createCaptionList();
  const parts = run.terms.map((term): StepPart => {
    const batch = term.layOut(draw);
    return {
      term,
      batch,
      imageRows: term.images.flatMap((set) => sets.rowsOf.get(set) ?? []),
      textRows: batch.texts.map(texts.add),
      referenceTextRows: term.comparesReference ? batch.texts.map(referenceTexts.add) : [],
    };
  });
  const protectedRows = sets.rowsOf.get('protected') ?? [];
  const isCompared = run.terms.some(({ comparesReference }) => comparesReference);
  const compared = {
    samples: protectedRows.map((row) => sets.samples[row]!),
    augmentedCount: protectedRows.filter((row) => row < sets.augmentedCount).length,
  };
  return {
    images: toImageBatch(run, draw, sets),
    texts: texts.captions,
    parts,
    reference: isCompared
      ? { images: toImageBatch(run, draw, compared), texts: referenceTexts.captions }
      : undefined,
  };
}
