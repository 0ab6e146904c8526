import { z } from 'zod';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** Images that judge, named once for all judgements on them. */
const data = z.object({ event: z.literal('data'), data: hash, images: z.base64() });

/** A judgement that may release a candidate, written before anyone sees its verdict. */
const judgement = z.object({
  event: z.literal('judgement'),
  /** Of everything that the verdict is a function of: the same key is the same judgement. */
  key: hash,
  at: z.iso.datetime(),
  /** Which images: of a line `data`. */
  data: hash,
  /** Chance of releasing a bad candidate that this judgement takes, in (0, 0.5). */
  level: z.number().gt(0).lt(0.5),
  /** sha256 of the old model's weights. */
  reference: hash,
  /** The new model, for a person. */
  candidate: z.string(),
  /** sha256 of the plan. */
  plan: hash,
  /** What judged, for a person. */
  command: z.string(),
});

/** What came of a judgement. */
const verdict = z.object({
  event: z.literal('verdict'),
  key: hash,
  /** RETAINED, REGRESSED or UNDECIDED; NOT_RELEASED where it was sealed. */
  verdict: z.string(),
  /** sha256 of the new model's weights, once they were written. */
  candidate: hash.optional(),
});

/** A line of a ledger. Lines of other events are left alone: a later version may write them. */
export const ledgerLineSchema = z.discriminatedUnion('event', [data, judgement, verdict]);

/** A line of a ledger. */
export type LedgerLine = z.output<typeof ledgerLineSchema>;
