import type { ClassifyResponse } from '@holdfast/proto/holdfast/serving/v1/serving';
import type { Alias, ModelRegistry } from './model-registry.js';
import type { ServedModel } from './served-model.js';

/** What came of an image that a shadow was asked for. `skipped`: there was no room; `failed`: it could not answer. */
export type ShadowOutcome = 'agreed' | 'disagreed' | 'skipped' | 'failed';

/** Told how many images had an outcome. */
export type OnShadow = (alias: string, outcome: ShadowOutcome, images: number) => void;

/** Asks an alias's shadow what its model has answered. Nobody waits for it. */
export type AskShadow = (
  alias: Alias,
  answered: ClassifyResponse,
  classify: (shadow: ServedModel, signal: AbortSignal) => Promise<ClassifyResponse>,
) => void;

/** Requests that shadows may be asked for at once: each keeps its images. */
const askedMax = 16;

/** Makes what asks shadows, and counts where they answer otherwise. */
export function createAskShadow(registry: ModelRegistry, onShadow: OnShadow): AskShadow {
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

  async function ask(
    { alias, shadow }: Alias,
    answered: ClassifyResponse,
    classify: Parameters<AskShadow>[2],
  ): Promise<void> {
    const images = answered.classifications.length;
    try {
      const { served } = registry.resolve(shadow!.model, shadow!.version);
      // Its caller has an answer already and cannot leave.
      const { classifications } = await classify(served, new AbortController().signal);
      const best = ({ scores }: (typeof classifications)[number]) => scores[0]!.name;
      const agreed = classifications.filter(
        (each, i) => best(each) === best(answered.classifications[i]!),
      ).length;
      onShadow(alias, 'agreed', agreed);
      onShadow(alias, 'disagreed', images - agreed);
    } catch (error) {
      const isFull = (error as { kind?: unknown }).kind === 'exhausted';
      onShadow(alias, isFull ? 'skipped' : 'failed', images);
    }
  }

  return (alias, answered, classify) => {
    if (!isDue(alias.alias, alias.shadow!.share)) return;
    if (asked >= askedMax) {
      onShadow(alias.alias, 'skipped', answered.classifications.length);
      return;
    }
    asked += 1;
    void ask(alias, answered, classify).finally(() => {
      asked -= 1;
    });
  };
}
