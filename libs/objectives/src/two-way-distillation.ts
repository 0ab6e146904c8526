import { addScaled } from '@holdfast/tensor';
import {
  type DistillationEstimate,
  type DistillationSettings,
  distillation,
  type EmbeddedExamples,
} from './distillation.js';

/**
 * How far a model's answers on images and texts that nobody labelled are from the old model's, both ways (ZSCL, Zheng et
 * al. 2023, arXiv 2303.06628):
 *
 *   1/2 ( D(images among texts) / n + D(texts among images) / c )
 *
 * D is that of `distillation`, n and c the numbers of images and texts, which stand in the place of classes.
 *
 * Units: nats.
 * @throws RangeError if shapes do not fit together or the temperature is not above 0.
 * @throws Fault 'diverged' if an embedding is not finite.
 */
export function twoWayDistillation(
  own: EmbeddedExamples,
  reference: EmbeddedExamples,
  settings: DistillationSettings,
): DistillationEstimate {
  const ofImages = distillation({ ...own, reference }, settings);
  const ofTexts = distillation({ ...turn(own), reference: turn(reference) }, settings);
  const [byImage, byText] = [0.5 / own.images.rows, 0.5 / own.classes.rows];
  return {
    value: byImage * ofImages.value + byText * ofTexts.value,
    imageGradients: addScaled(byImage, ofImages.imageGradients, byText, ofTexts.classGradients),
    classGradients: addScaled(byImage, ofImages.classGradients, byText, ofTexts.imageGradients),
  };
}

/** Texts in the place of images. */
function turn({ images, classes }: EmbeddedExamples): EmbeddedExamples {
  return { images: classes, classes: images };
}
