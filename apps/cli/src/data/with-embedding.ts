import { resolveName } from '@holdfast/artifacts';
import { openClipDirectory } from '@holdfast/clip';
import type { EmbedImages } from '@holdfast/curation';
import type { ProviderRequest } from '@holdfast/engine';
import { embedImages, type MeasureOptions } from '@holdfast/evaluation';
import type { Terminal } from '../terminal/terminal.js';
import { withServices } from '../work/with-work.js';

/** A model that embeds, as options name it. */
export interface EmbeddingOptions {
  /** CLIP directory; absent: nothing is embedded. */
  readonly model?: string | undefined;
  readonly executionProvider?: ProviderRequest | undefined;
}

/** Embeds images and texts with the services of this process, which start when they are first asked. */
export function createEmbedding(
  { model, executionProvider }: EmbeddingOptions & { readonly model: string },
  terminal: Terminal,
  options: MeasureOptions,
) {
  const modelPath = resolveName(terminal.cwd, model);
  return async (samples: Parameters<EmbedImages>[0], texts: readonly string[] = []) => {
    await openClipDirectory(modelPath);
    return withServices(terminal, { executionProvider }, ({ encoder }) =>
      embedImages(encoder, { modelPath, samples, texts }, options),
    );
  };
}
