import { z } from 'zod';
import { count, seed } from './fields.js';

/** Names of archives, from `data.root`; `*`, `?` and `{000..009}` stand for several. */
const archiveNames = z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(1000)]);

export const data = z.strictObject({
  /** Folder that the images' paths start from; also the only folder images are read from. */
  root: z.string().default('.'),
  /** CSV with `path,label` (also `filepath,title`) and, where known, `group`, and `role` or `split`. Absent: what the archives say or, without them, an image folder root/<class>/<image>. */
  manifest: z.string().optional(),
  /** WebDataset tars and Parquet files with the images (docs/data.md); by split, where they were written by split. */
  archives: z
    .union([
      archiveNames,
      z
        .strictObject({
          train: archiveNames.optional(),
          val: archiveNames.optional(),
          test: archiveNames.optional(),
        })
        .refine((splits) => Object.keys(splits).length > 0, 'names no split'),
    ])
    .optional(),
  /** Which columns of archives say what, where they are called otherwise: of Parquet by name, of a tar by extension or by field of its JSON. */
  columns: z
    .strictObject({
      image: z.string().min(1).optional(),
      label: z.string().min(1).optional(),
      group: z.string().min(1).optional(),
      role: z.string().min(1).optional(),
      split: z.string().min(1).optional(),
    })
    .optional(),
  /** Shares of the groups that steer the choice of the candidate and that the gate judges by, where the manifest names neither roles nor a split. */
  split: z
    .strictObject({
      steering: z.number().gt(0).lt(1).default(0.2),
      validation: z.number().gt(0).lt(1).default(0.3),
      seed: seed.default(0),
    })
    .prefault({}),
  /** Training images of each label but the targets' at most, drawn by the plan's seed, whole groups first; default: all. */
  trainingImages: count.optional(),
  /** An image that cannot be read: refuse the run, or leave it out and count it in the report. */
  onBadImage: z.enum(['fail', 'skip']).default('fail'),
});
