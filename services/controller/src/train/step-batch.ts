import { trainsOnFeatures } from '@holdfast/plan';
import type { ImageBatch } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { StepDraw } from '@holdfast/sampling';
import type { OpenRun } from '../run/open-run.js';
import { createCaptionList } from '../terms/caption-list.js';
import { listCompared } from '../terms/count-work.js';
import type { TermRows } from '../terms/sum-gradients.js';
import type { Caption, DrawnImages, Term, TermBatch } from '../terms/term.js';
import { type AttackedRun, listStepAttacks, type StepAttacks } from './step-attacks.js';
import { toAugmentation } from './to-augmentation.js';

/** A term in a step. */
export interface StepPart extends TermRows {
  readonly term: Term;
  readonly batch: TermBatch;
  /** Rows of its images but the target's, and of its texts, among the reference's; empty where it does not compare with the reference. */
  readonly referenceImageRows: readonly number[];
  readonly referenceTextRows: readonly number[];
}

/** Images and texts to embed. */
export interface EmbeddingBatch {
  readonly images: ImageBatch;
  readonly texts: readonly Caption[];
  /** What is done to images before; undefined where none is attacked. */
  readonly attacks: StepAttacks | undefined;
}

/** What a step embeds, and what each row is for. */
export interface StepBatch extends EmbeddingBatch {
  readonly parts: readonly StepPart[];
  /** What the reference embeds: images of which terms compare with it; undefined where none does. */
  readonly reference: EmbeddingBatch | undefined;
}

/** The part of a run that laying out a step reads. */
export type StepRun = Pick<OpenRun, 'imageSide' | 'terms'> & AttackedRun;

/** The images of a step, set by set. */
interface DrawnSets {
  readonly samples: readonly number[];
  /** Leading images that are augmented. */
  readonly augmentedCount: number;
  readonly rowsOf: ReadonlyMap<DrawnImages, readonly number[]>;
}

/** Every set, in the order in which sets of one kind stand in a step. */
const setNames: readonly DrawnImages[] = ['protected', 'unlabelled', 'target'];

function listSamples(draw: StepDraw): Record<DrawnImages, readonly number[]> {
  return {
    target: [...draw.positives, ...draw.negatives],
    protected: draw.tasks.flatMap(({ samples }) => samples),
    unlabelled: draw.unlabelled,
  };
}

/**
 * Puts the sets that terms look at one after the other.
 *
 * Augmented images come first, because the encoder augments a leading part: all, but for protected ones that a term sees
 * plain. Of these, those that the reference sees lead: it must see the same augmentation, which goes by an image's place.
 */
function layOutImages({ plan, terms }: Pick<StepRun, 'plan' | 'terms'>, draw: StepDraw): DrawnSets {
  const drawn = listSamples(draw);
  const isPlain = terms.some(({ plainProtected }) => plainProtected);
  const compared = listCompared(terms);
  const rank = (set: DrawnImages) =>
    set === 'protected' && isPlain ? 2 : compared.includes(set) ? 0 : 1;
  const order = setNames
    .filter((name) => terms.some(({ images }) => images.includes(name)))
    .sort((one, other) => rank(one) - rank(other));
  const samples: number[] = [];
  const rowsOf = new Map<DrawnImages, readonly number[]>();
  let augmentable = 0;
  for (const set of order) {
    const first = samples.length;
    rowsOf.set(
      set,
      drawn[set].map((_, i) => first + i),
    );
    samples.push(...drawn[set]);
    if (rank(set) < 2) augmentable = samples.length;
  }
  return { samples, augmentedCount: trainsOnFeatures(plan) ? 0 : augmentable, rowsOf };
}

function toImageBatch(
  { plan, imageSide }: Pick<StepRun, 'plan' | 'imageSide'>,
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
  const compared = [...sets.rowsOf].filter(([set]) => listCompared(run.terms).includes(set));
  const comparedRows = compared.flatMap(([, rows]) => rows);
  const parts = run.terms.map((term): StepPart => {
    const batch = term.layOut(draw);
    return {
      term,
      batch,
      imageRows: term.images.flatMap((set) => sets.rowsOf.get(set) ?? []),
      textRows: batch.texts.map(texts.add),
      referenceImageRows: listCompared([term]).flatMap((set) =>
        (sets.rowsOf.get(set) ?? []).map((row) => comparedRows.indexOf(row)),
      ),
      referenceTextRows: term.comparesReference ? batch.texts.map(referenceTexts.add) : [],
    };
  });
  const reference = {
    samples: comparedRows.map((row) => sets.samples[row]!),
    augmentedCount: comparedRows.filter((row) => row < sets.augmentedCount).length,
  };
  return {
    images: toImageBatch(run, draw, sets),
    texts: texts.captions,
    attacks: listStepAttacks(run, sets.samples),
    parts,
    reference: run.terms.some(({ comparesReference }) => comparesReference)
      ? {
          images: toImageBatch(run, draw, reference),
          texts: referenceTexts.captions,
          attacks: listStepAttacks(run, reference.samples),
        }
      : undefined,
  };
}
