import { requireSamples } from '../encoder-run.js';
import type { ImageClock } from '../image-clock.js';
import type { ImageRequest } from '../images/fill-pixels.js';
import { type AttackContext, attackPixels, attackStep, countSlabImages } from './attack-pixels.js';
import type { ImageAttack } from './image-attack.js';

/** With what images are attacked, and who counts what they are waited for. */
export interface AttackImagesContext extends AttackContext {
  readonly clock: ImageClock;
}

/**
 * Embeds images as an attack leaves them: [images, d]. They go slab by slab.
 *
 * @throws Fault `precondition` if training was not prepared with gradients of pixels.
 */
export async function attackImages(
  context: AttackImagesContext,
  request: ImageRequest,
  attack: ImageAttack,
): Promise<Float32Array> {
  const { run, engine, weights, clock } = context;
  const slab = countSlabImages(run);
  const { pixels: source } = requireSamples(run);
  const { runId } = run.settings;
  const total = request.samples.length;
  const { projectionSize } = run.directory.config;
  const embeddings = new Float32Array(total * projectionSize);
  for (let start = 0; start < total; start += slab) {
    const count = Math.min(slab, total - start);
    const { pixels: original } = await clock.wait(source.take(request, { start, count }));
    const samples = request.samples.slice(start, start + count);
    const labels = attack.labels.slice(start, start + count);
    const pixels = await attackPixels(context, { samples, original }, { ...attack, labels });
    source.giveBack(original);
    const batch = { runId, step: attackStep, ...weights, retain: false };
    const { imageEmbeddings } = await engine.encode({ ...batch, images: { count, pixels } });
    embeddings.set(imageEmbeddings!, start * projectionSize);
  }
  return embeddings;
}
