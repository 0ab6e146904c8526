import type { Engine, FeatureBatch } from '@holdfast/engine';
import type { EncoderRun } from './encoder-run.js';
import { prepareTexts } from './prepare-texts.js';
import type { UniqueText } from './unique-texts.js';

/** Where the features of texts come from. */
export interface TextFeatureSource {
  readonly engine: Engine;
  readonly run: EncoderRun;
  readonly runId: string;
  /** Features of the texts met up to here. */
  readonly known: Map<string, Float32Array>;
}

/** Texts whose features are kept; a run has hundreds. */
const knownMax = 65_536;

/** The features of distinct texts, each computed when it is first met. */
export async function takeTextFeatures(
  texts: readonly UniqueText[],
  { engine, run, runId, known }: TextFeatureSource,
): Promise<FeatureBatch> {
  if (known.size > knownMax) known.clear();
  const missing = [...new Set(texts.map(({ text }) => text))].filter((text) => !known.has(text));
  if (missing.length > 0) {
    const batch = prepareTexts(
      run,
      missing.map((text) => ({ text, head: -1 })),
    );
    const { textFeatures } = await engine.extractFeatures({ runId, texts: batch });
    const size = textFeatures!.length / missing.length;
    missing.forEach((text, i) => {
      known.set(text, textFeatures!.slice(i * size, (i + 1) * size));
    });
  }
  const size = known.get(texts[0]!.text)!.length;
  const features = new Float32Array(texts.length * size);
  texts.forEach(({ text }, i) => {
    features.set(known.get(text)!, i * size);
  });
  return { count: texts.length, features, heads: Int32Array.from(texts, ({ head }) => head) };
}
