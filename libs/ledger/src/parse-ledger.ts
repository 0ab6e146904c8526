import { Fault } from '@holdfast/fault';
import { type JudgedData, sharesImage, unpackImages } from './judged-data.js';
import { type LedgerLine, ledgerLineSchema } from './ledger-line.js';

/** A judgement that a ledger remembers. */
export interface PastJudgement extends Omit<Extract<LedgerLine, { event: 'judgement' }>, 'event'> {
  /** Absent where the process ended before anyone saw one. */
  readonly verdict?: string;
  readonly candidateSha256?: string;
}

/** What a ledger says of the images that are to judge. */
export interface LedgerState {
  /** Judgements on any of these images, the oldest first. */
  readonly judgements: readonly PastJudgement[];
  /** Sum of their levels: the chance that one of them released a bad model is no larger. */
  readonly spent: number;
  /** Whether these very images stand in the ledger. */
  readonly isKnown: boolean;
}

/**
 * Folds a ledger's lines into what they say of some images. A judgement counts if it was made on any
 * of them: a new split of the same images is no new evidence.
 *
 * @throws Fault `invalid` naming the line that is not a ledger's.
 */
export function parseLedger(
  path: string,
  objects: readonly unknown[],
  data: JudgedData,
): LedgerState {
  const lines = objects.flatMap((object, i) => parseLine(path, object, i));
  const imagesOf = new Map(
    lines.flatMap((line) => (line.event === 'data' ? [[line.data, line.images] as const] : [])),
  );
  const shared = new Set(
    [...imagesOf]
      .filter(([, images]) => sharesImage(unpackImages(images), data.images))
      .map(([id]) => id),
  );
  const verdicts = new Map(
    lines.flatMap((line) => (line.event === 'verdict' ? [[line.key, line] as const] : [])),
  );
  const judgements = lines.flatMap((line): PastJudgement[] => {
    if (line.event !== 'judgement' || !shared.has(line.data)) return [];
    const { event: _, ...judgement } = line;
    const made = verdicts.get(line.key);
    return [
      {
        ...judgement,
        ...(made && { verdict: made.verdict }),
        ...(made?.candidate !== undefined && { candidateSha256: made.candidate }),
      },
    ];
  });
  return {
    judgements,
    spent: judgements.reduce((sum, { level }) => sum + level, 0),
    isKnown: imagesOf.has(data.sha256),
  };
}

function parseLine(path: string, object: unknown, index: number): LedgerLine[] {
  const parsed = ledgerLineSchema.safeParse(object);
  if (parsed.success) return [parsed.data];
  const event = (object as { event?: unknown } | null)?.event;
  if (typeof event === 'string' && !['data', 'judgement', 'verdict'].includes(event)) return [];
  throw new Fault(
    'invalid',
    `${path}, line ${index + 1} is no line of a ledger: it was edited or damaged, and how often these images have judged is not known. Put back the last good copy`,
  );
}
