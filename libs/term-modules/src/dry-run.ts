import { Fault } from '@holdfast/fault';
import { drawUnitRows } from '@holdfast/tensor';
import type { OpenTerm } from './open-term.js';
import type { Evaluation, TermBatch, TermDescription, TermSizes } from './term.js';

/** What a dry run found. */
export interface DryRun {
  readonly value: number;
  readonly differentiable: Evaluation['differentiable'];
  /** Milliseconds of the second call, when everything is warm. */
  readonly durationMs: number;
}

/**
 * Evaluates a term twice on the same random unit rows, before anything is trained by it.
 *
 * @throws Fault as {@link OpenTerm.evaluate} does, but `invalid` for numbers that are not finite, too; `invalid` if
 *   the second call gives other bits than the first.
 */
export async function dryRun(
  term: OpenTerm,
  { name, kind }: Pick<TermDescription, 'name' | 'kind'>,
  sizes: TermSizes,
): Promise<DryRun> {
  const batch = createBatch(kind, sizes);
  const evaluate = () =>
    term.evaluate(batch).catch((error: unknown) => {
      if (!(error instanceof Fault) || error.kind !== 'diverged') throw error;
      throw new Fault('invalid', `${error.message}, on random unit rows`, { cause: error });
    });
  const [first, second] = [await evaluate(), await evaluate()];
  if (!isSame(first, second)) {
    throw new Fault(
      'invalid',
      `${name} is not deterministic: the same batch gave ${first.value}, then ${second.value}, or other gradients; ` +
        'use no Math.random, clock, tf.random* without a seed, or state',
    );
  }
  const { value, differentiable, durationMs } = second;
  return { value, differentiable, durationMs };
}

function isSame(a: Evaluation, b: Evaluation): boolean {
  const isEqual = (x: Float32Array, y: Float32Array) => x.every((value, i) => value === y[i]);
  return (
    a.value === b.value &&
    isEqual(a.imageGradients, b.imageGradients) &&
    isEqual(a.textGradients, b.textGradients)
  );
}

/** Random unit rows; labels take turns, and the first half of the pairs is the target's. */
function createBatch(kind: TermDescription['kind'], sizes: TermSizes): TermBatch {
  const { images, texts, columns } = sizes;
  const batch = {
    step: 0,
    images: drawUnitRows(images, columns, 0),
    texts: drawUnitRows(texts, columns, 1),
    labels: Int32Array.from({ length: images }, (_, i) => i % texts),
  };
  if (kind === 'objective') {
    const positives = Array.from({ length: images }, (_, i) => i < images / 2);
    return { ...batch, positives };
  }
  const reference = {
    images: drawUnitRows(images, columns, 2),
    texts: drawUnitRows(texts, columns, 3),
  };
  return { ...batch, reference };
}
