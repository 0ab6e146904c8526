import { Fault, isFault } from '@holdfast/fault';
import type { ClassifyResponse } from '@holdfast/proto/holdfast/serving/v1/serving';
import type { AskedVersion } from './asked-version.js';
import type { BatchQueue } from './batch-queue.js';
import type { Alias, ModelRegistry } from './model-registry.js';

/** What came of an image that a shadow was asked for. `skipped`: there was no room, or callers needed it; `failed`: it could not answer. */
export type ShadowOutcome = 'agreed' | 'disagreed' | 'skipped' | 'failed';

/** What is told of shadows. */
export interface ShadowObserver {
  /** So many images had an outcome. */
  onShadow(alias: string, outcome: ShadowOutcome, images: number): void;
  /** The cosine between the embeddings of one image or text by both versions. */
  onCosine(alias: string, kind: 'image' | 'text', cosine: number): void;
}

/** What an alias's model has answered, to ask its shadow, too. */
export interface ShadowQuestion<Answer> {
  /** How many it has. */
  readonly images: number;
  ask(shadow: AskedVersion): Promise<Answer>;
  /** Tells where the shadow answers otherwise. */
  compare(answer: Answer, observer: ShadowObserver): void;
}

/** Asks an alias's shadow. Nobody waits for it. */
export type AskShadow = <Answer>(alias: Alias, question: ShadowQuestion<Answer>) => void;

/** Requests that shadows may be asked for at once: each keeps its images. */
const askedMax = 16;

/** Makes what asks shadows, and tells where they answer otherwise. */
export function createAskShadow(
  { registry, queue }: { readonly registry: ModelRegistry; readonly queue: BatchQueue },
  observer: ShadowObserver,
): AskShadow {
  const owed = new Map<string, number>();
  let asked = 0;

  /** Whether it is a request's turn: of a share of 0.25 every fourth one. */
  function isDue(alias: string, share: number): boolean {
    const sum = (owed.get(alias) ?? 0) + share;
    // Shares such as 0.1 add up to a little less than 1.
    const due = sum > 1 - 1e-9;
    owed.set(alias, due ? sum - 1 : sum);
    return due;
  }

  async function askOne<Answer>({ alias, shadow }: Alias, question: ShadowQuestion<Answer>) {
    const { images, ask, compare } = question;
    // Its caller has an answer already and cannot leave; it gives way to others.
    const dropping = new AbortController();
    const { signal } = dropping;
    try {
      const { served } = registry.resolve(shadow!.model, shadow!.version);
      const beside = queue.beside(() => dropping.abort());
      compare(await ask({ served, signal, queue: beside }), observer);
    } catch (error) {
      const isFull = signal.aborted || (isFault(error) && error.kind === 'exhausted');
      observer.onShadow(alias, isFull ? 'skipped' : 'failed', images);
    }
  }

  return (alias, question) => {
    if (!isDue(alias.alias, alias.shadow!.share)) return;
    if (asked >= askedMax) {
      observer.onShadow(alias.alias, 'skipped', question.images);
      return;
    }
    asked += 1;
    void askOne(alias, question).finally(() => {
      asked -= 1;
    });
  };
}

/** Images for which two versions have the same best class. */
export function countAgreeing(a: ClassifyResponse, b: ClassifyResponse): number {
  const best = ({ scores }: ClassifyResponse['classifications'][number]) => scores[0]!.name;
  return a.classifications.filter((each, i) => best(each) === best(b.classifications[i]!)).length;
}

/** Embeddings of one request, rows normalised. */
interface Embeddings {
  readonly images: Float32Array;
  readonly texts: Float32Array;
  readonly size: number;
}

/**
 * Tells the cosine between each two rows.
 *
 * @throws Fault `precondition` if embeddings are of two sizes: they have none.
 */
export function compareEmbeddings(
  a: Embeddings,
  b: Embeddings,
  onCosine: (kind: 'image' | 'text', cosine: number) => void,
): void {
  const { size } = a;
  if (size !== b.size) {
    throw new Fault('precondition', `embeddings have ${size} and ${b.size} numbers`);
  }
  for (const [kind, one, other] of [
    ['image', a.images, b.images],
    ['text', a.texts, b.texts],
  ] as const) {
    for (let start = 0; start < one.length; start += size) {
      let sum = 0;
      for (let j = start; j < start + size; j += 1) sum += one[j]! * other[j]!;
      // Rounding may be above.
      onCosine(kind, Math.min(sum, 1));
    }
  }
}
