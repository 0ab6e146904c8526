import { z } from 'zod';
import { count, tolerance } from './fields.js';

/** Tasks in the mean of each claim that names a number. */
export const claimSizes = {
  anyTwo: 2,
  anyThree: 3,
  anyFour: 4,
  anyFive: 5,
  anySix: 6,
  anySeven: 7,
  anyEight: 8,
  anyNine: 9,
  anyTen: 10,
} as const;

/** Largest accuracy drops that the gate tolerates in the mean of several protected tasks; a release needs all that are stated. */
const claims = z.strictObject({
  /** Of one task: another word for `gate.tolerance`. */
  each: tolerance.optional(),
  /** Of the mean of any two protected tasks, by images and by tasks; and so on. */
  anyTwo: tolerance.optional(),
  anyThree: tolerance.optional(),
  anyFour: tolerance.optional(),
  anyFive: tolerance.optional(),
  anySix: tolerance.optional(),
  anySeven: tolerance.optional(),
  anyEight: tolerance.optional(),
  anyNine: tolerance.optional(),
  anyTen: tolerance.optional(),
  /** Of the mean of all protected tasks. */
  together: tolerance.optional(),
});

export const gate = z.strictObject({
  policy: z.enum(['evidence', 'strict']).default('evidence'),
  /** Level of the whole claim: of all judgements by the same validation images together. */
  level: z.number().gt(0).lt(0.5).default(0.05),
  /** Largest accuracy drop tolerated per task. */
  tolerance: tolerance.default(0.05),
  /** Stated beforehand, about the mean of several tasks; none where they are left out. */
  claims: claims.optional(),
  /** J: feasible candidates shown to the gate at the most; each is judged at level / (J H). */
  candidatesMax: count.max(20).default(1),
  /** H: how often the same validation images may judge; each judgement is made at level / H. */
  judgementsMax: count.max(1000).default(1),
  /** File that counts the judgements; default: holdfast-ledger.jsonl beside the manifest, else in the image folder. */
  ledger: z.string().min(1).optional(),
  /** The first model that was released, where `model` is a later one: a candidate must hold its ground against both. */
  firstModel: z.string().min(1).optional(),
});

/** What no protected task names: images without labels, on which old and new should answer alike. */
export const drift = z.strictObject({
  /** UTF-8 file with one text a line, as the model reads it; an answer is the nearest of them. */
  texts: z.string().min(1),
  /** Folder of images, with all folders in it. */
  images: z.string().min(1),
  /** CSV path,group of images that belong together; default: each stands alone. */
  groups: z.string().min(1).optional(),
  /** Largest share of images that the candidate may answer otherwise. Absent: reported, decides nothing. */
  tolerance: z.number().min(0).max(1).optional(),
});
