export { augmentAndNormalize } from './augment-and-normalize.js';
export { augmentPixels } from './augment-pixels.js';
export type { Augmentation, RandomResizedCrop } from './augmentation.js';
export { createThumbnail } from './create-thumbnail.js';
export { encodePicture } from './encode-picture.js';
export { defaultImageLimits, type ImageLimits } from './image-limits.js';
export { type InputRange, listInputRanges } from './input-range.js';
export { type ImageTraits, inspectImage, sketchSide } from './inspect-image.js';
export type { ImageQuality } from './measure-quality.js';
export type { PerceptualHash } from './perceptual-hash.js';
export {
  prepareImage,
  prepareImageBytes,
  readImageFile,
  readImageFileSync,
} from './prepare-image.js';
export { type ChannelTriple, hashPreprocessing, type Preprocessing } from './preprocessing.js';
